"""Module: how parameters are found, named, saved, exchanged and detached."""

import dataclasses
import random
import re
from typing import Any, NamedTuple

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn


class Holder(nn.Module):
    """Any fields."""

    def __init__(self, **fields):
        vars(self).update(fields)


class Pair(NamedTuple):
    """Two of a kind, with names."""

    left: Any
    right: Any


def holder(value):
    return Holder(a=tg.Tensor(value))


def doubled(t):
    return tg.Tensor(t.value * 2, name=t.name)


t1, t2 = tg.Tensor(1.0), tg.Tensor(2.0)

# -- what is found, and under which name -----------------------------------------------------------

FIELDS = {  # fields: the names and values that are found
    "a tensor": (Holder(w=t1), {"w": 1.0}),
    "a module": (Holder(inner=Holder(w=t1), b=t2), {"inner.w": 1.0, "b": 2.0}),
    "a list": (Holder(layers=[Holder(w=t1), t2]), {"layers.0.w": 1.0, "layers.1": 2.0}),
    "a tuple": (Holder(pair=(t1, t2)), {"pair.0": 1.0, "pair.1": 2.0}),
    "a dict": (Holder(by={"x": t1, "y": Holder(w=t2)}), {"by.x": 1.0, "by.y.w": 2.0}),
    "a NamedTuple": (Holder(p=Pair(t1, Holder(w=t2))), {"p.0": 1.0, "p.1.w": 2.0}),
    "lists in dicts in lists": (Holder(z=[{"k": [t1, (t2,)]}]), {"z.0.k.0": 1.0, "z.0.k.1.0": 2.0}),
    "nothing": (Holder(n=3, s="text", plain=tg.arrays.asarray([1.0]), none=None), {}),
}


@pytest.mark.parametrize("case", FIELDS)
def test_parameters_are_found_in(case):
    module, expected = FIELDS[case]
    assert {name: p.value for name, p in module.named_parameters()} == expected
    assert module.state_dict() == expected
    assert [p.value for p in module.parameters()] == list(expected.values())


@pytest.mark.parametrize("case", FIELDS)
def test_map_replaces_them_where_they_are_and_leaves_the_original(case):
    module, expected = FIELDS[case]
    assert module.map(doubled).state_dict() == {n: 2 * v for n, v in expected.items()}
    assert module.state_dict() == expected


@pytest.mark.parametrize("case", FIELDS)
def test_a_detached_module_has_no_parameters(case):
    module, expected = FIELDS[case]
    assert list(module.detach().parameters()) == []
    assert module.state_dict() == expected


def test_a_namedtuple_stays_what_it_is():
    module = Holder(p=Pair(t1, t2)).map(doubled)
    assert type(module.p) is Pair
    assert (module.p.left.value, module.p.right.value) == (2.0, 4.0)


def test_fields_that_are_no_parameters_are_kept():
    module = Holder(w=t1, n=3, words=["a", "b"], at={"k": (1, None)}).map(doubled)
    assert (module.n, module.words, module.at) == (3, ["a", "b"], {"k": (1, None)})


@dataclasses.dataclass
class Affine(nn.Module):
    """A module need not write __init__."""

    w: tg.Tensor
    b: tg.Tensor
    scale: float = 10.0

    def __call__(self, x):
        return self.scale * (self.w * x + self.b)


@dataclasses.dataclass(frozen=True)
class FrozenAffine(nn.Module):
    """Frozen for the user, who does not rebind; an optimiser does."""

    w: tg.Tensor


def test_a_dataclass_is_a_module():
    module = Affine(tg.Tensor(2.0), tg.Tensor(1.0))
    module(3.0).backward()  # d(10·(w·3 + b)) = 30 dw + 10 db
    nn.optim.SGD(module, lr=0.1).step()
    assert module.state_dict() == {"w": -1.0, "b": 0.0}
    assert module.scale == 10.0


def test_a_frozen_dataclass_learns_too():
    module = FrozenAffine(tg.Tensor(2.0))
    nn.optim.SGD(module, lr=0.5).step({module.w: 1.0})
    assert module.w.value == 1.5


# -- tied parameters -------------------------------------------------------------------------------


def tied():
    w = tg.Tensor(3.0)
    return Holder(a=w, inner=Holder(b=w), others=[w, {"k": (w,)}])


def fields_of_tied(module):
    return [module.a, module.inner.b, module.others[0], module.others[1]["k"][0]]


def test_a_tied_parameter_is_one_parameter_with_all_its_names_in_the_state():
    assert [name for name, _ in tied().named_parameters()] == ["a"]
    assert tied().state_dict() == dict.fromkeys(["a", "inner.b", "others.0", "others.1.k.0"], 3.0)


CHANGES = {
    "rebind": lambda module: module.rebind({module.a: tg.Tensor(4.0)}),
    "map": lambda module: module.map(lambda t: tg.Tensor(t.value + 1)),
    "load_state_dict": lambda module: (
        module.load_state_dict(dict.fromkeys(module.state_dict(), 4.0)) or module
    ),
    "a step": lambda module: nn.optim.SGD(module, lr=0.5).step({module.a: -2.0}) or module,
}


@pytest.mark.parametrize("change", CHANGES)
def test_tied_parameters_stay_tied_through(change):
    changed = CHANGES[change](tied())
    assert {p.value for p in fields_of_tied(changed)} == {4.0}
    assert len(set(fields_of_tied(changed))) == 1


def test_a_tied_parameter_gets_one_update_along_the_sum_of_its_gradients():
    module = tied()
    (module.a * 2.0 + module.inner.b * 5.0).backward()
    nn.optim.SGD(module, lr=0.1).step()
    assert module.a.value == pytest.approx(3.0 - 0.1 * 7.0)
    assert module.inner.b is module.a


def test_a_module_in_two_places_is_updated_once():
    shared = holder(3.0)
    module = Holder(encoder=shared, decoder=shared)
    nn.optim.SGD(module, lr=0.5).step({shared.a: 2.0})
    assert module.state_dict() == {"encoder.a": 2.0, "decoder.a": 2.0}


# -- state_dict ------------------------------------------------------------------------------------


def small_rnn(seed):
    return Holder(cell=nn.RNNCell(1, 2, random.Random(seed)), head=nn.Linear(2, 1))


def test_a_state_dict_makes_another_module_the_same():
    one, other = small_rnn(0), small_rnn(1)
    other.load_state_dict(one.state_dict())
    assert {n: v.tolist() for n, v in other.state_dict().items()} == {
        n: v.tolist() for n, v in one.state_dict().items()
    }
    assert [p.name for p in other.parameters()] == ["W", "b", "weight", "bias"]


def test_a_state_of_another_kind_of_array_becomes_the_modules_kind():
    numpy = pytest.importorskip("numpy")
    cell = nn.RNNCell(1, 1)
    cell.load_state_dict({"W": numpy.array([[1, 2]], dtype="float32"), "b": numpy.array([3])})
    assert (cell.W.tolist(), cell.b.tolist()) == ([[1.0, 2.0]], [3.0])
    assert isinstance(cell.W.value, tg.arrays.Array)


REFUSED = {
    "missing": (lambda s: s.pop("b"), "load_state_dict: missing: b"),
    "unexpected": (lambda s: s.update(extra=1.0), "load_state_dict: unexpected: extra"),
    "misshapen": (
        lambda s: s.update(W=tg.arrays.zeros((1, 3))),
        "load_state_dict: misshapen: W (has (1, 3), needs (1, 2))",
    ),
    "all of them": (
        lambda s: (s.pop("W"), s.update(b=tg.arrays.zeros((2,)), x=0.0, y=0.0)),
        "load_state_dict: missing: W; unexpected: x, y; misshapen: b (has (2,), needs (1,))",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_state_that_does_not_fit_is_refused_in_full_and_nothing_changes(case):
    spoil, message = REFUSED[case]
    cell = nn.RNNCell(1, 1)
    W, b = cell.W, cell.b
    state = nn.RNNCell(1, 1).state_dict()
    spoil(state)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cell.load_state_dict(state)
    assert cell.W is W
    assert cell.b is b


# -- detach, replace, rebind -----------------------------------------------------------------------


def test_a_detached_network_computes_the_same_and_records_nothing():
    model = small_rnn(0)
    plain = model.detach()
    x = [tg.arrays.asarray([[0.5]])] * 3
    recorded = model.head(nn.unroll(model.cell, x).outputs[-1])
    found = plain.head(nn.unroll(plain.cell, x).outputs[-1])
    assert isinstance(found, tg.arrays.Array)
    assert found.tolist() == recorded.tolist()


def test_replace_gives_a_copy_with_another_field():
    cell = nn.RNNCell(1, 1)
    b = tg.Tensor([7.0])
    other = cell.replace(b=b)
    assert other.b is b
    assert other.W is cell.W
    assert cell.b is not b
    assert type(other) is nn.RNNCell


def test_replace_refuses_a_field_that_is_not_there():
    with pytest.raises(ValueError, match="replace: RNNCell has no field V, bias"):
        nn.RNNCell(1, 1).replace(V=1.0, bias=2.0)


def test_rebind_leaves_parameters_that_are_not_named_and_returns_the_module():
    module = Holder(a=t1, b=t2)
    new = tg.Tensor(5.0)
    assert module.rebind({t1: new, tg.Tensor(1.0): tg.Tensor(9.0)}) is module
    assert (module.a, module.b) == (new, t2)


def test_two_parameters_of_the_same_value_are_two():
    module = Holder(a=tg.Tensor(1.0), b=tg.Tensor(1.0))
    assert [name for name, _ in module.named_parameters()] == ["a", "b"]
    module.rebind({module.a: tg.Tensor(2.0)})
    assert module.state_dict() == {"a": 2.0, "b": 1.0}
