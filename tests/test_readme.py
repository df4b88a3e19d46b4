"""What the README shows is run here, and prints what the README says."""

import contextlib
import html
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
    in_package = re.findall(r"`((?:arrays|autograd|graph|nn|training|lab)/[\w/]+\.py)`", README)
    elsewhere = re.findall(r"examples/[\w/]+\.\w+", README)
    assert in_package
    assert elsewhere
    for name in in_package:
        assert (ROOT / "tinygrad_rnn" / name).is_file(), name
    for name in elsewhere:
        assert (ROOT / name).is_file(), name


@pytest.fixture(scope="module")
def reports():
    """What `flow` says by default: its table, and the DOT of its picture."""
    import os
    import tempfile

    from tinygrad_rnn.cli import main

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
        path = os.path.join(folder, "flow.dot")
        assert main(["flow", "--out", path]) == 0
        return out.getvalue(), Path(path).read_text(encoding="utf-8")


def numbers(text):
    return [float(n) for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])", text)]


def test_the_table_is_what_the_command_prints(reports):
    shown = re.search(r"```text\n(The gradient of the loss.*?)```", README, re.DOTALL)[1]
    printed = reports[0][: len(shown)]
    assert re.sub(r"[\d.e-]+", "#", printed) == re.sub(r"[\d.e-]+", "#", shown)
    assert numbers(printed) == pytest.approx(numbers(shown), rel=0.05)


def test_the_laboratory_says_what_the_command_prints(capsys):
    from tinygrad_rnn.cli import main

    shown = re.search(r"\$ tinygrad-rnn lab\n(.*?)```", README, re.DOTALL)[1]
    assert main(["lab"]) == 0
    printed = capsys.readouterr().out
    assert re.sub(r"[\d.e-]+", "#", printed) == re.sub(r"[\d.e-]+", "#", shown)
    assert numbers(printed) == pytest.approx(numbers(shown), rel=0.05)


def test_training_ends_as_the_readme_shows(capsys):
    """When it is solved may differ between versions of Python: a last digit grows on the way."""
    from tinygrad_rnn.cli import main

    shown = re.search(r"\$ tinygrad-rnn train temporal_order\n(.*?)```", README, re.DOTALL)[1]
    assert main(["train", "temporal_order"]) == 0
    printed = capsys.readouterr().out
    assert re.sub(r"[\d.,]+", "#", printed) == re.sub(r"[\d.,]+", "#", shown)


def test_the_picture_is_what_the_command_draws(reports):
    """Norms may differ in the last digit between versions of Python; nothing else may."""
    svg = (ROOT / "examples" / "pictures" / "flow.svg").read_text(encoding="utf-8")
    committed = re.findall(r">([hc] \d[^<]*)</text>", html.unescape(svg))
    drawn = re.findall(r'[">]([hc] \d[^<"]*)["<]', reports[1])
    assert len(committed) == 4 * 15
    assert sorted(map(first_word, committed)) == sorted(map(first_word, drawn))
    values = [sorted(float(text[2:]) for text in texts) for texts in (committed, drawn)]
    assert values[0] == pytest.approx(values[1], rel=0.2)


def test_the_picture_of_ops_is_what_the_command_draws(tmp_path):
    from tinygrad_rnn.cli import main

    assert main(["draw", "--out", str(tmp_path / "lstm.dot"), "--quiet"]) == 0
    source = (tmp_path / "lstm.dot").read_text(encoding="utf-8")
    drawn = [name.strip('"') for name in re.findall(r'\blabel=("[^"]*"|\w+)', source)]
    svg = (ROOT / "examples" / "pictures" / "lstm.svg").read_text(encoding="utf-8")
    shown = [html.unescape(text) for text in re.findall(r">([^<]*)</text>", svg)]
    for name in ("W_f", "W_i", "W_g", "W_o", "tanh", "L"):
        assert drawn.count(name) == shown.count(name) > 3


def first_word(text):
    return text.split()[0]
