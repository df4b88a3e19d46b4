"""What a number is: immutable arrays in pure Python, by the names of the array API standard.

Read in this order: `shapes` (what a shape is), `array` (the object and its operators), then the
functions: `creation`, `elementwise`, `reductions`, `manipulation`, `rearrangement`, `contraction`.
Each lists at its top what it has; `kernels` has the loops in which matrix products are computed.
`namespace` finds the functions for any value, ours or not. The standard is that of 2024.12, as
`__array_api_version__` says, for bool, int64 and float64, with its numbers `e`, `pi`, `inf`, `nan`
and `newaxis`, which is None. Functions do as NumPy's of the same name where the standard does not
say otherwise. `erf` and `scatter_add` are not in the standard.
"""

# ruff: noqa: F403 (the names are listed where they are defined)

from . import (
    contraction,
    creation,
    dtypes,
    elementwise,
    information,
    manipulation,
    rearrangement,
    reductions,
)
from .array import Array
from .contraction import *
from .creation import *
from .dtypes import *
from .elementwise import *
from .information import *
from .manipulation import *
from .namespace import namespace
from .rearrangement import *
from .reductions import *

__all__ = ["Array", "namespace"]
__all__.extend(contraction.__all__)
__all__.extend(creation.__all__)
__all__.extend(dtypes.__all__)
__all__.extend(elementwise.__all__)
__all__.extend(information.__all__)
__all__.extend(manipulation.__all__)
__all__.extend(rearrangement.__all__)
__all__.extend(reductions.__all__)
