"""Where a nan comes from: the first cause first, with step and line; nothing where all is well."""

import math

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.graph import anomalies, sources


def found(y, **options):
    return [(a.op or a.name, a.kind, a.what) for a in anomalies(y, **options)]


def test_all_is_well():
    x = tg.Tensor([1.0, 2.0])
    assert anomalies(tg.sum(tg.log(x))) == []
    assert anomalies(tg.log(x)) == []
    assert anomalies(tg.Tensor(3.0)) == []


def test_a_nan_in_a_value_is_traced_to_the_op_that_made_it():
    x = tg.Tensor([4.0, -1.0], name="x")
    root = tg.sqrt(x)
    y = tg.sum(tg.exp(root) * 0.5 + x)
    values = [entry for entry in found(y) if entry[1] == "value"]
    assert values[0] == ("sqrt", "value", "nan")
    assert [op for op, *_ in values] == ["sqrt", "exp", "multiply", "add", "sum"]


def test_a_leaf_that_is_infinite_comes_first():
    x = tg.Tensor(math.inf, name="x")
    assert found(x * 2.0)[0] == ("x", "value", "inf")
    assert found(x * 0.0)[:2] == [("x", "value", "inf"), ("multiply", "value", "nan")]


def test_a_gradient_that_a_rule_makes_infinite_is_that_rules():
    x = tg.Tensor([0.0, 4.0], name="x")
    y = tg.sum(tg.sqrt(x * 1.0) * 3.0)
    assert found(y) == [
        ("sqrt", "gradient", "inf"),
        ("multiply", "gradient", "inf"),
        ("x", "gradient", "inf"),
    ]


def test_zero_times_infinity_is_found_where_it_becomes_nan():
    x = tg.Tensor(0.0, name="x")
    y = tg.sqrt(x * x)  # the slope of |x| at 0: 0·inf
    assert found(y)[0] == ("sqrt", "gradient", "inf")
    assert found(y)[-1] == ("x", "gradient", "nan")


def test_an_anomaly_tells_step_and_line():
    h = tg.Tensor(0.0, name="h[-1]")
    with sources() as where:
        for t in range(3):
            h = tg.log(h + (1.0 if t < 1 else 0.0))
            h.name = f"h[{t}]"
    first = anomalies(h, sources=where)[0]
    assert (first.op, first.name, first.step, first.what) == ("log", "h[1]", 1, "inf")
    assert first.source.startswith(__file__)
    assert str(first) == f"inf in the value at op log h[1] of step 1, made at {first.source}"
    assert str(first._replace(source=None, step="shared", op=None)) == (
        "inf in the value at leaf h[1] (shared)"
    )


def test_numpy_values_are_looked_into():
    numpy = pytest.importorskip("numpy")
    y = tg.sum(tg.Tensor(numpy.array([1.0, numpy.nan])))
    assert found(y)[0][1:] == ("value", "nan")


def test_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="a loss is a Tensor, got float: 3.0"):
        anomalies(3.0)
