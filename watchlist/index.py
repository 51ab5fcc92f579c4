"""Finds the queries that an article may match, without evaluating the others.

Each way of a query is anchored on one of its needs, the rarest; its other needs are looked at where that one is
fulfilled. So of an article's words only the few that are anchors tell anything, and all others are passed over at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from watchlist.anchors import Anchors
from watchlist.needs import Choice, Kind, Need, Single, Trait, Way, alternatives, likely, ways_of
from watchlist.query import Node
from watchlist.text import ArticleText

_Placed: TypeAlias = tuple[int, tuple[str, ...], tuple[Need, ...]]
"""A way under its anchor: the query's number, the other words and whatever else it needs.

Plain tuples, because the garbage collector does not visit those again and again.
"""


class Index:
    """Immutable once built, but for its memory of words; threads may share it."""

    def __init__(self, queries: Iterable[Node]) -> None:
        self._always: list[int] = []
        under = _placed(list(self._ways(queries)))
        self._anchors = Anchors({single: number for number, single in enumerate(under)})
        self._under = [tuple(placed) for placed in under.values()]
        """By the number of the anchor."""

    @property
    def knows_languages(self) -> bool:
        """Whether the language of an article makes any difference."""
        return self._anchors.know_languages

    def candidates(self, text: ArticleText) -> list[int]:
        """The numbers of the queries that may match, in order."""
        found = set(self._always)
        words = text.words
        for anchor in self._anchors.within(text):
            for number, wanted, others in self._under[anchor]:
                if words.issuperset(wanted) and (not others or all(_may_have(text, need) for need in others)):
                    found.add(number)
        return sorted(found)

    def _ways(self, queries: Iterable[Node]) -> Iterator[tuple[int, Way]]:
        """Each way of each query, with its number; queries that need the same share it."""
        shared: dict[Single, Single] = {}
        for number, query in enumerate(queries):
            for way in ways_of(query):
                if way:
                    yield number, [_shared(need, shared) for need in way]
                else:
                    self._always.append(number)


def _shared(need: Need, known: dict[Single, Single]) -> Need:
    if isinstance(need, Choice):
        return Choice([known.setdefault(single, single) for single in need])
    return known.setdefault(need, need)


def _placed(ways: list[tuple[int, Way]]) -> dict[Single, list[_Placed]]:
    """What many queries ask for is common in the news too: a query is anchored on what others do not ask for."""
    asked = Counter([single for _, way in ways for need in way for single in alternatives(need)])
    weights = {single: count * likely(single) for single, count in asked.items()}

    def weight(need: Need) -> float:
        return sum([weights[single] for single in need]) if isinstance(need, Choice) else weights[need]

    under: dict[Single, list[_Placed]] = {}
    for number, way in ways:
        rarest = way[0] if len(way) == 1 else min(way, key=weight)
        words = tuple([need for need in way if isinstance(need, str) and need is not rarest])
        others: tuple[Need, ...] = ()
        if len(words) < len(way) - 1:
            others = tuple([need for need in way if not isinstance(need, str) and need is not rarest])
        for single in alternatives(rarest):
            under.setdefault(single, []).append((number, words, others))
    return under


def _may_have(text: ArticleText, need: Need) -> bool:
    """Whether an article may fulfil a need that was no anchor; of names, only the evaluation can tell."""
    match need:
        case str():
            return need in text.words
        case Trait(Kind.PREFIX, prefix):
            return bool(text.words_beginning(prefix))
        case Trait(Kind.STEM, word):
            return bool(text.inflections(word))
        case Trait():
            return True
        case _:
            return not text.words.isdisjoint(need) or any(
                _may_have(text, single) for single in need if isinstance(single, Trait)
            )
