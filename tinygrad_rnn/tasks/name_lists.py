"""A task over the user's names: of which list is this one?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from .batch import Batch, batched, check_draw, one_answer
from .draws import distinct
from .text import Alphabet


@dataclass(frozen=True)
class NameList:
    """Names (N), each with a class: (name, class) pairs, in the characters of an alphabet."""

    alphabet: Alphabet
    classes: tuple[str, ...]
    names: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> NameList:
        """The names of each class. ValueError for fewer than two classes, and for an empty name.

        >>> NameList.of({"cat": ["Tom"], "dog": ["Rex"]}).names
        (('Tom', 0), ('Rex', 1))
        """
        names = tuple((name, k) for k, listed in enumerate(lists.values()) for name in listed)
        classes = {k for _, k in names}
        if len(classes) < 2 or len(classes) < len(lists) or not all(name for name, _ in names):
            raise ValueError(
                "NameList.of: needs two classes or more with at least one name each, and no name "
                f"empty; got {len(names)} names in {len(classes)} of {len(lists)} classes"
            )
        return cls(Alphabet.of("".join(name for name, _ in names)), tuple(lists), names)

    def split(self, share: float = 0.1) -> tuple[NameList, NameList]:
        """For training and for validation, which has every (1/share)-th name of each class.

        ValueError for a share that is not above 0 and at most 1/2, and where no class has so many.
        """
        if not 0 < share <= 0.5:
            raise ValueError(f"NameList.split: share must be above 0 and at most 1/2, got {share}")
        every = round(1 / share)
        by_class = [[pair for pair in self.names if pair[1] == k] for k in range(len(self.classes))]
        held_out = {pair for listed in by_class for pair in listed[every - 1 :: every]}
        if not held_out:
            raise ValueError(f"NameList.split: no class has {every} names, give a greater share")
        parts = ([p for p in self.names if (p in held_out) == held] for held in (False, True))
        training, validation = (NameList(self.alphabet, self.classes, tuple(p)) for p in parts)
        return training, validation

    @property
    def sizes(self) -> tuple[int, int]:
        """How many characters may come in, and how many classes go out."""
        return self.alphabet.size, len(self.classes)

    @property
    def chance(self) -> float:
        """The share that is right of the constant guess: the share of the largest class."""
        return max(Counter(k for _, k in self.names).values()) / len(self.names)


ENGLISH = (
    "Alfred Alice Arthur Charles Dorothy Edith Edward Emily Florence George Grace Harold Henry "
    "Mabel Margaret Oliver Rose Walter Wilfred William"
)
ITALIAN = (
    "Alessandro Antonio Beatrice Bianca Caterina Chiara Dante Elena Francesca Giorgio Giovanni "
    "Giulia Isabella Lorenzo Lucia Marco Matteo Paolo Pietro Silvia"
)
KOREAN = (
    "Bomi Changmin Daehyun Donghae Eunji Haneul Hyejin Jihoon Jiwoo Jungkook Kyungsoo Minji "
    "Minseok Sangwoo Seojun Seoyeon Soojin Taeyang Yoona Youngho"
)
NAMES = NameList.of(
    {"English": ENGLISH.split(), "Italian": ITALIAN.split(), "Korean": KOREAN.split()}
)


def names(rng: Random, batch: int, length: int | None, listed: NameList = NAMES) -> Batch:
    """Names, character by character: of which class is each?

    xs (T, B) tokens, padded with 0 to the batch's longest; one answer, at the name's last character
    (`Batch.lengths`), a class for each class. The names of a batch are different ones. `length`:
    longer names are left out. Chance: `listed.chance` right, the baseline too. Source: the names
    and nationalities of Robertson's tutorial for PyTorch (2017), with a list of our own. ValueError
    where fewer names are left than the batch needs.
    """
    check_draw("names", rng, batch=batch)
    short = [pair for pair in listed.names if length is None or len(pair[0]) <= length]
    if len(short) < batch:
        limit = "" if length is None else f" of at most {length} characters"
        raise ValueError(
            f"names: the list has {len(short)} names{limit}, and the batch is {batch}: give more "
            "names, a greater length or a smaller batch"
        )
    drawn = (short[i] for i in distinct(rng, len(short), batch))
    return batched(one_answer(listed.alphabet.encode(name), k) for name, k in drawn)
