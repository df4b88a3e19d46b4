"""`tinygrad-rnn export` and `import`: weights to PyTorch's modules and back, checked by running."""

import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import checkpoints
from tinygrad_rnn.cli import main
from tinygrad_rnn.tasks import Alphabet
from tinygrad_rnn.training import Training

TEXT = "나는 학교에 간다. 너는 집에 간다.\n" * 3
SHAPES = [
    ["--layers", "1"],
    ["--layers", "2"],
    ["--layers", "2", "--bidirectional"],
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    return tmp_path


def tell(*arguments):
    assert main(arguments) == 0


def train(*options, save="run", steps=2):
    """A checkpoint after a few updates."""
    tell("train", *options, "--steps", str(steps), "--save", save, "--quiet")


def torch_network(torch, kind, X, H, Y, tokens=None, **shape):
    """What the help of export describes: embedding, recurrent, readout."""
    network = torch.nn.Module()
    if tokens:
        network.embedding = torch.nn.Embedding(tokens, X)
    network.recurrent = getattr(torch.nn, kind)(X, H, **shape)
    network.readout = torch.nn.Linear(H * (1 + shape.get("bidirectional", False)), Y)
    return network.double()


@pytest.mark.parametrize("shape", SHAPES, ids=" ".join)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_pytorch_computes_from_the_export_what_the_checkpoint_computes(folder, cell, shape):
    torch = pytest.importorskip("torch")
    load_file = pytest.importorskip("safetensors.torch").load_file
    train("adding", "--length", "4", "--hidden", "3", "--cell", cell, *shape)
    tell("export", "run", "weights.safetensors", "--quiet")
    theirs = torch_network(
        torch, cell.upper(), 2, 3, 1,
        num_layers=int(shape[1]), bidirectional="--bidirectional" in shape,
    )  # fmt: skip
    theirs.load_state_dict(load_file("weights.safetensors"))
    rng = random.Random(0)
    xs = [[[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(5)] for _ in range(4)]
    predictions, _ = Training.load("run").model(xs)
    expected = theirs.readout(theirs.recurrent(torch.tensor(xs, dtype=torch.float64))[0])
    for ours, row in zip(predictions, expected.tolist()):
        assert [y for (y,) in ours.tolist()] == pytest.approx([y for (y,) in row], abs=1e-12)


def test_a_network_of_characters_has_an_embedding_there_too(folder):
    torch = pytest.importorskip("torch")
    load_file = pytest.importorskip("safetensors.torch").load_file
    train("characters", "--text", "text", "--hidden", "4", "--length", "6", "--validate", "0.2")
    tell("export", "run", "weights.safetensors", "--quiet")
    alphabet = Alphabet.of(TEXT)
    theirs = torch_network(torch, "LSTM", 4, 4, alphabet.size, tokens=alphabet.size)
    theirs.load_state_dict(load_file("weights.safetensors"))
    tokens = alphabet.encode("너는 간다")
    predictions, _ = Training.load("run").model([[k] for k in tokens])
    expected = theirs.readout(theirs.recurrent(theirs.embedding(torch.tensor(tokens)))[0])
    for ours, row in zip(predictions, expected.tolist()):
        assert ours.tolist()[0] == pytest.approx(row, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=" ".join)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_checkpoint_computes_from_the_import_what_pytorch_computes(folder, cell, shape):
    torch = pytest.importorskip("torch")
    save_file = pytest.importorskip("safetensors.torch").save_file
    train("adding", "--length", "4", "--hidden", "3", "--cell", cell, *shape)
    theirs = torch_network(
        torch, cell.upper(), 2, 3, 1,
        num_layers=int(shape[1]), bidirectional="--bidirectional" in shape,
    )  # fmt: skip
    save_file(theirs.float().state_dict(), "weights.safetensors")  # as PyTorch's usually are
    tell("import", "weights.safetensors", "run", "--out", "new", "--quiet")
    xs = [[[0.5, -1.0]], [[0.25, 1.0]], [[-0.75, 0.0]]]
    predictions, _ = Training.load("new").model(xs)
    expected = theirs.double().readout(theirs.recurrent(torch.tensor(xs).double())[0])
    for ours, row in zip(predictions, expected.tolist()):
        assert ours.tolist()[0] == pytest.approx(row[0], abs=1e-12)


def test_the_weights_are_listed_by_their_names_in_pytorch(folder, capsys):
    train("latch", "--hidden", "3", "--layers", "2", "--bidirectional", "--cell", "gru")
    tell("export", "run", "weights.safetensors")
    lines = capsys.readouterr().out.splitlines()
    expected = {
        f"recurrent.{name}_{place}": shape
        for place, X in {"l0": 1, "l0_reverse": 1, "l1": 6, "l1_reverse": 6}.items()
        for name, shape in {
            "weight_ih": (9, X), "weight_hh": (9, 3), "bias_ih": (9,), "bias_hh": (9,)
        }.items()
    } | {"readout.weight": (2, 6), "readout.bias": (2,)}  # fmt: skip
    listed = dict(line.split(maxsplit=1) for line in lines[:-2])
    assert listed == {name: str(shape) for name, shape in expected.items()}
    assert lines[-2:] == ["", "The weights are in weights.safetensors."]
    tensors, strings = checkpoints.read_tensors("weights.safetensors")
    assert {name: tensor.shape for name, tensor in tensors.items()} == expected
    assert strings == {"format": "pt"}


@pytest.mark.parametrize("values", ["array", "numpy"])
def test_there_and_back_is_the_same_run_before_its_first_update(folder, capsys, values):
    if values == "numpy":
        pytest.importorskip("numpy")
    options = ["latch", "--length", "3", "--cell", "gru", "--values", values, "--lr", "0.125"]
    train(*options, steps=3)
    tell("export", "run", "weights", "--quiet")
    train(*options, "--seed", "1", save="other", steps=2)
    tell("import", "weights", "other")
    assert capsys.readouterr().out == "The run that begins with these weights is in other.\n"
    run, other = (checkpoints.load(name) for name in ("run", "other"))
    for name in run.tensors:
        if name.startswith("model."):
            assert other.tensors[name].tolist() == run.tensors[name].tolist()
    training = Training.load("other", tg.arrays.asarray)
    assert (training.steps, list(training.scores), training.optimiser.slots) == (0, [], {})
    assert training.optimiser.lr == 0.125
    tell("train", "--resume", "other", "--steps", "1", "--quiet")


@pytest.mark.parametrize(
    ("command", "code", "complaint"),
    [
        ("export missing out", 1, "missing: No such file"),
        ("export text out", 1, "text: no safetensors file"),
        ("export latch nowhere/out", 2, "WEIGHTS nowhere/out: there is no folder nowhere"),
        ("export latch ./latch", 2, "WEIGHTS latch: this is the checkpoint"),
        ("import missing latch", 1, "missing: No such file"),
        ("import text latch", 1, "text: no safetensors file"),
        ("import weights missing", 1, "missing: No such file"),
        ("import weights weights", 1, "no checkpoint of tinygrad_rnn"),
        ("import weights latch --out nowhere/a", 2, "--out nowhere/a: there is no folder nowhere"),
        ("import weights gru", 1, "misshapen recurrent.weight_ih_l0 (has (12, 1), needs (9, 1)), "),
        ("import letters reader", 1, "misshapen readout.weight (has (3, 2), needs (12, 2)), "),
        (
            "import weights deep",
            1,
            "weights is of another network: missing recurrent.weight_ih_l1, ",
        ),
        ("import deeper latch", 1, "deeper is of another network: unexpected recurrent.bias_hh_l1"),
    ],
)
def test_what_does_not_fit_is_one_line_and_changes_nothing(
    folder, capsys, command, code, complaint
):
    cells = {"latch": [], "gru": ["--cell", "gru"], "deep": ["--layers", "2"]}
    for name, options in cells.items():
        train("latch", "--hidden", "3", *options, save=name, steps=0)
    (folder / "abc").write_text("abcabcabc")
    for name, text in {"reader": "text", "abc-reader": "abc"}.items():
        options = ["--text", text, "--hidden", "2", "--length", "2", "--batch", "1"]
        train("characters", *options, save=name, steps=0)
    for run, weights in {"latch": "weights", "deep": "deeper", "abc-reader": "letters"}.items():
        tell("export", run, weights, "--quiet")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(command.split()) == code
    out, complained = capsys.readouterr()
    assert out == ""
    assert complained.startswith("tinygrad-rnn: ")
    assert complained.count("\n") == 1
    assert complaint in complained
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
