"""What an article must have at least, for a query to be worth evaluating: a few anchors, each rare and sufficient.

Every match has one of a query's anchors in it, and the word beside that anchor where one is named.
"""

from __future__ import annotations

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

    `beside` is a folded word that must be there too; `likely` is a guess at how many articles have the anchor.
    """

    kind: AnchorKind
    text: str
    beside: str | None
    likely: float


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
            return (Anchor(AnchorKind.STEM, text, None, _likely(text) * _STEM_FACTOR),)
        case Name():
            words = core(node.words)
            kind = AnchorKind.NAME if len(words) == 1 else AnchorKind.NAME_PART
            rarest = max(words, key=len)
            return (Anchor(kind, rarest, None, _likely(rarest)),)
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


def _of_words(words: tuple[str, ...], prefix: bool) -> Anchors:
    if len(words) == 1:
        word = words[0]
        if prefix:
            return (Anchor(AnchorKind.PREFIX, word, None, _likely(word) * _PREFIX_FACTOR),)
        return (Anchor(AnchorKind.WORD, word, None, _likely(word)),)
    whole = sorted(set(words[:-1] if prefix else words), key=_likely)
    beside = whole[1] if len(whole) > 1 else None
    return (Anchor(AnchorKind.WORD, whole[0], beside, _likely(whole[0])),)


def _of_all(needs: list[Anchors | None]) -> Anchors | None:
    """The rarest of several needs, each of its anchors with a word from another need beside it."""
    there = sorted((need for need in needs if need is not None), key=_likely_any)
    if not there:
        return None
    best = there[0]
    beside = next((need[0].text for need in there[1:] if len(need) == 1 and need[0].kind is AnchorKind.WORD), None)
    if beside is None:
        return best
    return tuple(anchor if anchor.beside else anchor._replace(beside=beside) for anchor in best)


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
