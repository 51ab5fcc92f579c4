"""What an article must have at least, for a query to be worth evaluating.

A query can match in one or more ways (the branches of an OR). A way has needs, all of which must be fulfilled; a set of
alternatives is fulfilled by one of them. Whatever matches fulfils all needs of one of its query's ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

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


class Kind(IntEnum):
    """What a text may have beside words. `PAIR` is two words of a name one after the other, in any spelling."""

    PREFIX = 1
    STEM = 2
    NAME = 3
    PAIR = 4


class Trait(NamedTuple):
    """`text` is a prefix, a word to be stemmed, a name of one word, or two words of one joined by a space."""

    kind: Kind
    text: str


Single: TypeAlias = str | Trait
"""A folded word, or something else that a text may have."""


class Choice(tuple[Single, ...]):
    """Alternatives, one of which must be there; a set of so few would take three times the room."""

    __slots__ = ()


Need: TypeAlias = Single | Choice
Way: TypeAlias = list[Need]

_LIKELY_BY_LENGTH: Final = (1.0, 0.6, 0.4, 0.2, 0.1, 0.06, 0.04, 0.025, 0.015, 0.01)
_LIKELY_UNSPACED: Final = 0.2
_FACTORS: Final = {Kind.PREFIX: 8.0, Kind.STEM: 8.0, Kind.NAME: 1.0, Kind.PAIR: 0.1}
_MOST_NEEDS: Final = 8
"""Of a long phrase the rarest words tell enough."""


def ways_of(node: Node) -> list[Way]:
    """The ways in which a query can match; a way without needs is one that asks for no word at all."""
    match node:
        case Words(prefix=False) if len(node.words) <= _MOST_NEEDS:
            return [[*dict.fromkeys(node.words)]]
        case Or(parts):
            return [way for part in parts for way in ways_of(part)]
        case Concept(_, part):
            return ways_of(part)
        case Field(name, part) if name not in FACT_FIELDS:
            return ways_of(part)
        case _:
            needs = list(dict.fromkeys(_needs_of(node)))
            return [needs if len(needs) <= _MOST_NEEDS else sorted(needs, key=_likely_any)[:_MOST_NEEDS]]


def likely(single: Single) -> float:
    """A guess at the share of articles that have it."""
    if isinstance(single, Trait):
        return likely(single.text) * _FACTORS[single.kind]
    if single in STOP_WORDS:
        return 1.0
    if len(single) == 1 and not single.isascii():
        return _LIKELY_UNSPACED
    return _LIKELY_BY_LENGTH[min(len(single), len(_LIKELY_BY_LENGTH) - 1)]


def _needs_of(node: Node) -> list[Need]:
    match node:
        case Words(prefix=False) | Exact(prefix=False):
            return [*node.words]
        case And(parts):
            return [need for part in parts if not isinstance(part, Not) for need in _needs_of(part)]
        case Or(parts):
            return _of_any([_needs_of(part) for part in parts])
        case Words() | Exact():
            *whole, last = node.words
            return [*whole, Trait(Kind.PREFIX, last)]
        case Stem(text):
            return [Trait(Kind.STEM, text)]
        case Name():
            return [_of_name(core(node.words))]
        case Near(left, right):
            return [*_needs_of(left), *_needs_of(right)]
        case Field(name, part) if name not in FACT_FIELDS:
            return _needs_of(part)
        case NotNear(part) | Concept(_, part):
            return _needs_of(part)
        case _:
            return []


def _of_name(words: tuple[str, ...]) -> Trait:
    """The two neighbours that are longest together, or the only word."""
    if len(words) == 1:
        return Trait(Kind.NAME, words[0])
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    return Trait(Kind.PAIR, max(pairs, key=len))


def _of_any(branches: list[list[Need]]) -> list[Need]:
    """The one need that whatever branch matches fulfils: the rarest of each branch."""
    if not all(branches):
        return []
    rarest = [needs[0] if len(needs) == 1 else min(needs, key=_likely_any) for needs in branches]
    choice = Choice(dict.fromkeys([single for need in rarest for single in alternatives(need)]))
    return [choice if len(choice) > 1 else choice[0]]


def alternatives(need: Need) -> Iterable[Single]:
    """What fulfils a need."""
    return need if isinstance(need, Choice) else (need,)


def _likely_any(need: Need) -> float:
    return sum(map(likely, need)) if isinstance(need, Choice) else likely(need)
