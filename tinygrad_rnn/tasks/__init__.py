"""What there is to learn: toy sequence tasks, as plain Python data."""

from .text import ALICE, Alphabet

__all__ = ["ALICE", "Alphabet"]
