"""The characters of a text: for a model that reads it and guesses what comes next."""

from __future__ import annotations

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
        numbers = {character: i for i, character in enumerate(self.characters)}
        unknown = sorted(set(text) - numbers.keys())
        if unknown:
            raise ValueError(f"not in the alphabet: {', '.join(map(repr, unknown[:5]))}")
        return [numbers[character] for character in text]

    def decode(self, numbers: list[int]) -> str:
        """The text again.

        >>> Alphabet("abc").decode([2, 0, 1])
        'cab'
        """
        return "".join(self.characters[i] for i in numbers)
