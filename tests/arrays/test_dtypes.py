"""What a dtype is asked about: kinds that there are, and kinds that there are not."""

import pytest

from tinygrad_rnn import arrays as xp


@pytest.mark.parametrize("kind", ["truth", float, None, 3, ("bool", "truth")])
def test_a_kind_that_there_is_not_is_refused_and_those_there_are_are_named(kind):
    with pytest.raises(ValueError, match="isdtype: there is no kind .*: use one of bool, signed"):
        xp.isdtype(xp.float64, kind)


@pytest.mark.parametrize("kind", ["truth", ("bool", "truth")])
def test_the_namespace_lists_no_dtypes_of_a_kind_that_there_is_not(kind):
    with pytest.raises(ValueError, match="dtypes: there is no kind 'truth': use one of bool, sign"):
        xp.__array_namespace_info__().dtypes(kind=kind)


def test_a_dtype_is_of_a_kind_that_is_a_dtype_only_where_it_is_that_dtype():
    dtypes = (xp.bool, xp.int64, xp.float64)
    assert [[xp.isdtype(a, b) for b in dtypes] for a in dtypes] == [
        [True, False, False], [False, True, False], [False, False, True]
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["float64", float, None])
def test_the_name_of_a_dtype_and_a_type_are_no_dtypes(name):
    x = xp.ones((2,))
    asked = {
        "astype": lambda: xp.astype(x, name),
        "can_cast": lambda: xp.can_cast(x, name),
        "isdtype": lambda: xp.isdtype(name, "bool"),
    }
    if name is not None:  # which leaves the dtype to the function
        asked |= {
            "asarray": lambda: xp.asarray([1.0], dtype=name),
            "zeros": lambda: xp.zeros((2,), dtype=name),
            "full": lambda: xp.full((2,), 1.0, dtype=name),
            "ones_like": lambda: xp.ones_like(x, dtype=name),
            "arange": lambda: xp.arange(3, dtype=name),
            "linspace": lambda: xp.linspace(0, 1, 3, dtype=name),
            "eye": lambda: xp.eye(2, dtype=name),
        }
    for function, call in asked.items():
        with pytest.raises(TypeError, match=f"{function}: a dtype is one of .*float64, got "):
            call()
