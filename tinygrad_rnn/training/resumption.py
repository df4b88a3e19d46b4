"""Training: a run that can be written to a file, and gone on with exactly.

    tensors    "model.readout.weight", "optimiser.readout.weight.m", "state.0" (of a stream), ...
    metadata   what the run is made of, how it is trained, its last scores, where chance stands
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from .. import checkpoints
from ..arrays import Array
from ..arrays.namespace import entries, like, namespace, shape
from ..autograd.structures import leaves_of, with_leaves
from ..autograd.tensor import detached
from ..checkpoints import Checkpoint, restore_rng, rng_state
from ..checkpoints.strict_json import plain
from ..checkpoints.tensor_file import naming
from ..nn import Module
from ..tasks import Task
from .description import described_optimiser, described_task, optimiser_from, task_from
from .network import CELLS, Network, Values, converted
from .session import Run

OWN = "array"  # what our own values are called among the metadata
KINDS: dict[str, Any] = {  # of options that nothing looks at before it is too late
    "hidden": int, "layers": int, "bidirectional": bool, "stream": bool, "validation": (int, float)
}  # fmt: skip


class Training(Run):
    """A `Run` that can be saved, and gone on with as if it had never stopped, to the last bit.

    >>> from tinygrad_rnn.training import task_named
    >>> training = Training(Network.of(task_named("latch"), rng=Random(1)), "latch", rng=Random(2))
    >>> training.step().step, training.solved
    (1, False)
    """

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a checkpoint, whole or not at all; runs that stand alike make the same bytes."""
        parts: dict[str, dict[Any, Any]] = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "state": {} if self.state is None else dict(enumerate(leaves_of(self.state))),
        }
        tensors = {f"{part}.{name}": x for part, held in parts.items() for name, x in held.items()}
        metadata = {
            "made_of": self._made_of(),
            "optimiser": described_optimiser(self.optimiser),
            "values": _kind_of_values(self.model),
            "rng": [rng_state(rng) for rng in self._generators()],
            "scores": list(self.scores),
        }
        return checkpoints.save(path, tensors, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str], values: Values | None = None) -> Training:
        """The run that was saved, made again from the file alone.

        `values` makes arrays of nested lists; it is needed where the run's values are not Arrays:
        `numpy.asarray`. ValueError that names the file and what is wrong with it.
        """
        saved = checkpoints.load(path)
        with naming(path):
            training = _rebuilt(cls, saved, values)
            training._restore(saved)
        return training

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Go on where another run stood when it was saved, one of the same task, data and sizes.

        For a cell, an optimiser or a schedule of your own, which `load` cannot make. ValueError
        that says in what the two runs differ.
        """
        saved = checkpoints.load(path)
        with naming(path):
            self._restore(saved)

    def _made_of(self) -> dict[str, Any]:
        """What does not change in a run, and is the same in one that goes on."""
        return {
            "task": described_task(self.whole),
            "network": self.model.options,
            "settings": {
                "clip": self.clip,
                "batch": self.batch,
                "length": self.length,
                "stream": self.stream,
                "validation": self.held_out,
            },
        }

    def _restore(self, saved: Checkpoint) -> None:
        with _understood():
            metadata = saved.metadata
            _check_same(plain(self._made_of()), metadata["made_of"])
            there = [restore_rng(state).getstate() for state in metadata["rng"]]
            scores = [float(score) for score in metadata["scores"]]
            state = self._carried(_under("state", saved))
            self.optimiser.load_state_dict(_under("optimiser", saved))
            self.model.load_state_dict(_under("model", saved))
            for rng, stands in zip(self._generators(), there, strict=True):
                rng.setstate(stands)
        self.state = state
        self.scores.clear()
        self.scores.extend(scores)

    def _carried(self, parts: Mapping[str, Any]) -> Any:
        """The state of a stream's readers from its numbered parts, if there are any."""
        if not parts:
            return None
        # Of one sequence: the batch may be a lie, and the parts are no larger than the file.
        one = self.model.recurrent.initial_state(1)
        wanted = enumerate(leaves_of(one))
        return with_leaves(one, [_fitting(parts[str(i)], zero, self.batch) for i, zero in wanted])

    def _generators(self) -> Iterator[Random]:
        """What chance comes from: the generator of the batches, and that of every dropout."""
        yield self.rng
        yield from _generators(self.model)


def _rebuilt(kind: Callable[..., Training], saved: Checkpoint, values: Values | None) -> Training:
    """A new run, made as the one that was saved."""
    with _understood():
        made_of, metadata = saved.metadata["made_of"], saved.metadata
        if values is None and metadata["values"] != OWN:
            raise ValueError(
                f"the run is on values of {metadata['values']}: pass values=, like numpy.asarray"
            )
        network, task = made_of["network"], task_from(made_of["task"])
        _check_kinds({**network, **made_of["settings"]})
        _check_sizes(network, task, saved.tensors)
        model = Network.of(task, **network)
        if values is not None:
            model = converted(model, values)
        optimiser = optimiser_from(metadata["optimiser"], model)
        return kind(model, task, optimiser=optimiser, **made_of["settings"])


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """What is not as `save` writes it is a ValueError, whatever stumbled over it."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"no run that was saved: it does not say {error}") from None
    except (TypeError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"no run that was saved: {error}") from None


def _check_same(own: Any, saved: Any, place: str = "") -> None:
    """ValueError that says where the two first differ."""
    if isinstance(own, dict) and isinstance(saved, dict) and own.keys() == saved.keys():
        for key in own:
            _check_same(own[key], saved[key], f"{place}.{key}" if place else key)
    elif own != saved:
        raise ValueError(
            f"the checkpoint is of another run, whose {place or 'making'} is {saved!r:.60}, this "
            f"one's is {own!r:.60}: restore into a run that is made alike, or load it"
        )


def _check_kinds(options: Mapping[str, Any]) -> None:
    """ValueError for a network that we cannot make, and for options that are of another kind."""
    if options["cell"] not in CELLS:
        raise ValueError(
            f"its network is of {options['cell']}, none of {', '.join(CELLS)}: make the run "
            "yourself, and restore() it"
        )
    for name, kind in KINDS.items():
        if not isinstance(options[name], kind):
            raise ValueError(f"damaged: {name} is {options[name]!r:.60}")


def _check_sizes(network: Mapping[str, Any], task: Task, tensors: Mapping[str, Any]) -> None:
    """ValueError for a network that claims more than the file holds, before it is made."""
    held = sum(len(entries(tensor)) for tensor in tensors.values())
    H = network["hidden"]
    if (network["layers"] * H + task.input_size + task.output_size) * H > held:
        raise ValueError(
            f"damaged: a network of {network['layers']} layers of {network['hidden']} has more "
            f"weights than the {held} numbers in the file"
        )


def _under(part: str, saved: Checkpoint) -> dict[str, Any]:
    """The tensors whose names begin with the part's, by the rest of their names."""
    named = ((name.partition("."), tensor) for name, tensor in saved.tensors.items())
    return {rest: tensor for (first, _, rest), tensor in named if first == part}


def _fitting(part: Any, zero: Any, batch: int) -> Any:
    """A part of a state as a value like `zero`, which is that of one sequence."""
    wanted = shape(zero)
    if wanted[:1] == (1,):
        wanted = (batch, *wanted[1:])
    if shape(part) != wanted:
        raise ValueError(f"a part of the state has shape {shape(part)}, needs {wanted}")
    return like(part, zero)


def _kind_of_values(model: Module) -> str:
    """What the parameters' values are: "array", or the library that they are of."""
    value = detached(next(model.parameters()))
    return OWN if type(value) is Array else str(namespace(value).__name__).partition(".")[0]


def _generators(held: Any) -> Iterator[Random]:
    """Every random.Random in a module, in the order of its fields."""
    if isinstance(held, Random):
        yield held
    elif isinstance(held, Module):
        yield from _generators(vars(held))
    elif isinstance(held, (dict, list, tuple)):
        for value in held.values() if isinstance(held, dict) else held:
            yield from _generators(value)
