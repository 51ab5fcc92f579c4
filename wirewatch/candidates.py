"""What a query needs of an article's index entries: how the archive finds candidates before a query is evaluated.

The watchlist turns a query into such an expression and an article into its lexemes; storage only evaluates the one
over the other. It may return too many articles, never too few: the query itself decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Lexeme:
    """The article has this lexeme; with `prefix`, one that begins so."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; at least one part."""

    parts: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some part holds; at least one part."""

    parts: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True)
class Everything:
    """No lexeme narrows this query: every article is a candidate."""


Candidates: TypeAlias = Lexeme | AllOf | AnyOf | Everything
