"""Tensors in a safetensors file, any library's: the bytes are laid out and read by `safetensors`.

    packed     name -> Packed: the kind of number, the shape and the bytes of a tensor
    strings    what the format has room for beside the tensors: str -> str

The library is handed a file only after `header` has found nothing wrong with it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import files
from ..arrays import Array
from . import header
from .packing import KINDS, Packed, pack_all, unpack


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Any],
    strings: Mapping[str, str] | None = None,
) -> Path:
    """Write tensors for other libraries: numbers, Arrays, arrays of the array API standard.

    A float is float64 of shape (); a NumPy array keeps its dtype. TypeError or ValueError for what
    the format cannot hold; OSError that names the file, and then what was there stays.
    """
    return write_packed(path, pack_all(tensors), dict(strings or {}))


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors of a safetensors file, whoever wrote it, and its strings.

    Floats of 16 and 32 bits (bfloat16 too) become float64, whole numbers int64, without loss.
    ValueError that names the file and what is wrong with it, also for kinds of number that no Array
    holds (complex, 8-bit floats, uint64); OSError.
    """
    packed, strings = read_packed(path)
    return {name: unpack(tensor) for name, tensor in packed.items()}, strings


def write_packed(
    path: str | os.PathLike[str], packed: Mapping[str, Packed], strings: dict[str, str]
) -> Path:
    """Write a safetensors file, and wait until it would survive a loss of power."""
    data = _serialized(packed, strings)
    with naming(path):
        header.check_beginning(data[:9], len(data))
    files.write(path, data, durable=True)
    return Path(path)


def read_packed(path: str | os.PathLike[str]) -> tuple[dict[str, Packed], dict[str, str]]:
    """The tensors of a safetensors file as bytes, in the order of the file, and its strings."""
    with naming(path):
        data = _read(path)
        entries, strings = header.parse(data)
        tensors = _deserialized(data)
    return {
        name: Packed(entry.kind, entry.shape, tensors[name]) for name, entry in entries.items()
    }, strings


@contextlib.contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """What the block finds wrong is said of the file."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None
    except RecursionError:
        raise ValueError(f"{os.fspath(path)}: damaged: JSON nested without end") from None


def _read(path: str | os.PathLike[str]) -> bytes:
    """A whole file; of one that does not begin as safetensors do, or never ends, no more."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("is a folder or a device: name a file")
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        header.check_beginning(stream.read(9), size)
        stream.seek(0)
        return stream.read(size)


# The library -----------------------------------------------------------------------------------


def _serialized(packed: Mapping[str, Packed], strings: dict[str, str]) -> bytes:
    """The bytes of a file. Before its version 0.8 the library took bytes, since then addresses."""
    import safetensors

    described: dict[str, Any] = {}
    held = []  # what an address points to lives until the bytes are made
    for name, (kind, shape, data) in packed.items():
        about: dict[str, Any] = {"dtype": KINDS[kind].name, "shape": shape}
        if hasattr(safetensors, "TensorSpec"):
            held.append(array("B", data or b"\0"))  # nothing has no address
            address, _ = held[-1].buffer_info()
            described[name] = safetensors.TensorSpec(
                **about, data_ptr=address, data_len=len(data)
            )
        else:
            described[name] = about | {"data": data}
    return safetensors.serialize(described, strings)


def _deserialized(data: bytes) -> dict[str, bytearray]:
    """The bytes of every tensor; ValueError for what the library finds wrong."""
    import safetensors

    try:
        found = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ValueError(f"damaged: {error}") from None
    return {name: tensor["data"] for name, tensor in found}
