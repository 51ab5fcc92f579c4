"""What the chunks of a text (between white space) have of the traits that queries need.

It is worked out once a chunk and remembered, because almost every chunk of an article has been seen before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchlist.names import PARTICLES
from watchlist.pairs import Sides, Sort
from watchlist.text import words_and_joined
from watchlist.traits import StemTraits, Traits
from wirewatch.folding import places_of, plain_word
from wirewatch.memory import Memory

_MOST_REMEMBERED: Final = 200_000
_LONGEST_REMEMBERED: Final = 40


class Sorts:
    """The sorts of chunks in one language; threads may share it."""

    def __init__(self, traits: Traits, stems: StemTraits) -> None:
        self._traits = traits
        self._stems = stems
        self._of_chunk: Memory[str, Sort] = Memory(_MOST_REMEMBERED)
        self._of_word: Memory[str, Sort] = Memory(_MOST_REMEMBERED)
        self._shared: Memory[tuple[tuple[int, ...], Sides, int, bool], Sort] = Memory(_MOST_REMEMBERED)

    def keys_in(self, chunks: Sequence[str]) -> set[int]:
        """The keys of what a text of these chunks has."""
        known = [*map(self._of_chunk.recent.get, chunks)]
        sorts = [sort or self._sort(chunk) for chunk, sort in zip(chunks, known, strict=True)]
        distinct = set(sorts)
        found: set[int] = set()
        for sort in distinct:
            if sort.keys:
                found.update(sort.keys)
        return found | self._traits.pairs.there(chunks, sorts, distinct) if self._traits.pairs else found

    def _sort(self, chunk: str) -> Sort:
        sort = self._of_chunk.get(chunk)
        if sort is None:
            word = plain_word(chunk)
            if word is not None:
                sort = self._of_word.get(word) or self._of_word.put(word, self._new([word], [word], 1))
            else:
                places = places_of(chunk)
                written = [chunk[start:end] for _, start, end in places]
                sort = self._new([*words_and_joined(chunk)], written, len(places))
            if len(chunk) <= _LONGEST_REMEMBERED:
                self._of_chunk.put(chunk, sort)
        return sort

    def _new(self, spelled: list[str], written: list[str], count: int) -> Sort:
        """The sort of so many words, as folded and as written; joined ones follow the folded ones."""
        found: set[int] = set()
        words = spelled[:count]
        for word, surface in zip(words, written, strict=True):
            found.update(self._traits.of_word(word))
            found.update(self._stems.of_word(word, surface))
        for joined in spelled[count:]:
            found.update(self._traits.of_spelling(joined))
        passed_over = all(word in PARTICLES for word in words)
        what = (tuple(sorted(found)), self._traits.pairs.sides(spelled), min(count, 2), passed_over)
        return self._shared.get(what) or self._shared.put(what, Sort(*what))
