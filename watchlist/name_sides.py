"""Names whose words may be spelled otherwise: which of them a word may be part of.

Whether one word may spell another is too dear to be asked of every new word and every name. So words are compared by
their skeletons first. Of names of more words two are looked for, one after the other: every such pair is a bit, and
each word has the bits of the pairs whose first word shares a skeleton with it, and those of the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from watchlist.names import PARTICLES, same_name, sounds_alike
from watchlist.skeletons import skeletons, skeletons_of
from watchlist.text import parts_of
from wirewatch.memory import Memory

_MOST_REMEMBERED: Final = 200_000


class Sides(NamedTuple):
    """What a piece of text may be in names: pairs it may be the first and the second of, one a bit; anchors it has.

    `particle`: whether it is nothing but particles, which may stand between the words of a name.
    """

    first: int
    second: int
    anchors: tuple[int, ...]
    particle: bool


class Names:
    """The names of a watchlist by their anchors: those of one word, and pairs of words; false where there are none."""

    def __init__(self, single: Mapping[str, int], pairs: Mapping[str, int]) -> None:
        self._single = single
        self._by_skeleton: dict[str, list[str]] = {}
        for name in single:
            for skeleton in skeletons(name):
                self._by_skeleton.setdefault(skeleton, []).append(name)
        self._pairs: list[tuple[str, str, int]] = []
        self._firsts: dict[str, int] = {}
        self._seconds: dict[str, int] = {}
        for number, (pair, anchor) in enumerate(pairs.items()):
            first, second = pair.split(" ")
            self._pairs.append((first, second, anchor))
            for word, sides in ((first, self._firsts), (second, self._seconds)):
                for marker in _markers(word):
                    sides[marker] = sides.get(marker, 0) | 1 << number
        self._of_skeletons: dict[frozenset[str], Sides] = {}
        self._spellings: Memory[tuple[str, str], bool] = Memory(_MOST_REMEMBERED)

    def __bool__(self) -> bool:
        return bool(self._single) or bool(self._pairs)

    def sides_of(self, pieces: Iterable[str]) -> dict[str, Sides]:
        """What each piece may be; together, which costs far less."""
        found: dict[str, Sides] = {}
        plain = [piece for piece in pieces if "-" not in piece and piece not in PARTICLES]
        for piece, its in zip(plain, skeletons_of(plain), strict=True):
            if self._single or not its:
                found[piece] = self._sides(piece, [piece])
            else:  # To pairs, words with the same skeletons are the same.
                sides = self._of_skeletons.get(its)
                if sides is None:
                    sides = self._of_skeletons[its] = self._sides(piece, [piece])
                found[piece] = sides
        for piece in pieces:
            if piece not in found:
                found[piece] = self._sides(piece, [*parts_of(piece), *_joined(piece)])
        return found

    def spelled(self, bits: int, one: str, other: str) -> Iterable[int]:
        """The anchors of those of the pairs that are spelled by two pieces."""
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            first, second, anchor = self._pairs[lowest.bit_length() - 1]
            # What is known of one word may spare comparing the other.
            known = self._spellings.get((second, other))
            if known is not False and self._may_spell(first, one) and self._may_spell(second, other):
                yield anchor

    def _sides(self, piece: str, words: list[str]) -> Sides:
        first = second = 0
        for marker in {marker for word in words for marker in _markers(word)} if self._pairs else ():
            first |= self._firsts.get(marker, 0)
            second |= self._seconds.get(marker, 0)
        anchors = {anchor for word in words for anchor in self._anchors(word)} if self._single else set()
        if "-" in piece:
            anchors.update(self.spelled(first & second, piece, piece))
        return Sides(first, second, tuple(anchors), PARTICLES.issuperset(parts_of(piece)))

    def _anchors(self, word: str) -> set[int]:
        """The anchors of the single names that a word may be a spelling of."""
        names = {name for skeleton in skeletons(word) for name in self._by_skeleton.get(skeleton, ())}
        found = {self._single[name] for name in names if name == word or sounds_alike(name, word, in_phrase=False)}
        return found | {self._single[word]} if word in self._single else found

    def _may_spell(self, name: str, piece: str) -> bool:
        """Whether a piece of text, or a word in it, is a spelling of a name's word with which it shares a marker."""
        known = self._spellings.get((name, piece))
        if known is None:
            if "-" in piece:
                words = (*parts_of(piece), *_joined(piece))
                known = any(same_name(name, word, in_phrase=True) for word in words)
            else:
                known = name == piece or sounds_alike(name, piece, in_phrase=True)
            self._spellings.put((name, piece), known)
        return known


def _joined(piece: str) -> list[str]:
    """Neighbours in a piece written as one: a hyphen or apostrophe may part them within a name, as in Hay'at."""
    return [one + other for one, other in pairwise(parts_of(piece))]


def _markers(word: str) -> Iterable[str]:
    """What two spellings of a word of a name share one of: a skeleton, or the word itself where it has none."""
    return skeletons(word) or (f"={word}",)
