"""A parsed query: a tree of frozen values.

    Words "al-Sham", list*   Exact =HTS   Stem sanction+   Name ~Hmeimim       what stands in a text
    Near, NotNear                                                              where it stands
    And, Or, Not                                                               what an article has
    Field title:(…)   ConceptRef @delisting                                    where to look, what it is called

`column` is where a part begins in the query's text; it is no part of its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias, TypeVar, dataclass_transform

from wirewatch.folding import APOSTROPHES, Token, folded_words, tokens

ZONE_FIELDS: Final = ("title", "body", "any", "author")
"""Fields that say in which zones to look."""
FACT_FIELDS: Final = ("site", "lang", "url", "source")
"""Fields about the article as a whole."""
FIELDS: Final = (*ZONE_FIELDS, *FACT_FIELDS)

DEFAULT_DISTANCE: Final = 10
SHORTEST_PREFIX: Final = 3
_APOSTROPHES: Final = frozenset(APOSTROPHES)

_Shape = TypeVar("_Shape")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(shape: type[_Shape]) -> type[_Shape]:
    """A dataclass that the type checker holds frozen; one that is frozen when run takes three times as long to make."""
    return dataclass(unsafe_hash=True)(shape)


class Within(StrEnum):
    """A distance that is no number of words."""

    SENTENCE = "s"
    PARAGRAPH = "p"


@node
class Words:
    """One or more words in sequence; with `prefix`, the last one may go on."""

    text: str
    prefix: bool = False
    column: int = field(default=0, compare=False)
    words: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The folded words."""

    def __post_init__(self) -> None:
        self.__dict__["words"] = tuple(folded_words(self.text))


@node
class Exact:
    """These very characters: case, marks and punctuation count."""

    text: str
    prefix: bool = False
    column: int = field(default=0, compare=False)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The folded words with their places in `text`."""
        return tuple(tokens(self.text))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words."""
        return tuple(token.word for token in self.tokens)


@node
class Name:
    """A name in any of its spellings and scripts, but for the excluded ones (folded words, joined by spaces)."""

    text: str
    excluded: frozenset[str] = field(default=frozenset(), compare=False, kw_only=True)
    column: int = field(default=0, compare=False)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words; an apostrophe within a name (Hay'at, Sana'a) does not part it."""
        if _APOSTROPHES.isdisjoint(self.text):
            return tuple(folded_words(self.text))
        return tuple(token.word for token in self.tokens)

    @cached_property
    def tokens(self) -> list[Token]:
        """The words with their places in `text`."""
        return glued(self.text, tokens(self.text))


@node
class Stem:
    """Every inflection of a word in the article's language."""

    text: str
    column: int = field(default=0, compare=False)


@node
class ConceptRef:
    """A concept by its name, which is looked up when the query is compiled."""

    name: str
    column: int = field(default=0, compare=False)


@node
class Near:
    """Both sides with at most `within` words between them; with `ordered`, the left one first."""

    left: Node
    right: Node
    within: int | Within = DEFAULT_DISTANCE
    ordered: bool = False
    column: int = field(default=0, compare=False)


@node
class NotNear:
    """A mention of the left side that has no right side within reach."""

    left: Node
    right: Node
    within: int | Within = DEFAULT_DISTANCE
    ordered: bool = False
    column: int = field(default=0, compare=False)


@node
class And:
    """Every part, somewhere in the zones that are looked in; `Not` parts take away."""

    parts: tuple[Node, ...]
    column: int = field(default=0, compare=False)


@node
class Or:
    """Some part."""

    parts: tuple[Node, ...]
    column: int = field(default=0, compare=False)


@node
class Not:
    """Stands only among the parts of an `And`."""

    part: Node
    column: int = field(default=0, compare=False)


@node
class Field:
    """A part looked for in one field."""

    name: str
    part: Node
    column: int = field(default=0, compare=False)


@node
class Concept:
    """A concept with its query in place: what a `ConceptRef` becomes."""

    name: str
    part: Node
    column: int = field(default=0, compare=False)


Leaf: TypeAlias = Words | Exact | Name | Stem
Node: TypeAlias = Leaf | ConceptRef | Concept | Near | NotNear | And | Or | Not | Field


@node
class Alias(Concept):
    """Another query that stands for a whole term; `name` is how it was written."""


@node
class Query:
    """A parsed query and the text it was parsed from, which errors show."""

    root: Node
    text: str = field(compare=False)


def glued(text: str, words: list[Token]) -> list[Token]:
    """The words of a text with those made one that only an apostrophe parts."""
    found: list[Token] = []
    for token in words:
        before = found[-1] if found else None
        if before and token.start == before.end + 1 and text[before.end] in APOSTROPHES:
            found[-1] = Token(before.word + token.word, before.start, token.end)
        else:
            found.append(token)
    return found


def children(node: Node) -> tuple[Node, ...]:
    """The parts a node is made of, left to right."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Near(left, right) | NotNear(left, right):
            return (left, right)
        case Not(part) | Field(_, part) | Concept(_, part):
            return (part,)
        case _:
            return ()
