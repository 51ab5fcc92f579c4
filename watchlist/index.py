"""Finds the queries that an article may match, without evaluating the others.

Each way of a query stands under one of its needs, the rarest; its other needs are looked at when that one is fulfilled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, TypeAlias

from watchlist.needs import Kind, Need, likely, ways_of
from watchlist.query import Node
from watchlist.sorts import Sorts
from watchlist.text import ArticleText
from watchlist.traits import StemTraits, Traits

Clause: TypeAlias = int | tuple[int, ...]
"""A need as keys: the one, or one of those, must be there."""


class Index:
    """Immutable once built, but for its memory of chunks; threads may share it."""

    def __init__(self, queries: Iterable[Node]) -> None:
        self._keys: Final[dict[Kind, dict[str, int]]] = {kind: {} for kind in Kind}
        self._likely: list[float] = []
        self._always: list[int] = []
        self._under: dict[int, tuple[tuple[int, tuple[Clause, ...]], ...]] = {}
        """By key: the queries that stand under it, each with what else it needs."""
        self._place(list(self._ways(queries)))
        self._traits = Traits(self._keys)
        self._by_language: dict[str, Sorts] = {}
        self._building = Lock()

    @property
    def knows_languages(self) -> bool:
        """Whether the language of an article makes any difference."""
        return bool(self._keys[Kind.STEM])

    def candidates(self, text: ArticleText) -> list[int]:
        """The numbers of the queries that may match, in order."""
        present = self._sorts(text.article.language).keys_in(text.chunks)
        found = set(self._always)
        under = self._under
        for key in present:
            for number, others in under.get(key, ()):
                for clause in others:
                    if present.isdisjoint(clause) if isinstance(clause, tuple) else clause not in present:
                        break
                else:
                    found.add(number)
        return sorted(found)

    def _ways(self, queries: Iterable[Node]) -> Iterator[tuple[int, list[Clause]]]:
        """Each query's ways as keys, with its number."""
        for number, query in enumerate(queries):
            for way in ways_of(query):
                if way:
                    yield number, [self._clause(need) for need in way]
                else:
                    self._always.append(number)

    def _clause(self, need: Need) -> Clause:
        if len(need) == 1:
            known = self._keys[need[0].kind].get(need[0].text)
            if known is not None:
                return known
        found = []
        for trait in need:
            keys = self._keys[trait.kind]
            key = keys.get(trait.text)
            if key is None:
                key = keys[trait.text] = len(self._likely)
                self._likely.append(likely(trait))
            found.append(key)
        return tuple(found) if len(found) > 1 else found[0]

    def _place(self, ways: list[tuple[int, list[Clause]]]) -> None:
        """What many queries ask for is common in the news too: a query stands under what others do not ask for."""
        asked = Counter(key for _, clauses in ways for clause in clauses for key in _keys_of(clause))
        weights = [one * asked[key] for key, one in enumerate(self._likely)]
        under: dict[int, list[tuple[int, tuple[Clause, ...]]]] = {}

        def weight(clause: Clause) -> float:
            return sum([weights[key] for key in clause]) if isinstance(clause, tuple) else weights[clause]

        for number, clauses in ways:
            rarest = clauses[0] if len(clauses) == 1 else min(clauses, key=weight)
            placed = (number, tuple([clause for clause in clauses if clause is not rarest]))
            for key in _keys_of(rarest):
                under.setdefault(key, []).append(placed)
        self._under = {key: tuple(placed) for key, placed in under.items()}

    def _sorts(self, language: str | None) -> Sorts:
        """What is known of chunks in a language, which matters to stems alone."""
        stems = self._keys[Kind.STEM]
        code = (language or "") if stems else ""
        if code not in self._by_language:
            with self._building:
                if code not in self._by_language:
                    self._by_language[code] = Sorts(self._traits, StemTraits(stems, language))
        return self._by_language[code]


def _keys_of(clause: Clause) -> tuple[int, ...]:
    return clause if isinstance(clause, tuple) else (clause,)
