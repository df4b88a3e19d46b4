"""What the README shows is run here, and prints what the README says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def test_every_python_block_shows_its_output():
    assert len(BLOCKS) == README.count("```python")


@pytest.mark.parametrize(("code", "printed"), BLOCKS, ids=range(len(BLOCKS)))
@pytest.mark.usefixtures("ops_restored")
def test_a_block_prints_what_the_readme_says(code, printed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert output.getvalue() == printed


def test_every_file_that_the_readme_names_exists():
    in_package = re.findall(r"`((?:arrays|autograd|graph|nn)/[\w/]+\.py)`", README)
    elsewhere = re.findall(r"examples/[\w/]+\.\w+", README)
    assert in_package
    assert elsewhere
    for name in in_package:
        assert (ROOT / "tinygrad_rnn" / name).is_file(), name
    for name in elsewhere:
        assert (ROOT / name).is_file(), name
