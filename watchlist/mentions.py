"""A mention: the words of an article that a part of a query stands for."""

from __future__ import annotations

from collections.abc import Iterable

from watchlist.query import Node


class Mention:
    """`words` are their positions in order; `parts` are the mentions that a NEAR or a concept was made of."""

    __slots__ = ("node", "parts", "words")

    def __init__(self, words: tuple[int, ...], node: Node, parts: tuple[Mention, ...] = ()) -> None:
        self.words = words
        self.node = node
        self.parts = parts

    @property
    def first(self) -> int:
        return self.words[0]

    @property
    def last(self) -> int:
        return self.words[-1]


def words_between(one: Mention, other: Mention) -> int:
    """How many words stand between the nearest ends of two mentions; 0 where they overlap."""
    return max(0, other.first - one.last - 1, one.first - other.last - 1)


def minimal(mentions: Iterable[Mention]) -> list[Mention]:
    """Those whose span holds no shorter span of another, in order of position."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda mention: (-mention.first, mention.last)):
        if not kept or mention.last < kept[-1].last or _same_span(mention, kept[-1]):
            kept.append(mention)
    return kept[::-1]


def distinct(mentions: Iterable[Mention]) -> list[Mention]:
    """One mention for each set of words, the first one given."""
    return list({mention.words: mention for mention in reversed(list(mentions))}.values())[::-1]


def _same_span(one: Mention, other: Mention) -> bool:
    return one.first == other.first and one.last == other.last
