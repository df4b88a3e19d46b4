"""Checkpoint: tensors and plain data in one safetensors file, with a checksum over both.

    tensors    parameters, slots of the optimiser: name -> numbers
    metadata   configuration, vocabulary, step, state of the random numbers: what JSON can say
    note       what stands under KEY among the strings of the file: format, checksum, metadata
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..arrays import Array
from . import strict_json
from .packing import Packed, pack_all, unpack
from .tensor_file import naming, read_packed, write_packed

KEY, FORMAT = "tinygrad_rnn", 1


class Checkpoint(NamedTuple):
    """What was saved: `tensors`, by name, and `metadata`."""

    tensors: dict[str, Array]
    metadata: dict[str, Any]


def save(
    path: str | os.PathLike[str], tensors: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Path:
    """Write a checkpoint whole or not at all, and wait until it would survive a loss of power.

    A tensor is a number, an Array or an array of the array API standard. The metadata are what JSON
    holds exactly: None, bool, int, finite float, str, list (a tuple becomes one), dict with str
    keys. The same data make the same bytes. TypeError or ValueError for other data; OSError that
    names the file. Then, and when the process is killed, what was there stays.
    """
    data = strict_json.plain(dict(metadata))
    packed = pack_all(tensors)
    note = {"format": FORMAT, "sha256": _checksum(packed, data), "metadata": data}
    return write_packed(path, packed, {KEY: strict_json.dumps(note)})


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read what `save` has written: the same numbers in the same shapes, to the last bit.

    Every tensor is an Array: float64 where floats were saved (which hold every float32 exactly),
    else int64 or bool; `arrays.namespace.like` makes other arrays of them. ValueError that names
    the file and what is wrong with it, after time and memory in proportion to its size; OSError.
    """
    packed, strings = read_packed(path)
    with naming(path):
        metadata = _checked(packed, strings)
    return Checkpoint({name: unpack(tensor) for name, tensor in packed.items()}, metadata)


def _checked(packed: Mapping[str, Packed], strings: Mapping[str, str]) -> dict[str, Any]:
    """The metadata of a checkpoint of ours that nothing has changed since it was written."""
    if KEY not in strings:
        raise ValueError(f"no checkpoint of {KEY}: read_tensors reads files of other libraries")
    note = strict_json.loads(strings[KEY])
    if not isinstance(note, dict) or type(note.get("format")) is not int:
        raise ValueError("damaged: it does not say which format it has")
    if note["format"] != FORMAT:
        raise ValueError(
            f"has format {note['format']}, format {FORMAT} can be read: update {KEY}, or save anew"
        )
    metadata = note.get("metadata")
    if not isinstance(metadata, dict) or note.get("sha256") != _checksum(packed, metadata):
        raise ValueError("damaged: its checksum is that of other data; use an earlier checkpoint")
    return metadata


def _checksum(packed: Mapping[str, Packed], metadata: dict[str, Any]) -> str:
    """SHA-256 of the metadata and of every tensor: name, kind of number, shape, bytes."""
    in_order = sorted(packed.items())
    kinds = [(name, tensor.kind, tensor.shape) for name, tensor in in_order]
    found = hashlib.sha256(json.dumps([metadata, kinds]).encode())
    for _, tensor in in_order:
        found.update(tensor.data)
    return found.hexdigest()
