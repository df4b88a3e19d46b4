"""JSON that means the same to every reader: each key once, every number finite, valid Unicode."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 100  # lists in lists, so that what is written can be read
Address = tuple[str | int, ...]  # the keys and positions that lead to a value


def loads(text: str) -> Any:
    """What JSON says; ValueError for a key that comes twice and for nan, inf and 1e999.

    >>> loads('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: damaged: the key 'a' comes twice
    """
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"damaged: no JSON at character {error.pos}: {error.msg}") from None


def dumps(data: Any) -> str:
    """The data as ASCII, as short as it goes."""
    return json.dumps(data, allow_nan=False, separators=(",", ":"))


def plain(data: Any, address: Address = ()) -> Any:
    """The data as JSON gives them back; TypeError or ValueError with the address of what it cannot.

    >>> plain({"sizes": (2, 3)})
    {'sizes': [2, 3]}
    >>> plain({"best": float("inf")})
    Traceback (most recent call last):
    ValueError: metadata['best'] is inf: JSON has no such number; save it among the tensors
    """
    if len(address) > DEEPEST:
        raise ValueError(f"{_said(address[:3])}...: nested over {DEEPEST} deep, or holds itself")
    if isinstance(data, dict):
        return {_key(key, address): plain(one, (*address, key)) for key, one in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(one, (*address, i)) for i, one in enumerate(data)]
    _check_single(data, address)
    return data


def is_unicode(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which no UTF-8 can say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_single(value: Any, address: Address) -> None:
    """TypeError or ValueError for what is no string, number, truth value or None."""
    if not isinstance(value, (str, int, float, type(None))):
        raise TypeError(
            f"{_said(address)} is a {type(value).__name__}: metadata hold None, bool, int, float, "
            "str, list and dict; arrays go among the tensors"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(
            f"{_said(address)} is {value}: JSON has no such number; save it among the tensors"
        )
    if isinstance(value, str) and not is_unicode(value):
        raise ValueError(f"{_said(address)} is not valid Unicode: {value!r:.80}")


def _key(key: Any, address: Address) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{_said(address)} has the key {key!r:.80}: JSON's keys are str")
    _check_single(key, (*address, key))
    return key


def _said(address: Address) -> str:
    return "metadata" + "".join(f"[{step!r:.80}]" for step in address)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these keys and values."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"damaged: the key {key!r:.80} comes twice")
        found[key] = value
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"damaged: {constant} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"damaged: {text:.40} is beyond every float")
    return number
