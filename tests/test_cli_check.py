"""`tinygrad-rnn check` and `tinygrad-rnn ops`: the rules, read and doubted."""

import json

import pytest

from tinygrad_rnn import OPS
from tinygrad_rnn.autograd.cases import CASES
from tinygrad_rnn.cli import main
from tinygrad_rnn.cli.ops_command import rule_source


def _negated(g, y, x):
    """The wrong sign."""
    return -g * (1.0 - y * y)


@pytest.fixture
def wrong_tanh(monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (_negated,))


def printed(capsys, *arguments):
    assert main(arguments) == 0
    out, complained = capsys.readouterr()
    assert complained == ""
    return out


def test_every_op_is_right_and_has_a_line(capsys):
    lines = printed(capsys, "check").splitlines()
    assert [line.split()[0] for line in lines[1:-2]] == list(CASES)
    assert lines[-1].startswith(f"{len(CASES)} of {len(CASES)} right, ")


def test_the_columns_are_aligned(capsys):
    lines = printed(capsys, "check", "add", "tanh", "take").splitlines()[:4]
    assert len({len(line) for line in lines}) == 1
    name, cases, error, _, unit = lines[2].split()
    assert (name, cases, unit) == ("tanh", str(len(CASES["tanh"])), "s")
    assert 0 < float(error) < 1e-7


def test_check_in_json_says_what_the_table_says(capsys):
    said = json.loads(printed(capsys, "check", "--json", "tanh", "sum", "tanh"))
    assert said["ok"] is True
    assert [op["name"] for op in said["ops"]] == ["tanh", "sum"]
    assert all(op["error"] < 1e-7 and op["seconds"] > 0 for op in said["ops"])
    assert [op["cases"] for op in said["ops"]] == [len(CASES["tanh"]), len(CASES["sum"])]


def test_a_wrong_rule_is_shown_and_the_exit_code_is_1(capsys, wrong_tanh):
    assert main(["check", "exp", "tanh"]) == 1
    out, complained = capsys.readouterr()
    lines = out.splitlines()
    assert lines[2].split()[2] == "WRONG"
    assert lines[3].startswith("    gradcheck of tanh, order 1: input 0: the rule gives -")
    assert lines[-1].startswith("1 of 2 right, ")
    assert complained == "tinygrad-rnn: 1 of 2 ops are wrong: tanh\n"


def test_a_wrong_rule_is_in_the_json(capsys, wrong_tanh):
    assert main(["check", "tanh", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["ops"][0]["error"] is None
    assert "the rule gives" in said["ops"][0]["wrong"]


@pytest.mark.parametrize("command", ["check", "ops"])
@pytest.mark.parametrize(
    ("name", "hint"), [("tnh", "did you mean tanh"), ("???", "leave it out to see all")]
)
def test_an_unknown_op_is_one_line_on_stderr(capsys, command, name, hint):
    assert main([command, "tanh", name]) == 2
    out, complained = capsys.readouterr()
    assert out == ""
    assert complained.count("\n") == 1
    assert complained.startswith(f"tinygrad-rnn: '{name}' is none of the ops: {hint}")


def test_ops_shows_each_op_with_the_source_of_its_rules(capsys):
    assert printed(capsys, "ops", "divide", "tanh").splitlines() == [
        "divide(a, b): a / b; signed infinities and nan where b is 0.",
        "  d/da = divide(g, b)",
        "  d/db = -g * divide(y, b)",
        "",
        f"tanh(x): {OPS['tanh'].__doc__}",
        "  d/dx = g * (1.0 - y * y)",
    ]


def _in_steps(g, y, x):
    """The docstring is not shown."""
    slope = 1.0 - y * y  # the comment is
    if x:
        return g * slope
    return g


def test_a_rule_of_several_lines_is_shown_without_its_docstring(capsys, monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (_in_steps,))
    assert printed(capsys, "ops", "tanh").splitlines()[1:] == [
        "  d/dx:",
        "      slope = 1.0 - y * y  # the comment is",
        "      if x:",
        "          return g * slope",
        "      return g",
    ]


def test_ops_says_which_input_has_no_gradient(capsys):
    assert "\n  d/dcondition = no gradient\n" in printed(capsys, "ops", "where")


def test_ops_shows_attributes_and_variadic_inputs(capsys):
    out = printed(capsys, "ops", "concat", "sum")
    assert out.startswith("concat(*arrays, axis): ")
    assert "\n  d/d*arrays:\n      pieces, start = [], 0\n      for x in arrays:\n" in out
    assert "\nsum(x, *, axis, keepdims): " in out


def test_ops_lists_all_of_them_in_100_columns(capsys):
    lines = printed(capsys, "ops").splitlines()
    names = [line.partition("(")[0] for line in lines if line and not line.startswith(" ")]
    assert names == list(OPS)
    assert max(map(len, lines)) <= 106  # a line of source keeps its length, 6 further in
    assert not any('"""' in line for line in lines)


def test_ops_in_json_has_the_rules_by_input(capsys):
    (where,) = json.loads(printed(capsys, "ops", "--json", "where"))
    assert where["name"] == "where"
    assert where["signature"] == "where(condition, a, b)"
    assert where["rules"]["condition"] is None
    assert where["rules"]["b"] == "where(condition, 0.0, g)"


def test_a_rule_without_a_file_is_shown_as_such():
    assert rule_source(eval("lambda g, y, x: g")) == "(its source is not at hand)"


def test_the_rules_of_one_line_are_told_apart():
    rules = (lambda g, y, a, b: g * b), (lambda g, y, a, b: g * a)  # fmt: skip
    assert [rule_source(rule) for rule in rules] == ["g * b", "g * a"]
    assert rule_source(_negated) == "-g * (1.0 - y * y)"


def test_the_introduction_names_both(capsys):
    out = printed(capsys)
    assert "tinygrad-rnn ops " in out
    assert "tinygrad-rnn check " in out
