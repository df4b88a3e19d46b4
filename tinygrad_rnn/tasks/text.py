"""Texts as numbers: an alphabet numbers its characters, a vocabulary its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

ALICE = (
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having "
    "nothing to do: once or twice she had peeped into the book her sister was reading, but it had "
    "no pictures or conversations in it, \u201cand what is the use of a book,\u201d thought Alice "
    "\u201cwithout pictures or conversations?\u201d\n"
    "So she was considering in her own mind (as well as she could, for the hot day made her feel "
    "very sleepy and stupid), whether the pleasure of making a daisy-chain would be worth the "
    "trouble of getting up and picking the daisies, when suddenly a White Rabbit with pink eyes "
    "ran close by her.\n"
)  # Lewis Carroll, Alice's Adventures in Wonderland, 1865: in the public domain


class Alphabet(NamedTuple):
    """The characters of a text, each with a number from 0, in the order of their code points."""

    characters: str

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.characters)

    @classmethod
    def of(cls, text: str) -> Alphabet:
        """Every character that occurs in the text.

        >>> Alphabet.of("abba")
        Alphabet(characters='ab')
        """
        return cls("".join(sorted(set(text))))

    def encode(self, text: str) -> list[int]:
        """The number of every character. ValueError for one that is not in the alphabet.

        >>> Alphabet("abc").encode("cab")
        [2, 0, 1]
        """
        return _numbered(text, self.characters, "alphabet")

    def decode(self, numbers: Sequence[int]) -> str:
        """The text again.

        >>> Alphabet("abc").decode([2, 0, 1])
        'cab'
        """
        return "".join(self.characters[i] for i in numbers)


class Vocabulary(NamedTuple):
    """The words of a text, each with a number from 0, sorted.

    A word is a run of letters, digits and underscores, in lower case: spaces and punctuation
    separate words, and are none.
    """

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.words)

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """Every word that occurs in the text.

        >>> Vocabulary.of("The cat, the dog.")
        Vocabulary(words=('cat', 'dog', 'the'))
        """
        return cls(tuple(sorted(set(_words(text)))))

    def encode(self, text: str) -> list[int]:
        """The number of every word. ValueError for one that is not in the vocabulary.

        >>> Vocabulary(("cat", "the")).encode("The cat!")
        [1, 0]
        """
        return _numbered(_words(text), self.words, "vocabulary")

    def decode(self, numbers: Sequence[int]) -> str:
        """The words, a space between them.

        >>> Vocabulary(("cat", "the")).decode([1, 0])
        'the cat'
        """
        return " ".join(self.words[i] for i in numbers)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _numbered(symbols: Sequence[str], known: Sequence[str], where: str) -> list[int]:
    numbers = {symbol: i for i, symbol in enumerate(known)}
    unknown = sorted(set(symbols) - numbers.keys())
    if unknown:
        raise ValueError(f"not in the {where}: {', '.join(map(repr, unknown[:5]))}")
    return [numbers[symbol] for symbol in symbols]
