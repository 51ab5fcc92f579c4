"""What an article must have at least, for a query to be worth evaluating: a few anchors, each rare and sufficient.

Every match has one of a query's anchors in it, and the word beside that anchor where one is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from watchlist.names import core
from watchlist.query import (
    FACT_FIELDS,
    And,
    Concept,
    Exact,
    Field,
    Name,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Stem,
    Words,
    children,
)
from watchlist.stopwords import STOP_WORDS


class AnchorKind(IntEnum):
    WORD = 0
    PREFIX = 1
    STEM = 2
    NAME = 3
    """One word of a name; `NAME_PART` is one beside others, where more spellings count."""
    NAME_PART = 4


class Anchor(NamedTuple):
    """`text` is a folded word, a prefix, a word to be stemmed, or a word of a name.

    `beside` is what must be there too; `likely` is a guess at how many articles have the anchor.
    """

    kind: AnchorKind
    text: str
    likely: float
    beside: Anchor | None = None


Anchors = tuple[Anchor, ...]
"""Alternatives: a match has one of them."""

_LIKELY_BY_LENGTH: Final = (1.0, 0.6, 0.4, 0.2, 0.1, 0.06, 0.04, 0.025, 0.015, 0.01)
_LIKELY_UNSPACED: Final = 0.2
_PREFIX_FACTOR: Final = 4.0
_STEM_FACTOR: Final = 3.0


def anchors_of(node: Node) -> Anchors | None:
    """The anchors of a query, or None where it asks for no word at all."""
    match node:
        case Words(prefix=prefix) | Exact(prefix=prefix):
            return _of_words(node.words, prefix)
        case Stem(text):
            return (Anchor(AnchorKind.STEM, text, _likely(text) * _STEM_FACTOR),)
        case Name():
            words = core(node.words)
            kind = AnchorKind.NAME if len(words) == 1 else AnchorKind.NAME_PART
            return _rarest_of([Anchor(kind, word, _likely(word)) for word in words])
        case And(parts):
            return _of_all([anchors_of(part) for part in parts if not isinstance(part, Not)])
        case Near(left, right):
            return _of_all([anchors_of(left), anchors_of(right)])
        case Or(parts):
            return _of_any([anchors_of(part) for part in parts])
        case Field(name, part):
            return None if name in FACT_FIELDS else anchors_of(part)
        case NotNear(part) | Concept(_, part):
            return anchors_of(part)
        case _:
            return None


def words_asked(node: Node) -> Iterator[str]:
    """The whole words that a query asks for, wherever in it; what it takes away is not asked for."""
    match node:
        case Words(prefix=prefix) | Exact(prefix=prefix):
            yield from node.words[:-1] if prefix else node.words
        case Not():
            return
        case NotNear(part):
            yield from words_asked(part)
        case Field(name) if name in FACT_FIELDS:
            return
        case _:
            for part in children(node):
                yield from words_asked(part)


def _of_words(words: tuple[str, ...], prefix: bool) -> Anchors:
    whole = words[:-1] if prefix else words
    found = [Anchor(AnchorKind.WORD, word, _likely(word)) for word in whole]
    if prefix:
        found.append(Anchor(AnchorKind.PREFIX, words[-1], _likely(words[-1]) * _PREFIX_FACTOR))
    return _rarest_of(found) if len(found) > 1 else tuple(found)


def _rarest_of(needed: list[Anchor]) -> Anchors:
    """The rarest of anchors that must all be there, with the next rarest beside it."""
    first, *others = sorted(dict.fromkeys(needed), key=lambda anchor: anchor.likely)
    return (first._replace(beside=others[0]) if others else first,)


def _of_all(needs: list[Anchors | None]) -> Anchors | None:
    """The rarest of several needs, each of its anchors with one from another need beside it."""
    there = sorted((need for need in needs if need is not None), key=_likely_any)
    if not there:
        return None
    beside = next((need[0]._replace(beside=None) for need in there[1:] if len(need) == 1), None)
    return tuple(anchor if anchor.beside else anchor._replace(beside=beside) for anchor in there[0])


def _of_any(needs: list[Anchors | None]) -> Anchors | None:
    found: list[Anchor] = []
    for need in needs:
        if need is None:
            return None
        found += need
    return tuple(dict.fromkeys(found))


def _likely_any(need: Anchors) -> float:
    return sum(anchor.likely for anchor in need)


def _likely(word: str) -> float:
    if word in STOP_WORDS:
        return 1.0
    if len(word) == 1 and not word.isascii():
        return _LIKELY_UNSPACED
    return _LIKELY_BY_LENGTH[min(len(word), len(_LIKELY_BY_LENGTH) - 1)]
