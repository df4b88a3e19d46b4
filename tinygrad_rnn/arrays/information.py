"""What the namespace says of itself: version, constants, devices, dtypes."""

from __future__ import annotations

import math
import sys
from typing import Any

from . import dtypes
from .dtypes import DType, of_kind, on_cpu

__all__ = [
    "__array_api_version__", "__array_namespace_info__", "e", "inf", "nan", "newaxis", "pi",
]  # fmt: skip

__array_api_version__ = "2024.12"
e, pi, inf, nan, newaxis = math.e, math.pi, math.inf, math.nan, None


class Information:
    """What there is: one device, three dtypes, boolean indexing, any number of axes."""

    def capabilities(self) -> dict[str, Any]:
        """The parts of the standard that an implementation may leave out."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": sys.maxsize,
        }

    def default_device(self) -> str:
        """The device of every Array: "cpu"."""
        return "cpu"

    def devices(self) -> list[str]:
        """All devices."""
        return ["cpu"]

    def default_dtypes(self, *, device: str | None = None) -> dict[str, DType]:
        """The dtype of new arrays, by kind."""
        on_cpu("default_dtypes", device)
        whole, real = dtypes.int64, dtypes.float64
        return {"real floating": real, "integral": whole, "indexing": whole}

    def dtypes(
        self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, DType]:
        """The dtypes by name: all, or those of a kind that `isdtype` knows, or of several.

        ValueError for a kind that there is not.
        """
        on_cpu("dtypes", device)
        kinds = ("bool", "numeric") if kind is None else (kind,) if isinstance(kind, str) else kind
        return {dtype.name: dtype for one in kinds for dtype in of_kind("dtypes", one)}


def __array_namespace_info__() -> Information:
    """The object that answers for the namespace: devices(), dtypes(), capabilities(), ..."""
    return Information()
