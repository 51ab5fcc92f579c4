"""Remembers what the pieces of texts seen so far may be in names, for almost every one has been seen before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import compress, count
from operator import and_, itemgetter
from threading import Lock
from typing import Final

from watchlist.name_sides import Names, Side, Sides
from watchlist.names import PARTICLES
from watchlist.skeletons import outlines, skeletons_in
from watchlist.text import ArticleText

_MOST_PARTICLES: Final = 2
_MOST_REMEMBERED: Final = 200_000
_MOST_OWN_BITS: Final = 2**27
_OFTEN: Final = 3
_EDGE: Final = ""
_ANY: Final = -1
"""Sides that are those of every pair."""


class Sightings:
    """The sides of pieces, by number, for many have the same. Threads may share it.

    Words that sound alike begin with the same sides. What comparing them with names refutes is taken from a word's
    own: so those that come again and again are soon compared with nothing but what they spell.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers: dict[str, int] = {}
        self._number_of: dict[Sides, int] = {}
        self._of_outline: dict[str, int] = {}
        self._firsts: list[int] = []
        self._seconds: list[int] = []
        self._anchors: dict[int, tuple[int, ...]] = {}
        self._particles: dict[int, int] = {}
        """Their true second sides. In `_seconds` they have all, for a second word may stand behind them."""
        self._refuted: Counter[str] = Counter()
        self._own: set[int] = set()
        self._most_own = _MOST_OWN_BITS // max(1, len(names.firsts))
        self._one_at_a_time = Lock()
        self._numbers[_EDGE] = self._number(Sides(0, 0, (), particle=False))

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew, lest it grow without end."""
        return len(self._numbers) > _MOST_REMEMBERED

    def anchors_in(self, text: ArticleText) -> set[int]:
        """The anchors of the names that a text may have."""
        if not text.pieces:
            return set()
        new = text.distinct.difference(self._numbers)
        if new:
            with self._one_at_a_time:
                self._learn(new)
        pieces = [*text.pieces, _EDGE, _EDGE]
        numbers = itemgetter(*pieces)(self._numbers)
        firsts, seconds = itemgetter(*numbers)(self._firsts), itemgetter(*numbers[1:])(self._seconds)
        found: set[int] = set()
        for place in compress(count(), map(and_, firsts, seconds)):
            for following in self._following(place, numbers):
                second = numbers[following]
                if both := firsts[place] & self._particles.get(second, seconds[following - 1]):
                    found.update(self._spelled(both, pieces[place], pieces[following]))
        for number in self._anchors.keys() & numbers if self._anchors else ():
            found.update(self._anchors[number])
        return found

    def _following(self, place: int, numbers: Sequence[int]) -> Iterable[int]:
        """Where the next word of a name may stand: one or two pieces of particles may come before it."""
        last = place + 1
        while numbers[last] in self._particles and last <= place + _MOST_PARTICLES:
            last += 1
        return range(place + 1, last + 1)

    def _spelled(self, both: int, one: str, other: str) -> Iterable[int]:
        """The anchors of those of the pairs that two pieces spell."""
        both = self._kept(both, one, self._firsts, self._names.firsts)
        if both:
            both = self._kept(both, other, self._seconds, self._names.seconds)
        return self._names.anchors_of(both)

    def _kept(self, pairs: int, piece: str, sides: list[int], side: Side) -> int:
        """Those of the pairs whose word a piece spells; the others are taken from its own sides if it comes often."""
        refuted = side.refuted(pairs, piece)
        if refuted:
            with self._one_at_a_time:
                number = self._own_number(piece)
                if number is not None:
                    sides[number] &= ~refuted
        return pairs & ~refuted

    def _own_number(self, piece: str) -> int | None:
        """A number that no other piece has; none for particles, pieces that come seldom, and if too many have one."""
        number = self._numbers[piece]
        if number in self._own:
            return number
        self._refuted[piece] += 1
        if self._refuted[piece] < _OFTEN or len(self._own) >= self._most_own or number in self._particles:
            return None
        sides = Sides(self._firsts[number], self._seconds[number], self._anchors.get(number, ()), particle=False)
        own = self._numbers[piece] = self._add(sides)
        self._own.add(own)
        return own

    def _learn(self, pieces: Collection[str]) -> None:
        plain = [piece for piece in pieces if "-" not in piece and piece not in PARTICLES]
        alike = not self._names.single  # to pairs, words with one outline are the same
        for piece, outline in zip(plain, outlines(plain), strict=True):
            number = self._of_outline.get(outline) if alike else None
            if number is None:
                number = self._number(self._names.sides_of(piece))
                if alike and skeletons_in(outline):  # words without any are only themselves
                    self._of_outline[outline] = number
            self._numbers[piece] = number
        for piece in pieces:
            if piece not in self._numbers:
                self._numbers[piece] = self._number(self._names.sides_of(piece))

    def _number(self, sides: Sides) -> int:
        number = self._number_of.get(sides)
        if number is None:
            number = self._number_of[sides] = self._add(sides)
        return number

    def _add(self, sides: Sides) -> int:
        number = len(self._firsts)
        if sides.anchors:
            self._anchors[number] = sides.anchors
        if sides.particle:
            self._particles[number] = sides.second
        self._seconds.append(_ANY if sides.particle else sides.second)
        self._firsts.append(sides.first)
        return number
