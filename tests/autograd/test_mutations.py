"""Every rule of every op, broken on purpose: gradcheck over CASES must find each of them.

    mutant      a rule with one change: a term dropped, two inputs swapped, a factor of 1.001
    survivor    a mutant that gradcheck does not find on any case of its op
    EQUIVALENT  the survivors, each with a reason: the same gradient wherever there is one
"""

import ast
import copy
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tinygrad_rnn import autograd
from tinygrad_rnn.autograd import OPS, backprop, gradcheck
from tinygrad_rnn.autograd.cases import CASES, values
from tinygrad_rnn.cli.ops_command import definition

PACKAGE = Path(autograd.__file__).parent


INNER = ("argument", "bundle", "part")  # what a checkpoint is made of
CASES_OF = CASES | dict.fromkeys(INNER, CASES["checkpoint"])

RULES = [
    (name, i)
    for name, op in OPS.items()
    if PACKAGE in Path(op.forward.__code__.co_filename).parents
    for i, rule in enumerate(op.rules or ())
    if rule is not None
]

each_rule = pytest.mark.parametrize(("name", "i"), RULES)

# (op, rule) -> {mutant: why gradcheck cannot tell it from the rule}
EQUIVALENT = {
    ("pow", 1): {
        "where(detached(b) < 0, a, ones_like(detached(y))) -> ones_like(detached(y))": (
            "differs for a negative power of 0 only, which is infinite: test_ops has it by hand"
        ),
    },
    ("sum", 0): {
        "_kept(g, x, axis) if shape(g) else g -> _kept(g, x, axis)": (
            "one number is spread alike with axes of length 1 and without: it only saves time"
        ),
    },
    ("matmul", 0): {
        "-1 -> 1": "of a vector that gets a second axis: the last one is number 1",
        "da[..., 0, :] if row else da -> da": "the engine sums an added axis of length 1 away",
    },
    ("matmul", 1): {
        "expand_dims(a, axis=0) if row else a -> expand_dims(a, axis=0)": (
            "an added axis of length 1 changes no product, and the engine sums it away"
        ),
    },
    ("linear", 2): {
        "over_rows(sum_of_rows, g) -> g": "the engine sums the axes of a batch away",
    },
    ("checkpoint", 0): {
        "_check_unchanged(segment, list(waiting), ends) -> list(waiting)": "it only checks",
        "_check_unchanged(segment, list(waiting), ends) -> ends": "it only checks",
    },
    **dict.fromkeys(
        [("max", 0), ("min", 0)],
        {
            "divide(chosen, _sum(chosen, axis=axis, keepdims=True)) -> chosen": (
                "differs where entries tie, a kink: test_ops has the shares by hand"
            ),
        },
    ),
}


def is_found(name, orders=(1, 2)):
    """Whether gradcheck, or the engine, complains on some case of the op."""
    cases = CASES_OF[name]
    return any(
        complains(case, kind, order)
        for order in orders
        for case in cases
        for kind in ("array", "float")
    )


def complains(case, kind, order):
    try:
        return not gradcheck(case.call, *values(case, kind), order=order)
    except Exception:
        return True


def put(monkeypatch, name, i, rule):
    """Replace one rule of an op, as long as the test runs."""
    rules = list(OPS[name].rules)
    rules[i] = rule
    monkeypatch.setattr(OPS[name], "rules", tuple(rules))


def scaled(rule, variadic):
    def wrong(*args, **attrs):
        right = rule(*args, **attrs)
        if not variadic:
            return right * 1.001
        return [g if g is None else g * 1.001 for g in right]

    return wrong


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in RULES))
def test_no_op_is_found_wrong_as_it_stands(name):
    assert not is_found(name, orders=(1,))


@each_rule
def test_a_rule_that_is_off_by_a_thousandth_is_found(name, i, monkeypatch):
    if name == "sign":
        pytest.skip("its gradient is 0, and so is a thousandth more")
    put(monkeypatch, name, i, scaled(OPS[name].rules[i], OPS[name].variadic))
    assert is_found(name)


@each_rule
def test_a_forgotten_rule_is_found(name, i, monkeypatch):
    if name == "sign":
        pytest.skip("its gradient is 0, and so is none")
    put(monkeypatch, name, i, None)
    assert is_found(name)


UNBROADCASTS = {
    "not at all": lambda g, target: g,
    "one entry instead of the sum": lambda g, target: _first(g, target),
    "the mean instead of the sum": lambda g, target: _sum(g, target) * 0.5,
    "added axes only": lambda g, target: _sum(g, target) if len(g.shape) > len(target) else g,
    "the first axis only": lambda g, target: autograd.sum(g, axis=0),
}
_sum = backprop.unbroadcast


def _first(g, target):
    g = autograd.reshape(g, (-1,))[: max(1, backprop.product(target))]
    return autograd.reshape(g, target)


@pytest.mark.parametrize("wrong", UNBROADCASTS.values(), ids=UNBROADCASTS)
def test_a_broadcast_that_is_wrongly_undone_is_found(wrong, monkeypatch):
    monkeypatch.setattr(backprop, "unbroadcast", wrong)
    for name in ("add", "multiply", "broadcast_to"):
        assert is_found(name), name


@pytest.mark.slow
@each_rule
def test_every_mutant_is_found_but_for_the_equivalent_ones(name, i, monkeypatch):
    survivors = set()
    for mutation, rule in mutants(OPS[name].rules[i]):
        put(monkeypatch, name, i, rule)
        if not is_found(name):
            survivors.add(mutation)
        monkeypatch.undo()
    assert survivors == set(EQUIVALENT.get((name, i), ()))


def test_mutants_are_made_of_every_operator_call_and_pair_of_inputs():
    made = [mutation for mutation, _ in mutants(OPS["divide"].rules[1])]
    assert made == [
        "-g * divide(y, b) -> -g",
        "-g * divide(y, b) -> divide(y, b)",
        "-g -> g",
        "divide(y, b) -> y",
        "divide(y, b) -> b",
        "divide(y, b) -> divide(b, y)",
        "a <-> b",
    ]
    rules = [rule for _, rule in mutants(OPS["divide"].rules[1])]
    assert [rule(2.0, 0.75, 3.0, 4.0) for rule in rules[:3]] == [-2.0, 0.1875, 0.375]


# Making mutants --------------------------------------------------------------------------------


def mutants(rule):
    """(what is changed, the rule with this change) for each change that can be made to its source.

    One operand takes the place of an operation, a call of two arguments loses or swaps them, a sign
    is dropped, a comparison is turned round, a number is 1 more; then the inputs swap in pairs.
    """
    _, function = definition(rule)
    made = Counter()
    nodes = [node for part in body(function) for node in ast.walk(part)]
    for position, node in enumerate(nodes):
        for changed in changes(node):
            wrong = copy.deepcopy(function)
            at = [inner for part in body(wrong) for inner in ast.walk(part)][position]
            label = f"{ast.unparse(node)} -> {ast.unparse(changed)}"
            made[label] += 1
            again = f" ({made[label]})" if made[label] > 1 else ""
            yield label + again, built(wrong, at, changed, rule)
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    inputs = list(enumerate(a.arg for a in function.args.args))[2:]
    for (j, a), (k, b) in combinations(inputs, 2):
        if {a, b} & used:
            yield f"{a} <-> {b}", swapped(rule, j, k)


def body(function):
    return [function.body] if isinstance(function, ast.Lambda) else function.body


def changes(node):
    """The nodes that may stand in the place of this one, each a mistake."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [operand]
        case ast.Call(args=[*first, a, b], keywords=[]) if not isinstance(b, ast.Starred):
            return [a, b, ast.Call(node.func, [*first, b, a], [])]
        case ast.IfExp(test=test, body=yes, orelse=no):
            return [yes, no, ast.IfExp(test, no, yes)]
        case ast.Constant(value=float(number)):
            return [ast.Constant(number + 1.0)]
        case _:
            return []


def built(function, old, new, rule):
    """The rule with one node in another's place, compiled where the rule was."""
    changed = Replace(old, new).visit(function)
    scope = dict(rule.__globals__)
    if isinstance(changed, ast.Lambda):
        code = compile(ast.fix_missing_locations(ast.Expression(changed)), "<mutant>", "eval")
        return eval(code, scope)
    changed.decorator_list = []
    module = ast.fix_missing_locations(ast.Module([changed], []))
    exec(compile(module, "<mutant>", "exec"), scope)
    return scope[changed.name]


class Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return copy.deepcopy(self.new) if node is self.old else super().visit(node)


def swapped(rule, j, k):
    """The rule with two of its arguments exchanged."""

    def wrong(*args, **attrs):
        args = list(args)
        args[j], args[k] = args[k], args[j]
        return rule(*args, **attrs)

    return wrong
