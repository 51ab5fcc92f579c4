"""Names whose words may be spelled otherwise: which of them a word may be part of.

Whether one word may spell another is too dear to be asked of every new word and every name. So words are compared by
their skeletons first. Of names of more words two are looked for, one after the other: every such pair is a bit, and
each word has the bits of the pairs whose first word shares a skeleton with it, and those of the second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from watchlist.names import PARTICLES, same_name, sounds_alike
from watchlist.skeletons import skeletons
from watchlist.text import parts_of
from wirewatch.memory import Memory

_MOST_REMEMBERED: Final = 50_000


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
        self.single = single
        self._by_skeleton: dict[str, list[str]] = {}
        for name in single:
            for skeleton in skeletons(name):
                self._by_skeleton.setdefault(skeleton, []).append(name)
        words = [pair.split(" ") for pair in pairs]
        self.firsts = Side([first for first, _ in words])
        self.seconds = Side([second for _, second in words])
        self._anchor_of = list(pairs.values())

    def __bool__(self) -> bool:
        return bool(self.single) or bool(self._anchor_of)

    def sides_of(self, piece: str) -> Sides:
        """What a piece may be, as far as skeletons tell; words with the same skeletons may be the same of pairs."""
        words = _words_of(piece)
        markers = {marker for word in words for marker in _markers(word)}
        first, second = self.firsts.alike(markers), self.seconds.alike(markers)
        anchors = {anchor for word in words for anchor in self._anchors(word)} if self.single else set()
        if "-" in piece and (both := first & second):
            both &= ~self.firsts.refuted(both, piece)
            anchors.update(self.anchors_of(both & ~self.seconds.refuted(both, piece)))
        return Sides(first, second, tuple(anchors), PARTICLES.issuperset(parts_of(piece)))

    def anchors_of(self, pairs: int) -> Iterator[int]:
        while pairs:
            number = pairs.bit_length() - 1
            yield self._anchor_of[number]
            pairs ^= 1 << number

    def _anchors(self, word: str) -> set[int]:
        """The anchors of the single names that a word may be a spelling of."""
        names = {name for skeleton in skeletons(word) for name in self._by_skeleton.get(skeleton, ())}
        found = {self.single[name] for name in names if name == word or sounds_alike(name, word, in_phrase=False)}
        return found | {self.single[word]} if word in self.single else found


class Side:
    """The first words of all pairs, or the second. Pairs are bits of a number."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._pairs_with: dict[str, int] = {}
        self._by_marker: dict[str, int] = {}
        for number, word in enumerate(words):
            self._pairs_with[word] = self._pairs_with.get(word, 0) | 1 << number
        for word, pairs in self._pairs_with.items():
            for marker in _markers(word):
                self._by_marker[marker] = self._by_marker.get(marker, 0) | pairs
        # Of a word that only one pair has, its number tells as much, and takes no room.
        self._pairs_with = {word: pairs for word, pairs in self._pairs_with.items() if pairs.bit_count() > 1}
        self._spellings: Memory[tuple[str, str], bool] = Memory(_MOST_REMEMBERED)

    def __len__(self) -> int:
        return len(self._words)

    def alike(self, markers: Iterable[str]) -> int:
        """The pairs whose word has one of these markers."""
        found = 0
        for pairs in map(self._by_marker.get, markers):
            if pairs:
                found |= pairs
        return found

    def refuted(self, pairs: int, piece: str) -> int:
        """Those of the pairs whose word the piece does not spell after all, and all others with such a word."""
        found = 0
        while pairs:
            number = pairs.bit_length() - 1
            word = self._words[number]
            others = self._pairs_with.get(word) or 1 << number
            if not self._may_spell(word, piece):
                found |= others
            pairs &= ~others
        return found

    def _may_spell(self, name: str, piece: str) -> bool:
        """Whether a piece of text, or a word in it, is a spelling of a name's word with which it shares a marker."""
        known = self._spellings.get((name, piece))
        if known is None:
            if "-" in piece:
                known = any(same_name(name, word, in_phrase=True) for word in _words_of(piece))
            else:
                known = name == piece or sounds_alike(name, piece, in_phrase=True)
            self._spellings.put((name, piece), known)
        return known


def _words_of(piece: str) -> list[str]:
    """The words of a piece, and neighbours as one: a hyphen or apostrophe may part them within a name, as in Hay'at."""
    if "-" not in piece:
        return [piece]
    words = parts_of(piece)
    return [*words, *(one + other for one, other in pairwise(words))]


def _markers(word: str) -> Collection[str]:
    """What two spellings of a word of a name share one of: a skeleton, or the word itself where it has none."""
    return skeletons(word) or (f"={word}",)
