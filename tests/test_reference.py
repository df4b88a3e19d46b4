"""What the docstrings say: of every public name, and of the package as it is.

    room      a module whose public names a user imports: nn, tasks, ...
    prose     docstrings without their examples, README and the text of the lessons without code
    call      `name(...)` of a public name in prose, as far as it is Python
"""

import ast
import builtins
import doctest
import inspect
import os
import random
import re
import subprocess
import sys
import textwrap
from collections import defaultdict
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tinygrad_rnn import nn, tasks

ROOT = Path(__file__).parents[1]
PACKAGE = "tinygrad_rnn"
FILES = sorted((ROOT / PACKAGE).rglob("*.py"))
ROOMS = ["", "arrays", "autograd", "graph", "nn", "nn.init", "nn.optim"]
ROOMS += ["tasks", "training", "checkpoints", "exchange", "lab"]
SHORT = 60  # a line of a paragraph has more letters than this before it is broken
WITHOUT_A_PAGE = {"autograd"}  # the page of the package itself has its names
# A name after one of these is that module's; after anything else, a method of some class.
PREFIXES = {room.rpartition(".")[2] for room in ROOMS} - {"graph", ""} | {"tg", "xp"}


# Every public name ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / PACKAGE)))
def test_every_module_begins_with_a_sentence(path):
    assert begins_with_a_sentence(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_function_class_and_method_begins_with_a_sentence(room):
    silent = [name for name, thing in documented(room) if not begins_with_a_sentence(said(thing))]
    assert not silent


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_its_constants_are(room):
    constants = [name for name, thing in public(room).items() if not has_docstring(thing)]
    words = set(re.findall(r"\w+", module(room).__doc__))
    assert words.issuperset(constants), sorted(set(constants) - words)


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_public_function_refuses_it_says(room):
    """The errors that it raises itself; those of a method may stand in the class's docstring."""
    quiet = [
        f"{name}: {error}"
        for name, thing in documented(room)
        for function in refusing(thing)
        for error in raised(function)
        if error not in said(thing) + said(public(room)[name.partition(".")[0]])
    ]
    assert not quiet


@pytest.mark.parametrize("name", sorted(tasks.TASKS))
def test_a_task_says_its_shapes_its_chance_and_its_source(name):
    text = " ".join(said(tasks.TASKS[name].function).split())
    assert re.search(r"\bxs \([^)]*\bB\b", text)
    assert "Chance: " in text
    assert "Source: " in text


@pytest.mark.parametrize(
    "make",
    [nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Linear, nn.Embedding],
    ids=lambda make: make.__name__,
)
def test_a_layer_says_the_name_and_the_shapes_of_every_parameter(make):
    parameters = dict(make(2, 3, rng=random.Random(0)).named_parameters())
    words = set(re.findall(r"[\w']+", said(make)))
    assert words >= parameters.keys()
    assert re.search(r"\((B, [XH]|\.\.\., \w+)\)", said(make))


@pytest.mark.parametrize(
    ("cell", "gates"), [(nn.RNNCell, ""), (nn.LSTMCell, "figoc"), (nn.GRUCell, "rzn")]
)
def test_a_cell_says_its_equations(cell, gates):
    equations = re.findall(r"^ *(\w'?) = ", said(cell), flags=re.MULTILINE)
    assert [left.rstrip("'") for left in equations] == [*gates, "h"]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_aligned_in_a_docstring_is_indented_so_that_it_stays_so(room):
    """An indented block is shown as it stands; the lines of a paragraph are run together."""
    texts = [(room or PACKAGE, module(room).__doc__)]
    texts += [(name, said(thing)) for name, thing in documented(room)]
    assert not [f"{name}: {line}" for name, text in texts for line in aligned_lines(text)]


# What is said of a signature --------------------------------------------------------------------


def test_every_call_in_prose_fits_the_signature():
    found = [(place, *call) for place, text in prose() for call in calls(text)]
    checked = [(place, name, node) for place, name, node in found if meant(name)]
    assert len(checked) > 80  # or the prose is not read at all
    assert not [(place, name, p) for place, name, node in checked if (p := misfit(name, node))]


def test_every_name_of_a_room_in_prose_is_there():
    assert not [(place, name) for place, text in prose() for name in absent(text)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_signature_in_a_docstring_names_the_parameters(room):
    """A line that is "name(...)" and then an arrow or a column; of an object, its __call__."""
    texts = [(module(room).__doc__, None)]
    texts += [(said(t), vars(t).get("__call__")) for _, t in documented(room) if inspect.isclass(t)]
    texts += [(said(t), None) for _, t in documented(room) if not inspect.isclass(t)]
    found = [pair for text, call in texts for pair in signatures(text, room, call)]
    assert not [
        (written, list(parameters))
        for written, function in found
        if not names_agree(arguments(written), parameters := parameters_of(function))
    ]


@pytest.mark.parametrize(
    "drift",
    [
        "`nn.unroll(cell, xs, max_steps=3)`",
        "`clip_grad_norm(module, maximum=1.0)`",
        "`nn.LSTMCell(2)`",
        "`tg.linear(x, weight, bias, scale)`",
        "`tg.linear(x, bias, weight)`",
        "`unroll(..., cut=k)`",
        "`flow.table(3, 4, 5)`",
        "`loss.backward(start=)`",
        "drawn by draw(losses,\n    states, zoom='op')",
    ],
)
def test_a_call_that_has_drifted_is_found(drift):
    assert any(misfit(name, node) for name, node in calls(drift))


@pytest.mark.parametrize(
    "sound",
    [
        "`nn.unroll(cell, xs, state=None, lengths=None)`",
        "`unroll(..., truncate=k)`",
        "`clip_grad_norm(module, 1.0, grads)`",
        "`loss.backward(seed=)`",
        "σ(x) is 1/(1 + exp(-x)); tanh(W·[h, x] + b) is no Python; max(3) is Python's own",
    ],
)
def test_a_call_that_fits_is_not_complained_of(sound):
    assert not [name for name, node in calls(sound) if misfit(name, node)]


def test_a_name_that_is_gone_is_found():
    assert list(absent("`tg.tanh` and `nn.MLP(2)`, `tg.nn.unroll`")) == ["nn.MLP"]


@pytest.mark.parametrize(
    ("written", "agrees"),
    [("x (B, X), h (B, H)", True), ("x, h", True), ("h (B, H), x (B, X)", False), ("x", False)],
)
def test_a_signature_with_shapes_is_read(written, agrees):
    names = arguments(f"cell({written})")
    assert names_agree(names, parameters_of(nn.RNNCell.__call__)) is agrees


# The pages --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_reference_is_made_without_a_warning_and_says_what_the_docstrings_say(tmp_path):
    pytest.importorskip("pdoc")
    command = [sys.executable, "-W", "error", ".ci/reference.py", tmp_path]
    bare_checkout = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=bare_checkout, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    pages = {room: page_of(room) for room in ROOMS if room not in WITHOUT_A_PAGE}
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.html")}
    assert made == {"index.html", *pages.values()}
    for room, name in pages.items():
        page = Docstrings((tmp_path / name).read_text(encoding="utf-8"))
        lost = [name for name, thing in documented(room) if bare(said(thing)) not in page.texts]
        assert bare(module(room).__doc__) in page.texts
        assert not lost, room


class Docstrings(HTMLParser):
    """The texts of a page that are docstrings, without the marks that Markdown takes away."""

    def __init__(self, page):
        super().__init__()
        self.found, self.depth = [], 0
        self.feed(page)
        self.texts = set(map(bare, self.found))

    def handle_starttag(self, tag, attributes):
        if self.depth:
            self.depth += tag not in {"br", "hr", "img", "wbr"}
        elif ("class", "docstring") in attributes:
            self.depth = 1
            self.found.append("")

    def handle_endtag(self, tag):
        self.depth = max(self.depth - 1, 0)

    def handle_data(self, data):
        if self.depth:
            self.found[-1] += data


def page_of(room):
    return "/".join([PACKAGE, *filter(None, room.split("."))]) + ".html"


def bare(text):
    return re.sub(r"[\s`]", "", text)


# Helpers: what is public ------------------------------------------------------------------------


def module(room):
    return import_module(f"{PACKAGE}.{room}".rstrip("."))


@cache
def public(room):
    """The public names of a room: in __all__, or else what it defines itself."""
    found = vars(module(room))
    own = [n for n, t in found.items() if getattr(t, "__module__", "") == module(room).__name__]
    names = found.get("__all__") or [n for n in own if not n.startswith("_")]
    return {name: getattr(module(room), name) for name in names}


def has_docstring(thing):
    return callable(thing) or isinstance(thing, ModuleType)


def documented(room):
    """Every public function and class of a room, and the public methods of the classes."""
    for name, thing in public(room).items():
        if callable(thing):
            yield name, thing
        if inspect.isclass(thing):
            for attribute, method in vars(thing).items():
                method = getattr(method, "__func__", method)
                if not attribute.startswith("_") and is_method(method):
                    yield f"{name}.{attribute}", method


def is_method(thing):
    return inspect.isfunction(thing) or isinstance(thing, property)


def said(thing):
    """The docstring of the thing itself: not of its type, nor what a dataclass makes up."""
    text = (vars(thing) if inspect.isclass(thing) else {"__doc__": thing.__doc__}).get("__doc__")
    automatic = inspect.isclass(thing) and (text or "").startswith(f"{thing.__name__}(")
    return "" if automatic or text == type(thing).__doc__ else inspect.cleandoc(text or "")


def begins_with_a_sentence(text):
    return bool(re.match(r"[^\s.][^\n]*(\n[^\n]+)*[.:?](\n\n|$)", text or ""))


def refusing(thing):
    """The functions in which a public thing may refuse what it is given."""
    if inspect.isclass(thing):
        return [vars(thing).get(name) for name in ("__init__", "__call__")]
    return [getattr(thing, "fget", None) or getattr(thing, "forward", thing)]


def raised(function):
    """The errors that a function names in its own raise statements."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):  # made by a dataclass, a lambda, or no function
        return set()
    thrown = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = {e.func.id for e in thrown if isinstance(e, ast.Call) and isinstance(e.func, ast.Name)}
    return {name for name in names if name.endswith("Error")}


def aligned_lines(text):
    """The lines of paragraphs, not of blocks and examples, that have columns or end early."""
    for paragraph in without_examples(inspect.cleandoc(text)).split("\n\n"):
        lines = paragraph.strip("\n").split("\n")
        if not lines[0].startswith("    "):
            yield from (line for line in lines if re.search(r"\S {2,}\S|^ ", line))
            yield from (line for line in lines[:-1] if len(line) < SHORT)


# Helpers: prose ---------------------------------------------------------------------------------


@cache
def prose():
    """(place, text) of everything that people read."""
    texts = []
    for path in sorted(ROOT.glob("README*.md")):
        texts.append((path.name, re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S)))
    for path in sorted((ROOT / "examples").glob("*.py")):
        comments = re.findall(r"^# ?(.*)$", path.read_text("utf-8"), flags=re.MULTILINE)
        texts.append((path.name, "\n".join(comments)))
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = without_examples(ast.get_docstring(node) or "")
                texts.append((f"{path.relative_to(ROOT)} {getattr(node, 'name', '')}", text))
    return texts


def without_examples(text):
    parts = doctest.DocTestParser().parse(text)
    return "".join(part for part in parts if isinstance(part, str))


def calls(text):
    """(name, call) of every call in a text that is Python."""
    for match in re.finditer(r"(?<!\w)(\.?[A-Za-z_][\w.]*)\(", text):
        written = bracketed(text, match.end() - 1)
        if written and (node := parsed(written)):
            yield match[1], node


def bracketed(text, start):
    """From an opening bracket to the one that closes it."""
    depth = 0
    for end in range(start, len(text)):
        depth += (text[end] in "([{") - (text[end] in ")]}")
        if not depth:
            return text[start : end + 1]
    return ""


def parsed(brackets):
    """The call with these brackets; `seed=` without a value is a keyword too."""
    brackets = re.sub(r"=(?=\s*[,)])", "=...", re.sub(r"\s+", " ", brackets))
    try:
        node = ast.parse(f"_{brackets}", mode="eval").body
    except SyntaxError:
        return None
    return node if isinstance(node, ast.Call) else None


def misfit(name, node):
    """Why a call fits no public function of its name; nothing where it fits, or none is meant."""
    complaints = [complaint(f, node) for f in meant(name)]
    return complaints and all(complaints) and complaints[0]


def meant(name):
    """The public functions or methods that a name in prose may mean."""
    *before, last = name.split(".")
    if not before and hasattr(builtins, last):
        return []
    functions, methods = everything()
    return (methods if before and before[-1] not in PREFIXES else functions)[last]


@cache
def everything():
    """Name -> the public functions of this name; name -> the public methods."""
    functions, methods = defaultdict(list), defaultdict(list)
    for room in ROOMS:
        for name, thing in public(room).items():
            if callable(thing) and thing not in functions[name]:
                functions[name].append(thing)
            if inspect.isclass(thing):
                for attribute in dir(thing):
                    if not attribute.startswith("_") and callable(getattr(thing, attribute)):
                        methods[attribute].append(getattr(thing, attribute))
    return functions, methods


def complaint(function, node):
    """What does not fit: `...` stands for any arguments, a name for the parameter of that name."""
    signature = inspect.Signature(parameters_of(function).values())
    keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
    open_ended = len(keywords) < len(node.keywords) or any(map(stands_for_more, node.args))
    try:
        if open_ended:
            signature.bind_partial(**keywords)
            return ""
        bound = signature.bind(*node.args, **keywords).arguments
    except TypeError as error:
        return str(error)
    return next((swapped(p, arg, bound) for p, arg in bound.items() if swapped(p, arg, bound)), "")


def swapped(parameter, argument, bound):
    written = getattr(argument, "id", parameter)
    if written != parameter and written in bound:
        return f"{written} stands where {parameter} belongs"
    return ""


def stands_for_more(argument):
    ellipsis = isinstance(argument, ast.Constant) and argument.value is Ellipsis
    return ellipsis or isinstance(argument, ast.Starred)


def parameters_of(function):
    """The parameters, without self."""
    parameters = dict(inspect.signature(function).parameters)
    parameters.pop("self", None)
    return parameters


def absent(text):
    """The names after tg., nn., optim. or tasks. that are not there."""
    for name in re.findall(r"(?<![\w./])(?:tg|nn|optim|tasks)(?:\.[A-Za-z_]\w*)+", text):
        first, *rest = name.split(".")
        found = module({"tg": "", "optim": "nn.optim"}.get(first, first))
        for attribute in rest:
            if not hasattr(found, attribute):
                yield name
                break
            found = getattr(found, attribute)


def signatures(text, room, call):
    """(what is written, the function) of every line that documents a signature."""
    for match in re.finditer(r"^ *(\w+)(?=\()", text, flags=re.MULTILINE):
        written = match[1] + bracketed(text, match.end())
        after = text[match.start(1) + len(written) :]
        if re.match(r" -> | {2,}\S", after):
            function = public(room).get(match[1], call)
            if function is not None and parsed(written.removeprefix(match[1])):
                yield written, function


def arguments(written):
    """The names in "cell(x (B, X), (h, c))": None for what is no name."""
    node = parsed(written[written.index("(") :])
    return [getattr(getattr(arg, "func", arg), "id", None) for arg in node.args]


def names_agree(names, parameters):
    required = [p for p in parameters.values() if p.default is p.empty]
    pairs = zip(names, parameters)
    return len(required) <= len(names) <= len(parameters) and all(a in (None, b) for a, b in pairs)
