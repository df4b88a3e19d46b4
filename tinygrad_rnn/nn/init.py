"""How a parameter starts: Tensors from a shape and a random.Random.

    fan_in   what is summed up for one output: the last axis     H  hidden size
    fan_out  how many outputs there are: the axis before it

A cell's W (H, H+X) is two matrices side by side, [h, x]; `beside` puts them together:
`cell.replace(W=beside(identity(H), xavier_uniform((H, X), rng), name="W"))` is Le et al.'s IRNN.
"""

from __future__ import annotations

import math
import random

from ..arrays import asarray, eye
from ..arrays.shapes import Shape, product
from ..autograd import Tensor, concat, reshape

Row = list[float]


def uniform(
    shape: Shape, bound: float, rng: random.Random, *, shift: float = 0.0, name: str = ""
) -> Tensor:
    """Uniform in ±bound, plus `shift`."""
    return _tensor([shift + rng.uniform(-bound, bound) for _ in range(product(shape))], shape, name)


def normal(shape: Shape, rng: random.Random, *, std: float = 1.0, name: str = "") -> Tensor:
    """Normal with mean 0 and standard deviation `std`."""
    return _tensor([std * rng.gauss(0.0, 1.0) for _ in range(product(shape))], shape, name)


def xavier_uniform(
    shape: Shape, rng: random.Random, *, gain: float = 1.0, name: str = ""
) -> Tensor:
    """Uniform in ±gain·√(6 / (fan_in + fan_out)): keeps variances, there and back.

    Glorot & Bengio 2010, eq. 16.
    """
    fan_out, fan_in = _fans("xavier_uniform", shape)
    return uniform(shape, gain * math.sqrt(6 / (fan_in + fan_out)), rng, name=name)


def he_uniform(shape: Shape, rng: random.Random, *, name: str = "") -> Tensor:
    """Uniform in ±√(6 / fan_in): keeps the mean square through relu. PyTorch's kaiming_uniform.

    He et al. 2015, eq. 10.
    """
    _, fan_in = _fans("he_uniform", shape)
    return uniform(shape, math.sqrt(6 / fan_in), rng, name=name)


def he_normal(shape: Shape, rng: random.Random, *, name: str = "") -> Tensor:
    """Normal with variance 2 / fan_in: keeps the mean square through relu. He et al. 2015, eq. 10.

    PyTorch's kaiming_normal.
    """
    _, fan_in = _fans("he_normal", shape)
    return normal(shape, rng, std=math.sqrt(2 / fan_in), name=name)


def orthogonal(shape: Shape, rng: random.Random, *, gain: float = 1.0, name: str = "") -> Tensor:
    """gain·Q, the rows of Q orthonormal (its columns, if they are fewer): Q keeps lengths.

    Every such Q is as likely as any other: they come from normal draws. Saxe et al. 2014.
    """
    fan_out, fan_in = _fans("orthogonal", shape)
    few, many = sorted((fan_out, fan_in))
    rows: list[Row] = []
    while len(rows) < few:
        rows.append(_orthonormal([rng.gauss(0.0, 1.0) for _ in range(many)], rows))
    if fan_out > fan_in:
        rows = [list(column) for column in zip(*rows, strict=True)]
    return _tensor([gain * q for row in rows for q in row], shape, name)


def identity(size: int, *, gain: float = 1.0, name: str = "") -> Tensor:
    """gain·I (size, size): a relu state that nothing is added to stays as it is. Le et al. 2015."""
    checked_size(size=size)
    return Tensor(gain * eye(size), name=name or None)


def beside(recurrent: Tensor, inputs: Tensor, *, name: str = "") -> Tensor:
    """[recurrent, inputs] (H, H+X), from (H, H) and (H, X): the weight of a cell."""
    return Tensor(concat([recurrent.value, inputs.value], axis=-1), name=name or None)


def chrono_biases(
    hidden_size: int, longest: float, rng: random.Random
) -> tuple[Tensor, Tensor]:
    """b_f = log u with u uniform in [1, longest - 1], and b_i = -b_f, each (H).

    A gate f = σ(log u) forgets over about u + 1 steps, so the cells remember for up to `longest`
    steps. Tallec & Ollivier 2018. ValueError for `longest` below 2.
    """
    checked_size(hidden_size=hidden_size)
    if not 2 <= longest < math.inf:
        raise ValueError(f"chrono_biases: longest must be at least 2 steps, got {longest}")
    b_f = [math.log(rng.uniform(1, longest - 1)) for _ in range(hidden_size)]
    return _tensor(b_f, (hidden_size,), "b_f"), _tensor([-b for b in b_f], (hidden_size,), "b_i")


def checked_size(**sizes: int) -> None:
    """ValueError for a size that is not a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")


def _tensor(entries: Row, shape: Shape, name: str) -> Tensor:
    return Tensor(reshape(asarray(entries), shape), name=name or None)


def _fans(kind: str, shape: Shape) -> Shape:
    """(fan_out, fan_in)."""
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"{kind}: a weight has the shape (outputs, inputs), got {shape}")
    return shape


def _orthonormal(row: Row, rows: list[Row]) -> Row:
    """What of `row` stands at right angles to `rows`, with length 1: a step of Gram-Schmidt.

    Twice, because rounding in the first pass leaves a little along `rows`.
    """
    for other in rows * 2:
        along = math.fsum(map(float.__mul__, row, other))
        row = [a - along * b for a, b in zip(row, other, strict=True)]
    length = math.hypot(*row)
    return [a / length for a in row]
