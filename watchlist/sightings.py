"""Remembers what the pieces of texts seen so far may be in names, for almost every one has been seen before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Final

from watchlist.name_sides import Names, Sides
from watchlist.text import ArticleText

_MOST_PARTICLES: Final = 2
_MOST_REMEMBERED: Final = 200_000


class Sightings:
    """The sides of pieces, by number: many have the same, and 0 is those of most, none. Threads may share it."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers: dict[str, int] = {}
        self._number_of: dict[Sides, int] = {}
        self._firsts: list[int] = []
        self._seconds: list[int] = []
        self._anchors: dict[int, tuple[int, ...]] = {}
        self._particles: set[int] = set()
        self._one_at_a_time = Lock()
        self._number(Sides(0, 0, (), particle=False))

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew, lest it grow without end."""
        return len(self._numbers) > _MOST_REMEMBERED

    def anchors_in(self, text: ArticleText) -> set[int]:
        """The anchors of the names that a text may have."""
        new = text.distinct.difference(self._numbers)
        if new:
            with self._one_at_a_time:
                self._numbers.update((piece, self._number(its)) for piece, its in self._names.sides_of(new).items())
        pieces = text.pieces
        numbers = [*map(self._numbers.__getitem__, pieces)]
        firsts, seconds = self._firsts, self._seconds
        found: set[int] = set()
        for place, (one, other) in enumerate(pairwise(numbers)):
            if one and other and (both := firsts[one] & seconds[other]):
                found.update(self._names.spelled(both, pieces[place], pieces[place + 1]))
        for number in self._anchors.keys() & numbers if self._anchors else ():
            found.update(self._anchors[number])
        if not self._particles.isdisjoint(numbers):
            found |= self._across_particles(numbers, pieces)
        return found

    def _across_particles(self, numbers: Sequence[int], pieces: Sequence[str]) -> set[int]:
        """Names with particles between their words: a piece, one or two pieces of particles, another."""
        found: set[int] = set()
        for place in [place for place, number in enumerate(numbers) if number in self._particles and place]:
            first = self._firsts[numbers[place - 1]]
            for following in range(place + 1, min(place + 1 + _MOST_PARTICLES, len(numbers))) if first else ():
                if both := first & self._seconds[numbers[following]]:
                    found.update(self._names.spelled(both, pieces[place - 1], pieces[following]))
                if numbers[following] not in self._particles:
                    break
        return found

    def _number(self, sides: Sides) -> int:
        number = self._number_of.get(sides)
        if number is None:
            number = self._number_of[sides] = len(self._firsts)
            self._firsts.append(sides.first)
            self._seconds.append(sides.second)
            if sides.anchors:
                self._anchors[number] = sides.anchors
            if sides.particle:
                self._particles.add(number)
        return number
