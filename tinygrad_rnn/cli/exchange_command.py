"""`export` and `import`: the weights of a checkpoint in PyTorch's layout, and back."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from .. import checkpoints, exchange
from ..training import Network, Training
from .arguments import CommandError, UsageError, add_command, refused
from .output import checked_file
from .runs import resumed

OUT = """Write the weights of a checkpoint's network as PyTorch names and lays them out, in a file
that `safetensors.torch.load_file` reads: the state_dict of a module whose fields are `recurrent`
(torch.nn.RNN, LSTM or GRU), `readout` (Linear) and, of tasks over data, `embedding` (Embedding)."""
OUT_EXAMPLE = """example:
  tinygrad-rnn export adding.safetensors weights.safetensors"""
IN = """Put the weights of such a file into a run like that of the checkpoint: of the same task and
sizes, with its settings, but with no update so far."""
IN_EXAMPLE = """example:
  tinygrad-rnn import weights.safetensors adding.safetensors --out new.safetensors
  tinygrad-rnn train --resume new.safetensors"""


def add_to(commands: Any) -> None:
    """Enter both commands and their options."""
    help = "weights of a checkpoint to PyTorch's layout"
    out = add_command(commands, "export", export, help, description=OUT, epilog=OUT_EXAMPLE)
    out.add_argument("checkpoint", metavar="CHECKPOINT", help="a file that train has saved")
    out.add_argument("weights", metavar="WEIGHTS", help="the safetensors file to write")
    help = "weights from PyTorch's layout into a checkpoint"
    into = add_command(commands, "import", import_, help, description=IN, epilog=IN_EXAMPLE)
    into.add_argument("weights", metavar="WEIGHTS", help="a safetensors file of a state_dict")
    into.add_argument("checkpoint", metavar="CHECKPOINT", help="a file that train has saved")
    into.add_argument("--out", metavar="FILE", help="what to write (default: CHECKPOINT)")
    for parser in (out, into):
        parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def export(args: argparse.Namespace) -> None:
    """Write the weights, and say under which names."""
    path = checked_file("WEIGHTS", args.weights)
    if path.exists() and path.samefile(args.checkpoint):
        raise UsageError(f"WEIGHTS {path}: this is the checkpoint, which weights do not replace")
    weights = to_torch(resumed(args.checkpoint).model)
    checkpoints.write_tensors(path, weights, {"format": "pt"})
    if not args.quiet:
        for name, value in weights.items():
            print(f"{name:<36}{tuple(value.shape)}")
        print(f"\nThe weights are in {path}.")


def import_(args: argparse.Namespace) -> None:
    """Read the weights, and write the run that begins with them."""
    path = checked_file("--out", args.out or args.checkpoint)
    training = resumed(args.checkpoint)
    with refused(CommandError):
        weights, _ = checkpoints.read_tensors(args.weights)
    from_torch(training.model, weights, args.weights)
    begin_again(training).save(path)
    if not args.quiet:
        print(f"The run that begins with these weights is in {path}.")


def to_torch(network: Network) -> dict[str, Any]:
    """The state_dict of PyTorch's module with the same fields."""
    parts = {"recurrent": exchange.to_torch(network.recurrent)}
    parts |= {field: layer.state_dict() for field, layer in _layers(network).items()}
    return {f"{field}.{name}": x for field, part in parts.items() for name, x in part.items()}


def from_torch(network: Network, weights: Mapping[str, Any], source: str) -> None:
    """Put PyTorch's weights into the network. CommandError that names what does not fit."""
    expected = to_torch(network)
    faults = {
        "missing": [name for name in expected if name not in weights],
        "unexpected": [name for name in weights if name not in expected],
        "misshapen": [
            f"{name} (has {weights[name].shape}, needs {value.shape})"
            for name, value in expected.items()
            if name in weights and weights[name].shape != value.shape
        ],
    }
    said = [f"{what} {', '.join(names)}" for what, names in faults.items() if names]
    if said:
        raise CommandError(f"{source} is of another network: {'; '.join(said)}")
    exchange.from_torch(network.recurrent, _under("recurrent", weights))
    for field, layer in _layers(network).items():
        layer.load_state_dict(_under(field, weights))


def begin_again(training: Training) -> Training:
    """The same run before its first update."""
    training.optimiser.steps = 0
    training.optimiser.slots.clear()
    training.scores.clear()
    training.state = None
    return training


def _layers(network: Network) -> dict[str, Any]:
    """The fields that have the same names and the same layout in PyTorch."""
    layers = {"readout": network.readout, "embedding": network.embedding}
    return {field: layer for field, layer in layers.items() if layer is not None}


def _under(field: str, weights: Mapping[str, Any]) -> dict[str, Any]:
    prefix = f"{field}."
    return {name.removeprefix(prefix): x for name, x in weights.items() if name.startswith(prefix)}
