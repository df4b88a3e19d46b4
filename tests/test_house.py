"""The house keeps its own rules: floors, sizes, style.

    room     a package or module directly under tinygrad_rnn: arrays, nn, training, ...
    floor    a set of rooms; an import goes to the same room or to a lower floor
    lines    source lines that carry code: blank lines, comments and docstrings are free
"""

import ast
import importlib
import inspect
import io
import statistics
import subprocess
import sys
import tokenize
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "tinygrad_rnn"
FILES = sorted((ROOT / PACKAGE).rglob("*.py"))

FLOORS = [
    {"arrays", "files"},
    {"autograd", "checkpoints"},
    {"graph", "nn", "tasks"},
    {"training", "exchange", "lab"},
    {"__init__"},
    {"cli"},
    {"__main__"},
]
STANDARD_LIBRARY_ONLY = {"arrays", "files", "tasks"}

# Doors whose module has their name: their package imports them eagerly, and means the function.
SAME_NAME = {"namespace", "gradcheck", "unroll"}

IMPORT_SECONDS = 0.060
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MOST = 6, 20, 60
CLASS_MOST, FILE_MOST, LINE_MOST = 150, 320, 100

each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))


# Imports ---------------------------------------------------------------------------------------


def test_every_room_has_a_floor():
    assert {room(name) for name in modules()} <= set().union(*FLOORS)


def test_an_import_points_down():
    broken = [
        f"{source} imports {target}"
        for source, targets in imports().items()
        for target in targets
        if room(source) != room(target) and floor(source) <= floor(target)
    ]
    assert not broken


def test_what_a_picture_shows_does_not_know_how_it_is_drawn():
    drawing = tuple(f"{PACKAGE}.graph.{room}" for room in ("dot", "page", "render", "drawing"))
    broken = [
        f"{source} imports {target}"
        for source, targets in imports().items()
        if source.startswith((f"{PACKAGE}.graph.views", f"{PACKAGE}.graph.why"))
        for target in targets
        if target.startswith(drawing)
    ]
    assert not broken


def test_no_import_goes_in_a_circle():
    try:
        list(TopologicalSorter(imports()).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_arrays_and_tasks_need_nothing_but_the_standard_library():
    broken = [
        f"{name} imports {target}"
        for name in modules()
        if room(name) in STANDARD_LIBRARY_ONLY
        for target in imports()[name] | foreign_imports(name)
        if target not in modules() or room(target) != room(name)
    ]
    assert not broken


def test_the_package_imports_no_array_library_by_itself():
    users = {name for name in modules() if foreign_imports(name) & {"numpy", "jax", "torch"}}
    assert users <= {"tinygrad_rnn.autograd.tensor"}  # Tensor.numpy() is asked for by name


def test_importing_the_package_loads_the_standard_library_only(bare_environment):
    loaded = child(
        "import sys; before = set(sys.modules); import tinygrad_rnn; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})",
        bare_environment,
    )
    assert set(loaded.split()) - sys.stdlib_module_names == {PACKAGE}


def test_importing_the_package_is_quick(bare_environment, tmp_path):
    environment = bare_environment | {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    code = (
        "from time import process_time as now; start = now(); import tinygrad_rnn; "
        "print(now() - start)"
    )
    child(code, environment)  # compiles
    seconds = min(float(child(code, environment)) for _ in range(5))
    assert seconds < IMPORT_SECONDS


# Sizes -----------------------------------------------------------------------------------------


def test_functions_are_short():
    sizes = sorted(
        (len(body_lines(path, node)), f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = [size for size, _ in sizes]
    assert statistics.median(lengths) <= FUNCTION_MEDIAN
    assert lengths[int(0.9 * len(lengths))] <= FUNCTION_P90
    assert not [place for size, place in sizes if size > FUNCTION_MOST]


@each_file
def test_a_file_its_classes_and_its_lines_keep_within_their_budgets(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= FILE_MOST
    assert not [number for number, line in enumerate(lines, 1) if len(line) > LINE_MOST]
    classes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert not [c.name for c in classes if c.end_lineno - c.lineno + 1 > CLASS_MOST]


# Style -----------------------------------------------------------------------------------------


@each_file
def test_only_the_command_line_prints(path):
    if room(module_name(path)) == "cli":
        return
    names = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Name)]
    assert not [f"line {name.lineno}" for name in names if name.id == "print"]


@each_file
def test_no_module_variable_is_rebound(path):
    module = tree(path)
    assert not [node.names for node in ast.walk(module) if isinstance(node, ast.Global)]
    bound = [
        name.id
        for statement in module.body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        if not inside_comprehension(name, statement)
    ]
    assert len(bound) == len(set(bound)), bound
    assert not [node.lineno for node in module.body if isinstance(node, ast.AugAssign)]


@each_file
def test_no_module_has_the_name_of_a_function_it_exports(path):
    functions = {n.name for n in tree(path).body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert path.stem not in functions - SAME_NAME


def test_a_name_shared_by_a_function_and_its_module_means_the_function(bare_environment):
    shared = [name for name in modules() if name.rpartition(".")[2] in SAME_NAME]
    code = (
        "from importlib import import_module as load\n"
        f"for package, dot, name in (name.rpartition('.') for name in {shared}):\n"
        "    load(package + dot + name)\n"
        "    print(callable(getattr(load(package), name)))"
    )
    assert child(code, bare_environment).split() == ["True"] * len(shared)


@pytest.mark.parametrize("folder", [PACKAGE, "examples", "tests"])
def test_nothing_is_left_to_be_done_later(folder):
    marks = ["TO" + "DO", "FIX" + "ME", "X" * 3]
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert not left


@pytest.mark.parametrize(
    "package", [p for p in FILES if p.name == "__init__.py"], ids=lambda p: p.parent.name
)
def test_every_public_name_says_what_it_is(package):
    module = importlib.import_module(module_name(package))
    assert module.__doc__
    names = getattr(module, "__all__", ())
    assert names or module.__name__ != PACKAGE
    silent = [name for name in names if not is_documented(getattr(module, name))]
    assert not silent


# Helpers ---------------------------------------------------------------------------------------


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules():
    return {module_name(path): path for path in FILES}


def room(name):
    return name.split(".")[1] if "." in name else "__init__"


def floor(name):
    """The floor's number; a room that has none stands below all the others."""
    return max((n for n, rooms in enumerate(FLOORS) if room(name) in rooms), default=-1)


@cache
def imports():
    """Module -> the modules of the package that it names in an import, wherever it stands."""
    return {
        name: {target for target in imported(name) if target in modules()} - {name}
        for name in modules()
    }


def foreign_imports(name):
    """The top-level names that a module imports from neither the package nor Python itself."""
    tops = {target.partition(".")[0] for target in imported(name)}
    return tops - {PACKAGE} - sys.stdlib_module_names


@cache
def imported(name):
    """The modules that the import statements of a module name; `from . import x` names `.x`."""
    path = modules()[name]
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = absolute(node, name, path)
            inner = {f"{source}.{alias.name}" for alias in node.names}
            found |= inner & modules().keys()
            if inner - modules().keys():
                found.add(source)
    return found


def absolute(node, name, path):
    if not node.level:
        return node.module
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, node.module] if node.module else package)


@cache
def code_lines(path):
    """The numbers of the lines that carry a token of code; a string carries all its lines."""
    free = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    source = io.StringIO(path.read_text(encoding="utf-8"))
    return {
        line
        for token in tokenize.generate_tokens(source.readline)
        if token.type not in free
        for line in range(token.start[0], token.end[0] + 1)
    }


def body_lines(path, function):
    """The lines of a function below its signature and docstring, nested functions included."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return set()
    return code_lines(path) & set(range(body[0].lineno, body[-1].end_lineno + 1))


def inside_comprehension(name, statement):
    loops = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    return any(
        name is inner
        for loop in ast.walk(statement)
        if isinstance(loop, loops)
        for inner in ast.walk(loop)
    )


def is_documented(thing):
    """A constant needs no docstring; an op has its own; a dataclass's automatic one is none."""
    if not callable(thing) and not isinstance(thing, ModuleType):
        return True
    text = thing.__doc__ or ""
    inherited = not inspect.isclass(thing) and text == type(thing).__doc__
    automatic = inspect.isclass(thing) and text.startswith(f"{thing.__name__}(")
    return bool(text) and not inherited and not automatic


def child(code, environment):
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
