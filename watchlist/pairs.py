"""Two words of a name one after the other, in any spelling: which names of more than one word a text may have.

Whether one word may spell another is too dear to be asked of every new word and every name. So words are compared by
their skeletons first: every pair is a bit, and each word has the bits of the pairs whose first word shares a skeleton
with it, and those of the second. Where two neighbours have a bit in common, they are looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import and_
from typing import Final, TypeAlias

from watchlist.names import same_name, skeletons, sounds_alike
from watchlist.text import words_and_joined
from wirewatch.folding import places_of

Sides: TypeAlias = tuple[int, int]
"""The pairs that a word may be the first of, and the second of, one a bit."""

_NO_SIDE: Final[Sides] = (0, 0)
_MOST_PARTICLES: Final = 2
_MOST_REMEMBERED: Final = 200_000


class Pairs:
    """The pairs of a watchlist's names; false where there are none."""

    def __init__(self, keys: Mapping[str, int]) -> None:
        self._pairs: list[tuple[str, str, int]] = []
        self._sides: dict[str, Sides] = {}
        for number, (pair, key) in enumerate(keys.items()):
            first, second = pair.split(" ")
            self._pairs.append((first, second, key))
            for marker in _markers(first):
                one, other = self._sides.get(marker, _NO_SIDE)
                self._sides[marker] = (one | 1 << number, other)
            for marker in _markers(second):
                one, other = self._sides.get(marker, _NO_SIDE)
                self._sides[marker] = (one, other | 1 << number)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def sides(self, words: Iterable[str]) -> Sides:
        """Which pairs a chunk with these words may be a side of."""
        first = second = 0
        for marker in {marker for word in words for marker in _markers(word)} if self._pairs else ():
            one, other = self._sides.get(marker, _NO_SIDE)
            first |= one
            second |= other
        return (first, second) if first or second else _NO_SIDE

    def there(self, chunks: Sequence[str], sorts: Sequence[Sort], distinct: set[Sort]) -> set[int]:
        """The keys of the pairs that stand in a text; particles may stand between their words."""
        odd = any(sort.odd for sort in distinct)
        if odd and any(sort.wordless for sort in distinct):
            words = [place for place, sort in enumerate(sorts) if not sort.wordless]
            chunks, sorts = [chunks[place] for place in words], [sorts[place] for place in words]
        found: set[int] = set()
        for first, second in _neighbours(sorts, odd):
            both = sorts[first].first & sorts[second].second
            while both:
                lowest = both & -both
                both ^= lowest
                one, other, key = self._pairs[lowest.bit_length() - 1]
                if key not in found and _spells(one, chunks[first]) and _spells(other, chunks[second]):
                    found.add(key)
        return found


class Sort:
    """What a chunk has: keys, and sides of pairs. Chunks that have the same share one, mostly."""

    __slots__ = ("compound", "first", "keys", "odd", "passed_over", "second", "wordless")

    def __init__(self, keys: tuple[int, ...], sides: Sides, words: int, passed_over: bool) -> None:
        self.keys = keys
        self.first, self.second = sides
        self.wordless = words == 0
        self.compound = words > 1 and bool(self.first & self.second)
        """Whether both words of a pair may be in it."""
        self.passed_over = passed_over
        """Whether it is nothing but particles, which may stand between the words of a name."""
        self.odd = self.wordless or self.compound or self.passed_over


def _neighbours(sorts: Sequence[Sort], odd: bool) -> Iterator[tuple[int, int]]:
    """Places of words that may be a pair's: a word and the next, or one after particles, or both in one chunk."""
    last = len(sorts) - 1
    common = map(and_, [sort.first for sort in sorts], [sort.second for sort in sorts[1:]])
    yield from [(place, place + 1) for place, both in enumerate(common) if both]
    if odd:
        for place in [place for place, sort in enumerate(sorts) if sort.odd]:
            if sorts[place].compound:
                yield place, place
            if sorts[place].passed_over and place:
                for following in range(place + 1, min(place + _MOST_PARTICLES, last) + 1):
                    yield place - 1, following


def _markers(word: str) -> Iterable[str]:
    """What two spellings of a word of a name share one of: a skeleton, or the word itself where it has none."""
    return skeletons(word) or (f"={word}",)


def _spells(name: str, chunk: str) -> bool:
    """Whether a word of a chunk that shares a marker with a word of a name is a spelling of it."""
    places = places_of(chunk)
    if len(places) == 1:
        return _spells_alone(name, places[0][0])
    return any(same_name(name, word, in_phrase=True) for word in words_and_joined(chunk))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _spells_alone(name: str, word: str) -> bool:
    return name == word or sounds_alike(name, word, in_phrase=True)
