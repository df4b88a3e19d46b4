"""Numbers as bytes, and back: little-endian, the last axis running fastest, to the last bit."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..arrays import Array, asarray, dtypes, namespace
from ..arrays.dtypes import DType
from ..arrays.namespace import entries
from ..arrays.shapes import Shape
from .strict_json import is_unicode


class Kind(NamedTuple):
    """A kind of number: the array API's name, the bytes of one, struct's letter, our dtype."""

    name: str
    size: int
    code: str
    dtype: DType


class Packed(NamedTuple):
    """A tensor as bytes: `kind` is a key of KINDS."""

    kind: str
    shape: Shape
    data: bytes | bytearray


KINDS = {
    "BOOL": Kind("bool", 1, "?", dtypes.bool),
    "U8": Kind("uint8", 1, "B", dtypes.int64),
    "I8": Kind("int8", 1, "b", dtypes.int64),
    "U16": Kind("uint16", 2, "H", dtypes.int64),
    "I16": Kind("int16", 2, "h", dtypes.int64),
    "U32": Kind("uint32", 4, "I", dtypes.int64),
    "I32": Kind("int32", 4, "i", dtypes.int64),
    "I64": Kind("int64", 8, "q", dtypes.int64),
    "F16": Kind("float16", 2, "e", dtypes.float64),
    "BF16": Kind("bfloat16", 2, "", dtypes.float64),  # read, never written
    "F32": Kind("float32", 4, "f", dtypes.float64),
    "F64": Kind("float64", 8, "d", dtypes.float64),
}
WRITTEN = {kind.name: key for key, kind in KINDS.items() if kind.code}


def pack_all(tensors: Mapping[str, Any]) -> dict[str, Packed]:
    """Every tensor as bytes; TypeError or ValueError that names the one that cannot be."""
    packed = {}
    for name, value in tensors.items():
        _check_name(name)
        try:
            packed[name] = pack(value)
        except TypeError as error:
            raise TypeError(f"tensor {name!r}: {error}") from None
        except OverflowError as error:
            raise ValueError(f"tensor {name!r}: {error}") from None
    return packed


def pack(value: Any) -> Packed:
    """A number, an Array or an array of the array API standard as bytes of its own dtype.

    >>> pack(1.0)
    Packed(kind='F64', shape=(), data=b'\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?')
    """
    namespace(value)  # TypeError for what is no value
    array = value if hasattr(value, "dtype") else asarray(value)
    name = str(array.dtype)
    if name not in WRITTEN:
        raise TypeError(f"dtype {name} cannot be saved: convert it to one of {', '.join(WRITTEN)}")
    kind, numbers = WRITTEN[name], entries(array)
    data = struct.pack(f"<{len(numbers)}{KINDS[kind].code}", *numbers)
    return Packed(kind, tuple(array.shape), data)


def unpack(packed: Packed) -> Array:
    """The inverse of `pack`, as an Array; its dtype is the one that holds them all exactly.

    >>> unpack(pack(asarray([[1, 2]])))
    Array([[1, 2]], dtype=int64)
    """
    kind, data = KINDS[packed.kind], packed.data
    count = len(data) // kind.size
    code, data = (kind.code, data) if kind.code else ("f", _widened(data))
    return Array(list(struct.unpack(f"<{count}{code}", data)), packed.shape, kind.dtype)


def _widened(data: bytes | bytearray) -> bytearray:
    """Every bfloat16 as the float32 whose upper half it is."""
    wide = bytearray(2 * len(data))
    wide[2::4], wide[3::4] = data[::2], data[1::2]
    return wide


def _check_name(name: Any) -> None:
    """TypeError or ValueError for what cannot stand in a header."""
    if not isinstance(name, str):
        raise TypeError(f"a tensor's name is a str, got {type(name).__name__}: {name!r:.80}")
    if name == "__metadata__":
        raise ValueError("no tensor can be called '__metadata__': the format needs the name")
    if not is_unicode(name):
        raise ValueError(f"no tensor can be called {name!r:.80}: it is not valid Unicode")
