"""JSON that every reader takes: numbers that are not finite are "nan", "inf" and "-inf"."""

from __future__ import annotations

import json
import math
from typing import Any


def dumps(data: Any, **options: Any) -> str:
    """The data as JSON, in Unicode.

    >>> dumps({"norms": (1.5, float("inf"))})
    '{"norms": [1.5, "inf"]}'
    """
    text = json.dumps(plain(data), ensure_ascii=False, allow_nan=False, **options)
    return text.encode(errors="backslashreplace").decode()  # lone surrogates: no file takes them


def plain(data: Any) -> Any:
    """The data with strings for numbers that are not finite.

    >>> plain([float("nan"), 1.0])
    ['nan', 1.0]
    """
    if isinstance(data, float):
        return data if math.isfinite(data) else str(float(data))
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    return [plain(value) for value in data] if isinstance(data, (list, tuple)) else data


def restored(data: Any) -> Any:
    """The inverse of `plain`.

    >>> restored({"low": "-inf", "name": "W"})
    {'low': -inf, 'name': 'W'}
    """
    if isinstance(data, str) and data in ("nan", "inf", "-inf"):
        return float(data)
    if isinstance(data, dict):
        return {key: restored(value) for key, value in data.items()}
    return [restored(value) for value in data] if isinstance(data, list) else data
