"""A run that is saved and gone on with is the run that never stopped, to the last bit."""

import copy
import json
import random
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from tinygrad_rnn import arrays, checkpoints, nn, optim
from tinygrad_rnn.tasks import TASKS, Alphabet, Corpus, NameList, Vocabulary
from tinygrad_rnn.training import Network, Training, converted, sample

ROOT = Path(__file__).parents[2]
TEXT = Corpus.of("나는 학교에 간다; the cat sat on the mat. " * 4)
K = 3

RUNS = {
    "latch": ("latch", {}, {}),
    "a schedule": (
        "parity",
        {"cell": "gru"},
        {"schedule": optim.warmup_schedule(4, then=optim.cosine_schedule(5, least=0.1))},
    ),
    "dropout, text in order": (
        TASKS["characters"].on(TEXT),
        {"hidden": 5, "layers": 3, "dropout": 0.4},
        {"stream": True, "length": 6, "batch": 2},
    ),
    "text, validation": (
        TASKS["characters"].on(TEXT),
        {"cell": "rnn", "hidden": 5},
        {"length": 6, "validation": 0.2},
    ),
    "names, both directions": ("names", {"bidirectional": True}, {"clip": None, "batch": 3}),
    "words": ("cbow_windows", {"hidden": 3}, {}),
    "names, all at once": (
        "names",
        {"cell": "gru", "hidden": 4, "layers": 2, "bidirectional": True, "dropout": 0.3},
        {"validation": 0.2, "batch": 3, "schedule": optim.step_schedule(2, 0.5)},
    ),
    "text, all at once": (
        TASKS["characters"].on(TEXT),
        {"hidden": 4, "layers": 2, "dropout": 0.3},
        {
            "stream": True, "validation": 0.3, "length": 5, "batch": 3, "clip": 0.5,
            "schedule": optim.warmup_schedule(4, then=optim.cosine_schedule(9)),
        },
    ),
    "words, all at once": (
        "skip_gram_windows",
        {"hidden": 3, "layers": 2, "dropout": 0.3},
        {"validation": 0.2, "schedule": optim.cosine_schedule(4)},
    ),
    "reber": ("embedded_reber", {"forget_bias": 0.5}, {"length": None}),
    "momentum": (replace(TASKS["sine"], enough=0.5, window=9), {}, {"momentum": 0.9}),
}


def begun(name, values=arrays.asarray):
    task, network, settings = RUNS[name]
    rng, settings = random.Random(4), dict(settings)
    model = Network.of(TASKS.get(task, task) if isinstance(task, str) else task, rng=rng, **network)
    model = converted(model, values)
    if "momentum" in settings:
        settings["optimiser"] = optim.SGD(model, lr=0.1, momentum=settings.pop("momentum"))
    return Training(model, task, rng=rng, **settings)


def advance(training, steps):
    return [record[:4] for record in training.run(steps, until_solved=False)]


def values_of(kind):
    return arrays.asarray if kind == "array" else pytest.importorskip("numpy").asarray


@pytest.mark.parametrize("kind", ["array", "numpy"])
def test_in_a_new_process_it_ends_in_the_same_bytes(kind, tmp_path, bare_environment):
    values = values_of(kind)
    for i, name in enumerate(RUNS):
        training = begun(name, values)
        advance(training, K)
        training.save(tmp_path / f"{i}.half")
        advance(training, K)
        training.save(tmp_path / f"{i}.straight")
    make = "tinygrad_rnn.arrays" if kind == "array" else "numpy"
    code = (
        f"from {make} import asarray\n"
        "from tinygrad_rnn.training import Training\n"
        f"for i in range({len(RUNS)}):\n"
        f"    training = Training.load(f'{tmp_path}/{{i}}.half', asarray)\n"
        f"    for record in training.run({K}, until_solved=False): pass\n"
        f"    training.save(f'{tmp_path}/{{i}}.resumed')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=bare_environment, check=True)
    for i, name in enumerate(RUNS):
        resumed, straight, half = (
            (tmp_path / f"{i}.{end}").read_bytes() for end in ("resumed", "straight", "half")
        )
        assert resumed == straight != half, name


@pytest.mark.parametrize("name", RUNS)
def test_saving_changes_nothing_and_what_is_loaded_goes_on_alike(name, tmp_path):
    training, path = begun(name), tmp_path / "run"
    advance(training, K)
    training.save(path)
    wanted = advance(training, K)
    again = Training.load(path)
    assert advance(again, K) == wanted
    assert again.solved == training.solved
    assert again.sequences == training.sequences
    assert again.evaluate(2) == training.evaluate(2)


def test_before_the_first_update_a_run_can_be_saved_too(tmp_path):
    training = begun("dropout, text in order")
    training.save(tmp_path / "run")
    assert advance(Training.load(tmp_path / "run"), 2) == advance(training, 2)


def test_text_is_said_from_the_file_alone(tmp_path):
    training = begun("dropout, text in order")
    advance(training, 2)
    training.save(tmp_path / "run")
    said = []
    for one in (training, Training.load(tmp_path / "run")):
        symbols = one.task.data.symbols
        said.append("".join(sample(one.model, symbols, 30, random.Random(0), prompt="학교")))
    assert said[0] == said[1]
    assert symbols == TEXT.symbols


@pytest.mark.parametrize(
    ("task", "data"),
    [
        ("characters", Corpus.of("abé 한국어 🙂\n")),
        ("characters", Corpus(Alphabet("abcdef"), (0, 2, 2, 1))),
        ("cbow_windows", Corpus.of("The cat; the DOG's ΣΑΣ.", Vocabulary)),
        ("names", NameList.of({"x": ["Ann", "Łucja"], "y": ["보미"]})),
    ],
)
def test_the_data_come_back_as_they_were(task, data, tmp_path):
    task = TASKS[task].on(data)
    training = Training(Network.of(task, hidden=2), task, rng=random.Random(0))
    training.save(tmp_path / "run")
    assert Training.load(tmp_path / "run").whole == task


def test_numpy_values_are_asked_for_and_can_be_left(tmp_path):
    numpy = pytest.importorskip("numpy")
    training = begun("latch", numpy.asarray)
    training.save(tmp_path / "run")
    with pytest.raises(ValueError, match=r"run: the run is on values of numpy: pass values="):
        Training.load(tmp_path / "run")
    for values in (numpy.asarray, arrays.asarray):
        loaded = Training.load(tmp_path / "run", values)
        kinds = {type(p.value) for p in loaded.model.parameters()}
        assert kinds == {type(values([1.0]))}


# Runs that are made of something of one's own --------------------------------------------------


class Leaky(nn.Module):
    """h' = h/2 + w·x, with a dropout of its own."""

    def __init__(self):
        self.input = nn.Linear(1, 2, rng=random.Random(0))
        self.drop = [nn.Dropout(0.5, random.Random(9))]

    def initial_state(self, batch):
        return arrays.zeros((batch, 2))

    def __call__(self, x, h):
        return 0.5 * h + self.drop[0](self.input(x))


class Halved(optim.SGD):
    """An optimiser of one's own."""


def own():
    model = Network(Leaky(), nn.Linear(2, 2, rng=random.Random(1)))
    optimiser = Halved(model, lr=0.1, momentum=0.5, schedule=lambda step: 0.5)
    return Training(model, "latch", optimiser=optimiser, rng=random.Random(2))


def test_what_load_cannot_make_is_restored_into_a_run_made_alike(tmp_path):
    training, path = own(), tmp_path / "run"
    advance(training, K)
    training.save(path)
    wanted = advance(training, K)
    again = own()
    again.restore(path)
    assert advance(again, K) == wanted
    with pytest.raises(ValueError, match="its network is of Leaky, none of rnn.*restore"):
        Training.load(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"optimiser": Halved}, "its optimiser is one of sgd, .*, got 'Halved'"),
        ({"schedule": lambda step: 1.0}, "its schedule is one of step, .*, got '.*lambda"),
    ],
)
def test_an_optimiser_and_a_schedule_of_ones_own_are_said(changed, message, tmp_path):
    model = Network.of(TASKS["latch"])
    make = changed.get("optimiser", optim.SGD)
    optimiser = make(model, lr=0.1, schedule=changed.get("schedule"))
    Training(model, "latch", optimiser=optimiser).save(tmp_path / "run")
    with pytest.raises(ValueError, match=message):
        Training.load(tmp_path / "run")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("other text", {}, "whose task.data.alphabet is ' .*', this one's is"),
        (None, {"hidden": 6}, "whose network.hidden is 5, this one's is 6"),
        (None, {"cell": "gru"}, "the checkpoint is of another run, whose network"),
        (None, {"layers": 2}, "whose network.layers is 3, this one's is 2"),
        (None, {"length": 9}, "whose settings.length is 6, this one's is 9"),
    ],
)
def test_a_run_that_is_made_otherwise_is_not_gone_on_with(text, options, message, tmp_path):
    options = dict(options)
    begun("dropout, text in order").save(tmp_path / "run")
    task = TASKS["characters"].on(TEXT if text is None else Corpus.of(text))
    settings = {"length": options.pop("length", 6)}
    network = {"hidden": 5, "layers": 3, "dropout": 0.4} | options
    other = Training(Network.of(task, **network), task, batch=2, stream=True, **settings)
    before = repr(other.model.state_dict())
    with pytest.raises(ValueError, match=message):
        other.restore(tmp_path / "run")
    assert repr(other.model.state_dict()) == before


def test_another_optimiser_does_not_go_on_with_the_slots_of_one(tmp_path):
    training = begun("latch")
    advance(training, 2)
    training.save(tmp_path / "run")
    model = Network.of(TASKS["latch"])
    other = Training(model, "latch", optimiser=optim.SGD(model, lr=0.1))
    with pytest.raises(ValueError, match="SGD"):
        other.restore(tmp_path / "run")
    assert other.steps == 0


# Files that say something else -----------------------------------------------------------------


def test_a_checkpoint_that_holds_no_run_is_said(tmp_path):
    checkpoints.save(tmp_path / "run", {"W": 1.0}, {"epoch": 3})
    with pytest.raises(ValueError, match=r"run: no run that was saved: it does not say 'made_of'"):
        Training.load(tmp_path / "run")


def test_a_network_that_claims_more_than_the_file_holds_is_not_made(tmp_path):
    begun("latch").save(tmp_path / "run")
    saved = checkpoints.load(tmp_path / "run")
    saved.metadata["made_of"]["network"]["hidden"] = 10**7
    checkpoints.save(tmp_path / "run", *saved)
    with pytest.raises(ValueError, match="has more weights than the .* numbers in the file"):
        Training.load(tmp_path / "run")


HOSTILE = {  # a claim, and what is said of it; with no more memory and time than the file has bytes
    "layers 'x'": ({"network.layers": "x", "network.hidden": 10**5}, "layers is 'x'"),
    "layers []": ({"network.layers": [0], "network.hidden": 10**5}, r"layers is \[0\]"),
    "10**6 directions": ({"network.bidirectional": 10**6}, "bidirectional is 1000000"),
    "10**6 readers": ({"settings.batch": 10**6}, r"shape \(2, 5\), needs \(1000000, 5\)"),
    "a share of a text": ({"settings.validation": "0.1"}, "validation is '0.1'"),
    "enough 'x'": ({"task.enough": "x", "task.window": 1}, "enough must be a number or None"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_claims_much_is_refused_at_little_cost(case, tmp_path):
    changes, message = HOSTILE[case]
    training = begun("dropout, text in order")
    advance(training, 1)
    training.save(tmp_path / "run")
    saved = checkpoints.load(tmp_path / "run")
    for address, value in changes.items():
        put(saved.metadata["made_of"], address.split("."), value)
    checkpoints.save(tmp_path / "run", *saved)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"run: .*{message}"):
            Training.load(tmp_path / "run")
        assert tracemalloc.get_traced_memory()[1] < 100 * (tmp_path / "run").stat().st_size
    finally:
        tracemalloc.stop()


def test_an_embedding_of_more_rows_than_the_file_has_numbers_is_not_made(tmp_path):
    begun("names, both directions").save(tmp_path / "run")
    saved = checkpoints.load(tmp_path / "run")
    data = saved.metadata["made_of"]["task"]["data"]
    data["alphabet"] += "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    checkpoints.save(tmp_path / "run", *saved)
    with pytest.raises(ValueError, match="has more weights than the .* numbers in the file"):
        Training.load(tmp_path / "run")


@pytest.mark.parametrize(
    "listed",
    [[], [["", 0]] * 9, [["Ann", 3]] * 9, [["Ann", "x"]] * 9, [["Ann", -1]] * 9, [["보", 0]] * 9],
)
def test_names_that_nobody_has_are_refused_when_they_are_loaded(listed, tmp_path):
    begun("names, both directions").save(tmp_path / "run")
    saved = checkpoints.load(tmp_path / "run")
    saved.metadata["made_of"]["task"]["data"]["names"] = listed
    checkpoints.save(tmp_path / "run", *saved)
    with pytest.raises(ValueError, match="run: (a list of names has|not in the alphabet: '보')"):
        Training.load(tmp_path / "run")


@pytest.mark.parametrize(
    ("key", "wrong", "message"),
    [
        ("betas", [0.9], r"betas must be two numbers in \[0, 1\), got \[0.9\]"),
        ("schedule", ["warmup", 1, 7], "then must be a schedule, a function, got 7"),
    ],
)
def test_an_optimiser_that_could_not_step_is_refused(key, wrong, message, tmp_path):
    begun("latch").save(tmp_path / "run")
    saved = checkpoints.load(tmp_path / "run")
    saved.metadata["optimiser"][key] = wrong
    checkpoints.save(tmp_path / "run", *saved)
    with pytest.raises(ValueError, match=message):
        Training.load(tmp_path / "run")


def test_twenty_thousand_names_are_loaded_in_a_moment(tmp_path):
    listed = {one: [f"{one}{i}" for i in range(10_000)] for one in ("Ann", "Bea")}
    begin = time.process_time()
    task = TASKS["names"].on(NameList.of(listed))
    assert task.chance == 0.5
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize("name", ["dropout, text in order", "names, both directions", "a schedule"])
@pytest.mark.parametrize("wrong", ["x", 0, None, [[]]])
def test_metadata_that_mean_nothing_are_a_value_error_or_make_a_run(name, wrong, tmp_path):
    path, training = tmp_path / "run", begun(name)
    training.save(path)
    tensors, metadata = checkpoints.load(path)
    for address in addresses(metadata):
        changed = copy.deepcopy(metadata)
        put(changed, address, wrong)
        checkpoints.save(path, tensors, changed)
        try:
            loaded = Training.load(path)
            assert not loaded.solved
            loaded.step()
        except ValueError:
            continue
        except Exception as error:
            pytest.fail(f"{address} = {wrong!r}: {error!r}")


def addresses(data, address=()):
    """The address of everything in nested dicts, and of the lists in them."""
    if address:
        yield address
    if isinstance(data, dict):
        for key, one in data.items():
            yield from addresses(one, (*address, key))


def put(data, address, value):
    *way, last = address
    for key in way:
        data = data[key]
    data[last] = value


def test_tensors_that_are_missing_or_of_other_shapes_are_named(tmp_path):
    path, training = tmp_path / "run", begun("dropout, text in order")
    advance(training, 1)
    training.save(path)
    tensors, metadata = checkpoints.load(path)
    for name, message in {
        "model.readout.bias": "missing: readout.bias",
        "optimiser.readout.bias.m": "readout.bias.m",
        "state.1": "it does not say '1'",
    }.items():
        checkpoints.save(path, {k: v for k, v in tensors.items() if k != name}, metadata)
        with pytest.raises(ValueError, match=message):
            Training.load(path)
    for name in ("model.readout.bias", "state.1"):
        checkpoints.save(path, {**tensors, name: arrays.zeros((7,))}, metadata)
        with pytest.raises(ValueError, match=r"shape|misshapen"):
            Training.load(path)


def test_the_metadata_are_json_and_hold_the_text_once(tmp_path):
    begun("text, validation").save(tmp_path / "run")
    said = json.dumps(checkpoints.load(tmp_path / "run").metadata, ensure_ascii=False)
    assert said.count("나는 학교에 간다; the cat sat on the mat. 나는") > 0
    assert said.count("made_of") == 1
