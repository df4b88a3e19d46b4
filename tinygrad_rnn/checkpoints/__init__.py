"""Checkpoints: safetensors in, safetensors out; nothing is ever unpickled.

    save(path, tensors, metadata)           what a training needs to go on, in one file
    load(path) -> Checkpoint                the same again, or a ValueError that says what is wrong
    rng_state(rng), restore_rng(state)      where a random.Random stands, as plain data, and back
    write_tensors, read_tensors             tensors alone: files for and from other libraries

Read in this order: `checkpoint`, `tensor_file` (any safetensors file), `header` (what a hostile one
may not claim), `packing` (numbers as bytes), `strict_json`, `random_state`.
"""

from .checkpoint import Checkpoint, load, save
from .random_state import restore_rng, rng_state
from .tensor_file import read_tensors, write_tensors

__all__ = [
    "Checkpoint",
    "load",
    "read_tensors",
    "restore_rng",
    "rng_state",
    "save",
    "write_tensors",
]
