"""The API reference: what the docstrings say, as pages; open api/index.html.

    pip install -e ".[docs]" && python .ci/reference.py

Another folder may be named instead of api/. pdoc does the work; before it looks, some things are
put where it looks: names that the package imports only when they are asked for; ops, shown as the
functions that they compute; and what Python says of named tuples and properties by itself.
"""

from __future__ import annotations

import inspect
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pdoc
from pdoc.extract import walk_specs

from tinygrad_rnn import Op

# Two modules have the name of a function that their room exports: that is what the name means.
PAGES = ["tinygrad_rnn", "!tinygrad_rnn.arrays.namespace", "!tinygrad_rnn.nn.unroll"]


def write_reference(folder: Path) -> None:
    """A page for each public room of the package, with an index and a search."""
    for page in walk_specs(PAGES):
        room = import_module(page)
        for name in getattr(room, "__all__", ()):
            setattr(room, name, readable(getattr(room, name)))
    pdoc.render.configure(docformat="markdown")
    pdoc.pdoc(*PAGES, output_directory=folder)


def readable(thing: Any) -> Any:
    """What pdoc can read of a public thing."""
    if isinstance(thing, Op):
        return thing.forward
    if inspect.isclass(thing):
        for name, member in list(vars(thing).items()):
            if isinstance(member, property):
                setattr(thing, name, property(own_getter(member)))
        if issubclass(thing, tuple):
            thing.__new__.__module__ = thing.__module__  # where the types of its fields are found
            thing.__new__.__doc__ = "A named tuple."
            for name in thing._fields:
                getattr(thing, name).__doc__ = None  # "Alias for field number 0"
    return thing


def own_getter(member: property) -> Any:
    """The getter of a property, with the docstring of the property."""
    getter: Any = member.fget
    if getter.__doc__ == member.__doc__:
        return getter
    getter = partial(getter)  # a lambda, or from `operator`, which explains itself
    getter.__doc__ = member.__doc__
    return getter


if __name__ == "__main__":
    write_reference(Path(sys.argv[1] if len(sys.argv) > 1 else "api"))
