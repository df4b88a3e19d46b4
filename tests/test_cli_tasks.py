"""`tinygrad-rnn tasks` and `bench-tasks`: what there is to learn, and which cell learns it."""

import json
import re
import subprocess
import sys

import pytest

from tinygrad_rnn.cli import bench_tasks_command, main
from tinygrad_rnn.cli.bench_tasks_command import Row
from tinygrad_rnn.cli.measures import measured
from tinygrad_rnn.tasks import TASKS
from tinygrad_rnn.training.comparison import compare


def printed(capsys, *arguments):
    assert main(arguments) == 0
    out, complained = capsys.readouterr()
    assert complained == ""
    return out


def test_every_task_has_its_numbers_and_its_question(capsys):
    heading, *blocks = printed(capsys, "tasks").split("\n\n")
    assert heading.split() == ["task", "T", "B", "H", "bias", "chance", "baseline"]
    numbers, questions = zip(*(block.strip("\n").split("\n") for block in blocks))
    assert [line.split()[0] for line in numbers] == list(TASKS)
    assert [line.strip() for line in questions] == [task.says for task in TASKS.values()]


def test_the_numbers_stand_below_their_headings(capsys):
    lines = printed(capsys, "tasks").splitlines()
    [order] = [line for line in lines if line.startswith("temporal_order")]
    for title, number in {"T": "20", "B": "8", "H": "4", "bias": "1"}.items():
        end = lines[0].index(f" {title}") + len(title) + 1
        assert order[:end].split()[-1] == number


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("temporal_order", "temporal_order 20 8 4 1 25 % 50 % one of the two known"),
        ("adding", "adding 20 8 8 1 MSE 0.167 MSE 0.0833 one of the two known"),
        ("embedded_reber", "embedded_reber - 1 8 1 0 % 50 % the grammar without the memory"),
        ("copy", "copy 10 8 32 1 12.5 % 0.693 nats blanks, then a guess"),  # 10 ln 8 / 30
        ("names", "names - 8 16 1 33.3 % -"),
    ],
)
def test_a_row_says_chance_and_baseline_in_the_unit_of_the_task(capsys, name, said):
    line = printed(capsys, "tasks", name).splitlines()[2]
    assert " ".join(line.split()) == said


def test_json_says_what_the_table_says(capsys):
    entries = json.loads(printed(capsys, "tasks", "--json"))
    assert [entry["name"] for entry in entries] == list(TASKS)
    [adding] = [entry for entry in entries if entry["name"] == "adding"]
    assert adding == {
        "name": "adding",
        "says": "two numbers of many are marked: what is their sum?",
        "kind": "regress",
        "length": 20,
        "batch": 8,
        "hidden": 8,
        "forget_bias": 1.0,
        "measure": "squared error",
        "chance": pytest.approx(1 / 6),
        "baseline": {
            "says": "one of the two known",
            "measure": "squared error",
            "value": pytest.approx(1 / 12),
        },
        "solved_at": 0.01,
    }


def test_names_choose_and_do_not_repeat(capsys):
    entries = json.loads(printed(capsys, "tasks", "--json", "sine", "latch", "sine"))
    assert [entry["name"] for entry in entries] == ["sine", "latch"]


@pytest.mark.parametrize(
    ("name", "hint"), [("addin", "did you mean adding?"), ("chess", "leave it out to see all")]
)
def test_an_unknown_task_is_one_line_and_exit_code_2(capsys, name, hint):
    assert main(["tasks", name]) == 2
    out, complained = capsys.readouterr()
    assert (out, complained) == ("", f"tinygrad-rnn: '{name}' is none of the tasks: {hint}\n")


@pytest.mark.parametrize(
    ("value", "measure", "said"),
    [
        (0.9925, "right", "99.2 %"),
        (1.0, "right", "100 %"),
        (0.00987, "squared error", "MSE 0.00987"),
        (2.9564, "nats", "2.96 nats"),
    ],
)
def test_a_measure_is_said_with_its_unit(value, measure, said):
    assert measured(value, measure) == said


# The table ---------------------------------------------------------------------------------------

QUICK = (Row("latch", 24, length=4, forget_bias=1.5),
         Row("embedded_reber", 2))  # fmt: skip


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(bench_tasks_command, "ROWS", QUICK)


@pytest.mark.usefixtures("rows")
def test_the_table_has_a_line_for_each_cell_in_each_row(capsys):
    heading, *lines = printed(capsys, "bench-tasks", "--seeds", "2").splitlines()
    assert heading.split()[:5] == ["task", "T", "bias", "cell", "solved"]
    said = [line.split()[:-1] for line in lines]
    assert said == [
        ["latch", "4", "rnn", "0/2", "never", "in", "24"],
        ["latch", "4", "1.5", "lstm", "0/2", "never", "in", "24"],
        ["latch", "4", "gru", "0/2", "never", "in", "24"],
        ["embedded_reber", "-", "rnn", "0/2", "never", "in", "2"],
        ["embedded_reber", "-", "1", "lstm", "0/2", "never", "in", "2"],
        ["embedded_reber", "-", "gru", "0/2", "never", "in", "2"],
    ]
    assert len({len(line) for line in (heading, *lines)}) == 1


@pytest.mark.usefixtures("rows")
def test_a_row_is_the_grid_of_its_sizes(capsys):
    line = json.loads(printed(capsys, "bench-tasks", "latch", "--json", "--cells", "lstm"))[0]
    expected = compare(["lstm"], "latch", [0, 1, 2], length=4, forget_bias=1.5, limit=24)
    found = [(outcome["sequences"], outcome["metric"]) for outcome in line["outcomes"]]
    assert found == [(outcome.sequences, outcome.metric) for outcome in expected]


@pytest.mark.usefixtures("rows")
def test_jobs_change_nothing_but_the_time(capsys):
    options = ["bench-tasks", "latch", "--json", "--seeds", "1,5", "--limit", "16"]
    serial, parallel = (json.loads(printed(capsys, *options, "--jobs", n)) for n in ("1", "2"))
    for line in [*serial, *parallel]:
        for outcome in line["outcomes"]:
            assert outcome.pop("seconds") > 0
    assert serial == parallel
    assert [line["cell"] for line in serial] == ["rnn", "lstm", "gru"]
    assert [outcome["seed"] for outcome in serial[0]["outcomes"]] == [1, 5]
    assert serial[1] | {"outcomes": []} == {
        "task": "latch", "length": 4, "forget_bias": 1.5, "batch": 8, "hidden": 2, "limit": 16,
        "cell": "lstm", "outcomes": [],
    }  # fmt: skip


def test_a_row_that_is_solved_says_after_how_many_sequences(capsys, monkeypatch):
    monkeypatch.setattr(bench_tasks_command, "ROWS", (Row("latch", 4000, length=1),))
    line = printed(capsys, "bench-tasks", "--cells", "lstm", "--seeds", "2").splitlines()[1]
    found = re.search(r"lstm +2/2 +([\d,]+)-([\d,]+) +[\d.-]+$", line)
    least, most = (int(number.replace(",", "")) for number in found.groups())
    assert 500 <= least <= most <= 4000


@pytest.mark.usefixtures("rows")
def test_runs_that_fail_are_told_and_the_exit_code_is_1(capsys, monkeypatch):
    def fails(*_):
        raise RuntimeError("x")

    monkeypatch.setattr("tinygrad_rnn.training.comparison.Run.run", fails)
    assert main(["bench-tasks", "latch", "--cells", "gru", "--seeds", "2"]) == 1
    out, complained = capsys.readouterr()
    assert out.splitlines()[2:] == ["  seed 0: RuntimeError: x", "  seed 1: RuntimeError: x"]
    assert complained == "tinygrad-rnn: 2 runs failed, the first: RuntimeError: x\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("sine", "'sine' is none of the tasks of the table: leave it out to see all"),
        ("latch --cells foo", "invalid choice: 'foo'"),
        ("latch --seeds 0", "--seeds: 0: needs a whole number of at least 1"),
        ("latch --seeds a,b", "--seeds: a,b: needs a number, or seeds like 0,7"),
        ("latch --jobs 0", "--jobs: 0: needs a whole number of at least 1"),
        ("latch --limit 0", "--limit: 0: needs a whole number of at least 1"),
    ],
)
def test_a_table_that_cannot_be_is_one_line_and_exit_code_2(capsys, options, complaint):
    assert main(["bench-tasks", *options.split()]) == 2
    out, complained = capsys.readouterr()
    assert (out, complained.count("\n")) == ("", 1)
    assert complaint in complained


@pytest.mark.parametrize("command", ["tasks", "train", "sample", "bench-tasks", "export", "import"])
def test_the_help_of_a_command_has_an_example(capsys, command):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    _, examples = re.split("^examples?:$", capsys.readouterr().out, flags=re.MULTILINE)
    assert f"\n  tinygrad-rnn {command}" in examples


def test_a_row_that_is_about_one_cell_has_that_one_alone(capsys, monkeypatch):
    rows = Row("latch", 8), Row("latch", 8, length=30, forget_bias=5.0, cells=("lstm",))
    monkeypatch.setattr(bench_tasks_command, "ROWS", rows)
    _, *lines = printed(capsys, "bench-tasks", "--seeds", "1").splitlines()
    assert [(line.split()[1], cell_of(line)) for line in lines] == [
        ("20", "rnn"), ("20", "lstm"), ("20", "gru"), ("30", "lstm"),
    ]  # fmt: skip


def cell_of(line):
    return re.search(r"rnn|lstm|gru", line)[0]


def test_a_range_of_one_number_is_that_number():
    assert bench_tasks_command._range([8568, 8568], ",") == "8,568"
    assert bench_tasks_command._range([1472, 2440], ",") == "1,472-2,440"


def test_a_reader_that_goes_away_has_seen_enough():
    command = [sys.executable, "-m", "tinygrad_rnn", "ops"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0
