"""What all tests share."""

import os

import pytest

try:
    import hypothesis
except ImportError:  # a bare checkout: the tests that need it skip
    pass
else:
    # The first call of an example may be slow (imports, caches): that is no failure.
    hypothesis.settings.register_profile("local", deadline=None)
    hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
    hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_runtest_setup(item):
    """A test that is marked needs_program is skipped where no layout program is installed."""
    if item.get_closest_marker("needs_program"):
        from tinygrad_rnn.graph import RenderError, find_layout_program

        try:
            find_layout_program()
        except RenderError:
            pytest.skip("no layout program is installed")


@pytest.fixture
def bare_environment():
    """The environment without what Python itself reads from it, for a child process."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture
def ops_restored():
    """Whatever ops a test adds are gone after it."""
    from tinygrad_rnn import OPS

    before = dict(OPS)
    yield
    OPS.clear()
    OPS.update(before)
