"""What pip installs is what the repository says it is."""

import ast
import configparser
import importlib.metadata
import importlib.resources
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import tinygrad_rnn

ROOT = Path(__file__).parents[1]
VERSION = tinygrad_rnn.__version__


def test_the_installed_version_is_the_package_s():
    assert installed().version == VERSION


def test_the_installed_package_names_its_licence_and_its_python():
    metadata = installed().metadata
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_package_says_that_it_is_typed():
    assert importlib.resources.files(tinygrad_rnn).joinpath("py.typed").is_file()


def test_the_module_answers_version():
    answer = run(sys.executable, "-m", "tinygrad_rnn", "--version")
    assert VERSION in answer.split()


def test_the_console_script_answers_version():
    installed()
    folder = Path(sysconfig.get_path("scripts"))
    [script] = [path for path in folder.glob("tinygrad-rnn*") if path.stem == "tinygrad-rnn"]
    assert VERSION in run(script, "--version").split()


def test_every_library_that_the_package_imports_is_a_declared_requirement():
    """But NumPy and matplotlib, which `Tensor.numpy()` and the plots ask for when called."""
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "tinygrad_rnn").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported_names(node)
    }
    foreign = imported - sys.stdlib_module_names - {"tinygrad_rnn", "numpy", "matplotlib"}
    assert foreign <= requirements("options", "install_requires")


def test_the_extras_are_the_ones_that_are_promised():
    extras = configuration()["options.extras_require"]
    assert {"dot", "numpy", "plot", "notebook", "test"} <= set(extras)
    assert requirements("options.extras_require", "dot") == {"graphviz-pure"}


def installed():
    """What pip installed here; not what a build for another Python left in the checkout."""
    found = importlib.metadata.distributions(name="tinygrad_rnn")
    by_pip = [distribution for distribution in found if distribution.read_text("INSTALLER")]
    if not by_pip:
        pytest.skip("a bare checkout: the package is not installed")
    return by_pip[0]


def configuration():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirements(section, option):
    lines = configuration()[section][option].split()
    return {re.match(r"[\w-]+", line)[0] for line in lines}


def imported_names(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module]
    return []


def run(*command):
    finished = subprocess.run(
        command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    return finished.stdout
