"""The header of a safetensors file, believed in nothing that its size does not bear out.

A file is 8 bytes that say how long the header is (little-endian), the header, the numbers. The
header is a JSON object, {"W": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, ...}:
offsets count from its end, and the tensors lie side by side, from there to the end of the file.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import strict_json
from .packing import KINDS

MOST = 100_000_000  # bytes of a header: the library reads no longer one
LONGEST = 2**63  # no axis is
FIELDS = {"dtype", "shape", "data_offsets"}


class Entry(NamedTuple):
    """What the header says of a tensor: its numbers are the bytes from `begin` to before `end`."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


def check_beginning(first: bytes, size: int) -> int:
    """The length of the header, by the first 9 of the `size` bytes of a file; ValueError."""
    length = int.from_bytes(first[:8], "little")
    if size < 10:
        raise ValueError(f"no safetensors file, or cut off: it has {size} bytes")
    if length > size - 8:
        raise ValueError(
            f"no safetensors file, or cut off: its header would have {length:,} bytes, "
            f"there are {size - 8:,}"
        )
    if first[8:] != b"{":
        raise ValueError("no safetensors file: its header does not begin with {")
    if length > MOST:
        raise ValueError(f"its header has {length:,} bytes, the format allows {MOST:,}")
    return length


def parse(data: bytes) -> tuple[dict[str, Entry], dict[str, str]]:
    """What is in a whole file, in the order of its bytes, and its strings.

    ValueError for anything that is not as the format says, and for tensors that leave bytes out,
    share some, or have more or fewer of them than their shape asks for.
    """
    start = 8 + check_beginning(data[:9], len(data))
    found = strict_json.loads(data[8:start].decode())
    strings = found.pop("__metadata__", {})
    if not isinstance(strings, dict) or not all(isinstance(s, str) for s in strings.values()):
        raise ValueError("damaged: its __metadata__ are no strings")
    entries = {name: _entry(name, about, len(data) - start) for name, about in found.items()}
    in_order = dict(sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)))
    _check_places(in_order, len(data) - start)
    return in_order, strings


def _entry(name: str, about: Any, size: int) -> Entry:
    """What the header says of one tensor, where `size` bytes of numbers follow it."""
    said = f"damaged: tensor {name!r:.80}"
    if not isinstance(about, dict) or about.keys() != FIELDS:
        raise ValueError(f"{said} needs dtype, shape and data_offsets, and nothing else")
    kind, shape, offsets = about["dtype"], about["shape"], about["data_offsets"]
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise ValueError(f"tensor {name!r:.80} has dtype {kind!r:.80}: readable are {known}")
    if not _are_lengths(shape):
        raise ValueError(f"{said} has shape {shape!r:.80}")
    if not _are_lengths(offsets) or len(offsets) != 2:
        raise ValueError(f"{said} has data_offsets {offsets!r:.80}")
    begin, end = offsets
    if end - begin != KINDS[kind].size * _count(shape, size):
        raise ValueError(
            f"{said} has shape {shape!r:.80} of {kind}, which is not the {end - begin:,} bytes "
            "that it has"
        )
    return Entry(kind, tuple(shape), begin, end)


def _are_lengths(numbers: Any) -> bool:
    """Whether this is a list of whole numbers from 0 on, none of them absurd."""
    return isinstance(numbers, list) and all(type(n) is int and 0 <= n < LONGEST for n in numbers)


def _count(shape: list[int], most: int) -> int:
    """How many entries a shape has; no further than it takes to see that they are above `most`."""
    result = 0 if 0 in shape else 1
    for length in shape:
        result *= length
        if result > most:
            break
    return result


def _check_places(in_order: dict[str, Entry], size: int) -> None:
    """Every one of the `size` bytes belongs to one tensor."""
    place = 0
    for name, entry in in_order.items():
        if entry.begin != place:
            wrong = "shares bytes with another" if entry.begin < place else "lies behind a hole"
            raise ValueError(f"damaged: tensor {name!r:.80} {wrong}")
        place = entry.end
    if place != size:
        raise ValueError(f"damaged, or cut off: its tensors need {place:,} bytes, it has {size:,}")
