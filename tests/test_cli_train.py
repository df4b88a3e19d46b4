"""`tinygrad-rnn train`: its result, what is seen meanwhile, stopping, resuming, complaints."""

import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinygrad_rnn import checkpoints
from tinygrad_rnn.cli import main, progress, results
from tinygrad_rnn.cli.progress import interruptible
from tinygrad_rnn.cli.runs import schedule
from tinygrad_rnn.training import Training

LATCH = ["latch", "--length", "5"]
TEXT = "나는 학교에 간다. 너는 집에 간다.\n" * 5
READ = ["characters", "--text", "text", "--hidden", "4", "--length", "4"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(bare_environment):
    """A command in a process of its own; gives that process."""
    environment = bare_environment | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}

    def begin(*arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "tinygrad_rnn", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )

    return begin


def printed(capsys, *arguments):
    assert main(arguments) == 0
    out, complained = capsys.readouterr()
    assert complained == ""
    return out


def train(capsys, *options):
    """What train --json says."""
    return json.loads(printed(capsys, "train", *options, "--json"))


# The result --------------------------------------------------------------------------------------


def test_a_task_that_is_solved_ends_the_run_and_the_result_says_when(capsys):
    lines = printed(capsys, "train", "latch", "--length", "1", "--lr", "0.05").splitlines()
    assert lines[0] == "latch: LSTM of 2 units, T = 1, batch 8"
    verdict = r"solved after ([\d,]+) sequences \((\d+) updates\), \d+\.\d s of CPU"
    sequences, updates = re.fullmatch(verdict, lines[1]).groups()
    assert int(sequences.replace(",", "")) == 8 * int(updates)
    assert 63 <= int(updates) < 1000
    assert lines[2] == ""
    scores = r"last 500 sequences +([\d.]+) %   ([\d.]+) nats"
    share, nats = re.fullmatch(scores, lines[3]).groups()
    assert float(share) >= 99
    assert float(nats) < 0.7
    assert [line.split()[-2:] for line in lines[4:]] == [["100", "%"], ["50", "%"]]


def test_json_says_what_the_result_says(capsys):
    said = train(capsys, *LATCH, "--cell", "gru", "--hidden", "3", "--layers", "2", "--steps", "6")
    assert said.pop("seconds") > 0
    assert 0 < said.pop("metric") < 1
    assert 0 < said.pop("loss") < 5
    spread = math.sqrt(0.2 * 4 * 2)
    assert said == {
        "task": "latch", "cell": "gru", "hidden": 3, "layers": 2, "bidirectional": False,
        "dropout": 0.0, "length": 5, "batch": 8, "solved": False, "updates": 6, "sequences": 48,
        "last": 48, "measure": "right", "perplexity": None, "chance": 0.5,
        "baseline": {
            "says": "the sign of the sum",
            "measure": "right",
            "value": pytest.approx((1 + math.erf(1 / spread)) / 2),
        },
        "held_out": [], "checkpoint": None,
    }  # fmt: skip


def test_a_run_that_gives_up_says_so_and_is_no_error(capsys):
    said = printed(capsys, "train", "adding", "--steps", "2", "--length", "4", "--layers", "2")
    assert "adding: LSTM of 2 layers of 8 units, T = 4, batch 8\n" in said
    assert "not solved after 16 sequences (2 updates), " in said
    assert re.search(r"^chance +MSE 0.167$", said, re.MULTILINE)
    assert "nats" not in said


def test_a_seed_makes_the_same_run_again_and_another_seed_another_one(capsys):
    runs = [train(capsys, *LATCH, "--steps", "3", "--seed", seed) for seed in ("1", "1", "2")]
    losses = [said["loss"] for said in runs]
    assert losses[0] == losses[1] != losses[2]


def test_every_option_of_a_run_changes_it(capsys):
    plain = train(capsys, *LATCH, "--steps", "3", "--layers", "2")["loss"]
    for option in (
        ["--cell", "rnn"], ["--hidden", "3"], ["--layers", "1"], ["--bidirectional"],
        ["--dropout", "0.5"], ["--forget-bias", "0"], ["--length", "6"], ["--batch", "4"],
        ["--lr", "0.5"], ["--schedule", "warmup:3"], ["--clip", "0.0001"],
        ["--seed", "4"],
    ):  # fmt: skip
        said = train(capsys, *LATCH, "--steps", "3", "--layers", "2", *option)
        assert said["loss"] != plain, option


@pytest.mark.parametrize(("given", "kept"), [([], 1.0), (["--clip", "0"], None)])
def test_gradients_are_clipped_unless_clip_is_0(folder, given, kept):
    assert main(["train", *LATCH, "--steps", "0", "--save", "a", "--quiet", *given]) == 0
    assert Training.load("a").clip == kept


def test_numpy_values_give_the_same_numbers(capsys):
    pytest.importorskip("numpy")
    ours, theirs = (
        train(capsys, *LATCH, "--steps", "3", "--values", values) for values in ("array", "numpy")
    )
    assert theirs["loss"] == pytest.approx(ours["loss"])


def test_quiet_prints_nothing(folder, capsys):
    assert printed(capsys, "train", *LATCH, "--steps", "1", "--quiet", "--save", "a") == ""
    assert (folder / "a").is_file()


def test_a_text_has_a_perplexity_and_overfitting_is_seen(folder, capsys, monkeypatch):
    monkeypatch.setattr(results, "CHECKS", 3)
    options = [*READ, "--validate", "0.2", "--steps", "12", "--lr", "0.1", "--log", "log"]
    said = train(capsys, *options)
    losses = [json.loads(line)["loss"] for line in (folder / "log").read_text().splitlines()]
    assert [check["training_loss"] for check in said["held_out"][1:]] == [
        pytest.approx(sum(losses[k : k + 4]) / 4) for k in (0, 4, 8)
    ]
    assert said["solved"] is None
    assert said["perplexity"] == pytest.approx(math.exp(said["loss"]))
    assert [check["updates"] for check in said["held_out"]] == [0, 4, 8, 12]
    assert all(c["perplexity"] == pytest.approx(math.exp(c["loss"])) for c in said["held_out"])
    assert said["held_out"][0]["training_loss"] is None
    assert said["held_out"][-1]["training_loss"] < said["held_out"][1]["training_loss"]
    lines = printed(capsys, "train", *options).splitlines()
    assert "perplexity" in lines[3]
    table = lines.index("updates      training      held out   perplexity     right")
    assert [int(line.split()[0]) for line in lines[table + 1 : table + 5]] == [0, 4, 8, 12]


def test_what_is_best_before_the_end_is_said_to_overfit(folder, capsys, monkeypatch):
    monkeypatch.setattr(results, "CHECKS", 3)
    (folder / "text").write_text("abcabcabcabcabcabcabcabc" * 3 + "acbacbacbacbacbacb")
    said = printed(capsys, "train", *READ, "--validate", "0.2", "--steps", "15", "--lr", "0.1")
    assert "since then it overfits." in said.splitlines()[-1]


def test_the_last_update_is_looked_at_on_what_was_held_out_however_many_there_are(
    folder, capsys, monkeypatch
):
    monkeypatch.setattr(results, "CHECKS", 3)
    said = train(capsys, *READ, "--validate", "0.2", "--steps", "8")
    assert [check["updates"] for check in said["held_out"]] == [0, 2, 4, 6, 8]
    said = train(capsys, *READ, "--validate", "0.2", "--steps", "7")
    assert [check["updates"] for check in said["held_out"]] == [0, 2, 4, 6, 7]


def test_a_hopeless_text_has_an_infinite_perplexity_and_its_result_all_the_same(
    folder, capsys, monkeypatch
):
    monkeypatch.setattr(results, "CHECKS", 1)
    hopeless = [*READ, "--lr", "9000", "--clip", "0", "--steps", "3", "--validate", "0.2"]
    said = train(capsys, *hopeless)
    assert said["loss"] > 710
    assert said["perplexity"] == "inf"
    assert said["held_out"][-1]["perplexity"] == "inf"
    assert "perplexity inf" in printed(capsys, "train", *hopeless)


def test_a_text_of_one_character_is_no_surprise(folder, capsys):
    (folder / "text").write_text("aaaaaaaaaaaaaaaaaaaaaaaa")
    lines = printed(capsys, "train", *READ, "--steps", "1").splitlines()
    assert [line.split()[-4:] for line in lines[3:5]] == [["0", "nats", "perplexity", "1"]] * 2


# What is seen and kept meanwhile -----------------------------------------------------------------


def test_the_log_has_a_record_a_line_and_a_run_that_goes_on_adds_to_it(folder, capsys):
    printed(capsys, "train", *LATCH, "--steps", "3", "--log", "log", "--save", "a")
    printed(capsys, "train", "--resume", "a", "--steps", "5", "--log", "log")
    records = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert [record["step"] for record in records] == [1, 2, 3, 4, 5]
    assert list(records[0]) == ["step", "loss", "metric", "grad_norm", "seconds"]
    printed(capsys, "train", *LATCH, "--steps", "2", "--log", "log")
    assert len((folder / "log").read_text().splitlines()) == 2


@pytest.mark.parametrize("logged", [3, 6])
def test_a_run_that_was_killed_goes_on_with_the_log_of_one_that_was_not(folder, capsys, logged):
    printed(capsys, "train", *LATCH, "--steps", "9", "--log", "whole")
    printed(capsys, "train", *LATCH, "--steps", "3", "--save", "a")
    printed(capsys, "train", *LATCH, "--steps", str(logged), "--log", "log")
    with (folder / "log").open("a") as log:  # killed while it wrote, after the checkpoint of step 3
        log.write('{"step": ')
    (folder / "log").write_text("of the 23rd\n" + (folder / "log").read_text())
    printed(capsys, "train", "--resume", "a", "--steps", "9", "--log", "log")
    note, *found = (folder / "log").read_text().splitlines()
    assert note == "of the 23rd"
    assert without_seconds(found) == without_seconds((folder / "whole").read_text().splitlines())


def without_seconds(lines):
    return [{**json.loads(line), "seconds": None} for line in lines]


def test_elsewhere_than_on_a_terminal_a_line_is_printed_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", 0.0)
    assert main(["train", *LATCH, "--steps", "2", "--json"]) == 0
    out, told = capsys.readouterr()
    assert json.loads(out)["updates"] == 2
    line = r"{}/2: loss [\d.]+, [\d.]+ %, gradient [\d.]+"
    assert [re.fullmatch(line.format(k), told.splitlines()[k - 1]) for k in (1, 2)] != [None, None]
    assert main(["train", *LATCH, "--steps", "2", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar_with_the_time_that_remains(capsys, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["train", "latch", "--steps", "60"]) == 0
    shown = terminal.getvalue().split("\r")
    bar = r"latch: +\d+%\|.*\| \d+/60 \[\d+:\d+<\d+:\d+, loss [\d.]+, [\d.]+ %, gradient [\d.]+\]"
    assert any(re.match(bar, line) for line in shown)


def test_every_so_many_updates_it_is_saved(folder, capsys, monkeypatch):
    saved, save = [], checkpoints.save

    def noted(path, tensors, metadata):
        saved.append(len(metadata["scores"]) // 8)
        return save(path, tensors, metadata)

    monkeypatch.setattr(checkpoints, "save", noted)
    printed(capsys, "train", *LATCH, "--steps", "7", "--save", "a", "--every", "3")
    assert saved == [3, 6, 7]


# Stopped, and gone on with -----------------------------------------------------------------------

RUNS = {
    "array": [*LATCH, "--cell", "lstm", "--layers", "2", "--dropout", "0.3"],
    "numpy": [*LATCH, "--cell", "gru", "--values", "numpy", "--schedule", "warmup:3,cosine:9"],
    "text": [*READ, "--stream", "--validate", "0.2", "--batch", "3"],
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_that_is_resumed_ends_in_the_very_same_bytes(folder, run, kind):
    if kind == "numpy":
        pytest.importorskip("numpy")
    for arguments in (
        [*RUNS[kind], "--steps", "6", "--save", "whole"],
        [*RUNS[kind], "--steps", "3", "--save", "half"],
        ["--resume", "half", "--steps", "6", "--save", "resumed"],
    ):
        process = run("train", *arguments, "--quiet")
        assert (*process.communicate(), process.returncode) == ("", "", 0)
    assert (folder / "resumed").read_bytes() == (folder / "whole").read_bytes()
    assert (folder / "half").read_bytes() != (folder / "whole").read_bytes()


@pytest.mark.parametrize("save", [["--save", "mine"], []])
def test_ctrl_c_saves_says_how_to_go_on_and_is_exit_code_130(folder, run, capsys, save):
    process = run("train", *LATCH, "--hidden", "1", "--cell", "rnn", "--log", "log", *save)
    until = time.monotonic() + 30
    while time.monotonic() < until and not any(p.stat().st_size for p in folder.glob("log")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=60)
    steps = len((folder / "log").read_text().splitlines())
    name = save[-1] if save else f"latch-{steps}.safetensors"
    assert process.returncode == 130
    assert f"({steps:,} update" in out
    go_on = f"tinygrad-rnn: stopped; go on with: tinygrad-rnn train --resume {name}\n"
    assert told == go_on
    options = ["--hidden", "1", "--cell", "rnn", "--steps", str(steps), "--save", "whole"]
    printed(capsys, "train", *LATCH, *options)
    assert (folder / name).read_bytes() == (folder / "whole").read_bytes()


def test_ctrl_c_while_it_is_saved_loses_nothing(folder, capsys, monkeypatch):
    save = checkpoints.save

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return save(*arguments)

    monkeypatch.setattr(checkpoints, "save", interrupted)
    assert main(["train", *LATCH, "--steps", "2", "--save", "a", "--quiet"]) == 130
    assert "go on with: tinygrad-rnn train --resume a\n" in capsys.readouterr().err
    assert Training.load("a").steps == 2
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_ctrl_c_in_the_first_update_waits_for_its_end(folder, monkeypatch):
    def interrupted(self):
        signal.raise_signal(signal.SIGINT)
        return step(self)

    step = Training.step
    monkeypatch.setattr(Training, "step", interrupted)
    assert main(["train", *LATCH, "--save", "a", "--quiet"]) == 130
    assert Training.load("a").steps == 1  # an update that has begun is finished


def test_ctrl_c_is_noted_once_and_the_second_time_obeyed():
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stopped:
        assert not stopped()
        signal.raise_signal(signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_trains_too(capsys):
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(main, ["train", *LATCH, "--steps", "1", "--quiet"]).result() == 0


def test_a_loss_that_is_not_finite_is_one_line_and_what_was_good_is_saved(folder, capsys):
    options = ["adding", "--length", "3", "--lr", "1e200", "--clip", "0"]
    assert main(["train", *options, "--save", "good", "--quiet"]) == 1
    out, complained = capsys.readouterr()
    assert (out, complained.count("\n")) == ("", 1)
    assert re.match(r"tinygrad-rnn: step 2: inf in the value at op \w+ of step 2", complained)
    assert "lower the rate" in complained
    assert "clip" in complained
    assert complained.endswith("; the last good parameters are in good\n")
    assert train(capsys, "--resume", "good", "--steps", "0")["updates"] == 1


def test_numpy_does_not_warn_of_what_the_run_says_itself(folder, run):
    pytest.importorskip("numpy")
    options = ["--length", "3", "--lr", "1e200", "--clip", "0", "--values", "numpy", "--quiet"]
    process = run("train", "adding", *options)
    out, complained = process.communicate()
    assert (out, process.returncode) == ("", 1)
    assert re.fullmatch(r"tinygrad-rnn: step 2: inf in the value at op \w+.*\n", complained)


def test_without_steps_there_is_a_checkpoint_of_the_beginning(folder, capsys):
    said = printed(capsys, "train", *LATCH, "--steps", "0", "--save", "a")
    assert "not solved after 0 sequences (0 updates)" in said
    assert "The checkpoint is in a." in said
    assert train(capsys, "--resume", "a", "--steps", "1")["updates"] == 1


COMPLAINTS = [
    ("latc", 2, "'latc' is none of the tasks: did you mean latch?"),
    ("", 2, "which TASK? See tinygrad-rnn tasks"),
    ("latch --cell foo", 2, "--cell: invalid choice: 'foo'"),
    ("latch --values torch", 2, "--values: invalid choice: 'torch'"),
    ("latch --length 0", 2, "--length: 0: needs a whole number of at least 1"),
    ("latch --hidden 0", 2, "--hidden: 0: needs a whole number of at least 1"),
    ("latch --layers 0", 2, "--layers: 0: needs a whole number of at least 1"),
    ("latch --batch 0", 2, "--batch: 0: needs a whole number of at least 1"),
    ("latch --batch 2.5", 2, "--batch: 2.5: needs a whole number of at least 1"),
    ("latch --steps -1", 2, "--steps: -1: needs a whole number of at least 0"),
    ("latch --lr 0", 2, "--lr: 0: needs a number above 0"),
    ("latch --lr -0.1", 2, "--lr: -0.1: needs a number above 0"),
    ("latch --lr nan", 2, "--lr: nan: needs a finite number"),
    ("latch --lr inf", 2, "--lr: inf: needs a finite number"),
    ("latch --clip -1", 2, "--clip: -1: needs a number of at least 0"),
    ("latch --cell gru --forget-bias 1", 2, "--forget-bias: of the LSTM; --cell gru has no"),
    ("latch --forget-bias nan", 2, "--forget-bias: nan: needs a finite number"),
    ("latch --dropout 1", 2, "--dropout: 1: needs a share: at least 0, and below 1"),
    ("latch --dropout 0.5", 2, "dropout=0.5 stands between layers, num_layers is 1"),
    ("latch --schedule cosine", 2, "--schedule: cosine: needs cosine:STEPS[:LEAST], "),
    ("latch --schedule cosine:0", 2, "--schedule: cosine:0: needs "),
    ("latch --schedule step:5:nan", 2, "--schedule: step:5:nan: needs "),
    ("latch --schedule warmup:5:5", 2, "--schedule: warmup:5:5: needs "),
    ("latch --schedule step:5,cosine:5", 2, "--schedule: step:5,cosine:5: needs "),
    ("names --batch 61", 2, "the list has 60 names, and the batch is 61"),
    ("characters --length 593", 2, "a text of 593 symbols has 0 windows of 593"),
    ("characters --stream --batch 300 --length 2", 2, "has 0 windows of 2"),
    ("cbow_windows --length 99", 2, "a window with 99 words on each side has 199"),
    ("characters --validate 0.001", 2, "share 0.001 leaves 0 of 593 symbols for validation"),
    ("characters --validate 0.05", 2, "a text of 29 symbols has 0 windows of 40"),
    ("latch --validate 0.1", 2, "latch draws fresh sequences, nothing can be held out"),
    ("latch --stream", 2, "stream: reads a text in its order"),
    ("latch --text text", 2, "--text: latch is no task over a text"),
    ("characters --text missing", 1, "cannot read missing: No such file"),
    ("characters --text short", 2, "a text of 5 symbols has 0 windows of 40"),
    ("cbow_windows --text signs", 1, "expected a text to learn from, got '!?!?'"),
    ("characters --text latin", 1, "latin is not UTF-8: byte 1 is wrong"),
    ("latch --every 3", 2, "--every: says how often to --save FILE, which is not given"),
    ("latch --save nowhere/a", 2, "--save nowhere/a: there is no folder nowhere"),
    ("latch --save dir", 2, "--save dir: this is a folder"),
    ("latch --log dir", 2, "--log dir: this is a folder"),
    ("--resume missing", 1, "missing: No such file"),
    ("--resume text", 1, "text: no safetensors file"),
    ("--resume good --lr 0.1", 2, "--lr: a run that is resumed goes on as it was begun"),
    ("--resume good --text text", 2, "--text: a run that is resumed goes on as it was begun"),
    ("--resume small", 1, "a text of 593 symbols has 0 windows of 600"),
    ("--resume good adding", 2, "adding: the run in good learns latch"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "code", "complaint"), COMPLAINTS)
def test_bad_input_is_one_line_on_stderr_and_leaves_nothing(
    folder, capsys, options, code, complaint
):
    main(["train", *LATCH, "--steps", "0", "--save", "good", "--quiet"])
    main(["train", "characters", "--hidden", "1", "--steps", "0", "--save", "small", "--quiet"])
    tensors, metadata = checkpoints.load("small")
    metadata["made_of"]["settings"]["length"] = 600
    checkpoints.save("small", tensors, metadata)
    (folder / "dir").mkdir()
    for name, data in {"short": b"abcab", "latin": b"a\xe9b", "signs": b"!?!?"}.items():
        (folder / name).write_bytes(data)
    before = sorted(folder.rglob("*"))
    assert main(["train", *options.split()]) == code
    out, complained = capsys.readouterr()
    assert out == ""
    assert complained.count("\n") == 1
    assert complained.startswith("tinygrad-rnn: ")
    assert complaint in complained
    assert sorted(folder.rglob("*")) == before


def test_without_numpy_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert main(["train", *LATCH, "--values", "numpy"]) == 1
    said = "tinygrad-rnn: NumPy is not installed: pip install numpy\n"
    assert capsys.readouterr() == ("", said)


def test_a_schedule_is_spelled_as_its_parts_one_after_another():
    made = schedule("warmup:2,warmup:1,step:2:0.5")
    assert [made(step) for step in range(8)] == [0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25]
    assert schedule("cosine:4:0.5")(4) == 0.5
    assert schedule("cosine:4")(2) == pytest.approx(0.5)
    assert schedule("step:3")(3) == pytest.approx(0.1)


def test_a_folder_that_cannot_be_written_to_is_noticed_before_any_training(
    folder, monkeypatch, capsys
):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert main(["train", *LATCH, "--save", "kept"]) == 2
    assert "--save kept: the folder . cannot be written to" in capsys.readouterr().err
