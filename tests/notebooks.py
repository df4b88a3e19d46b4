"""Notebooks, run by a kernel of this Python."""

import os
import sys

import pytest


def executed(cells, folder):
    """The cells of a notebook after they have run in the folder; skips without nbclient."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=cells)
    where = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(notebook, timeout=120, resources=where)
    client.create_kernel_manager()
    client.km.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    paths = os.pathsep.join(filter(None, sys.path))
    client.execute(env={**os.environ, "PYTHONPATH": paths, "IPYTHONDIR": str(folder)})
    return notebook.cells
