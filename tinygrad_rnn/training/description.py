"""What a run was made of, as plain data, and back: its task, its optimiser, its schedule.

    {"name": "characters", "data": {"alphabet": "abc", "text": "abacab"}, ...}
    {"name": "adam", "lr": 0.01, "betas": [0.9, 0.999], "schedule": ["warmup", 100, None], ...}

What is made of something of yours, by a name that is not known here, can be described, not made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any, TypeVar

from ..nn import Module, optim
from ..nn.optim.optimizer import Optimizer, Schedule
from ..tasks import TASKS, Alphabet, Corpus, NameList, Task, Vocabulary
from ..tasks.batch import check_least

Thing = TypeVar("Thing")

OPTIMISERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
}
SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "step": optim.step_schedule,
    "cosine": optim.cosine_schedule,
    "warmup": optim.warmup_schedule,
}


def task_named(task: Task | str) -> Task:
    """The task of this name; a Task stays what it is. ValueError for a name that none has."""
    return task if isinstance(task, Task) else _known("a task", task, TASKS)


def described_task(task: Task) -> dict[str, Any]:
    """The task's name, when it is solved, and its text or its names."""
    data = None if task.data is None else _described_data(task.data)
    return {"name": task.name, "enough": task.enough, "window": task.window, "data": data}


def task_from(described: Mapping[str, Any]) -> Task:
    """The inverse of `described_task`."""
    named, data = task_named(described["name"]), described["data"]
    window, enough = described["window"], described["enough"]
    check_least(named.name, "window", window, 1, "")
    if not isinstance(enough, (int, float, type(None))):
        raise ValueError(f"{named.name}: enough must be a number or None, got {enough!r:.60}")
    task = replace(named, enough=enough, window=window)
    return task if data is None else task.on(_data_from(data))


def described_optimiser(optimiser: Optimizer) -> dict[str, Any]:
    """The optimiser's name and its settings.

    >>> described_optimiser(optim.SGD(Module(), lr=0.1))["momentum"]
    0.0
    """
    names = {make: name for name, make in OPTIMISERS.items()}
    settings = signature(type(optimiser)).parameters.keys() - {"module", "schedule"}
    return {
        "name": names.get(type(optimiser), type(optimiser).__name__),
        "schedule": described_schedule(optimiser.schedule),
        **{name: getattr(optimiser, name, None) for name in sorted(settings)},
    }


def optimiser_from(described: Mapping[str, Any], module: Module) -> Optimizer:
    """The inverse of `described_optimiser`, for a module."""
    settings = {key: described[key] for key in described.keys() - {"name", "schedule"}}
    make = _known("its optimiser", described["name"], OPTIMISERS)
    return make(module, schedule=schedule_from(described["schedule"]), **settings)


def described_schedule(schedule: Schedule | None) -> list[Any] | None:
    """[name, argument, ...] of a function that `optim` has made: a partial of one of its own.

    >>> described_schedule(optim.warmup_schedule(10, then=optim.cosine_schedule(90)))
    ['warmup', 10, ['cosine', 90, 0.0]]
    """
    if schedule is None:
        return None
    names = {getattr(make(1), "func", None): name for name, make in SCHEDULES.items()}
    if not isinstance(schedule, partial) or schedule.func not in names:
        return [getattr(schedule, "__qualname__", type(schedule).__name__)]
    arguments = [described_schedule(a) if callable(a) else a for a in schedule.args]
    return [names[schedule.func], *arguments]


def schedule_from(described: list[Any] | None) -> Schedule | None:
    """The inverse of `described_schedule`."""
    if described is None:
        return None
    name, *arguments = described
    given = [schedule_from(a) if isinstance(a, list) else a for a in arguments]
    return _known("its schedule", name, SCHEDULES)(*given)


def _described_data(data: Corpus | NameList) -> dict[str, Any]:
    if isinstance(data, NameList):
        listed = {"classes": data.classes, "names": data.names}
        return {"alphabet": data.alphabet.characters, **listed}
    text = data.symbols.decode(data.numbers)
    if isinstance(data.symbols, Vocabulary):
        return {"words": data.symbols.words, "text": text}
    return {"alphabet": data.symbols.characters, "text": text}


def _data_from(described: Mapping[str, Any]) -> Corpus | NameList:
    if "names" in described:
        return _names_from(described)
    words = described.get("words")
    symbols = Alphabet(described["alphabet"]) if words is None else Vocabulary(tuple(words))
    text = symbols.encode(described["text"])
    if not text:
        raise ValueError("a text to learn from has at least one symbol, this one has none")
    return Corpus(symbols, tuple(text))


def _names_from(described: Mapping[str, Any]) -> NameList:
    alphabet, classes = Alphabet(described["alphabet"]), tuple(described["classes"])
    names = tuple((name, k) for name, k in described["names"])
    fitting = (type(k) is int and 0 <= k < len(classes) and bool(name) for name, k in names)
    if not names or not all(fitting):
        raise ValueError(f"a list of names has at least one, each of one of {len(classes)} classes")
    alphabet.encode("".join(name for name, _ in names))
    return NameList(alphabet, classes, names)


def _known(what: str, name: Any, table: Mapping[str, Thing]) -> Thing:
    """What the table has under a name. ValueError that lists the names, for another."""
    if name not in table:
        raise ValueError(f"{what} is one of {', '.join(table)}, got {name!r}")
    return table[name]
