"""The archive's index entries of an article, and what a query needs of them.

A lexeme is a folded word; `+` and a stem; or `~` and the skeleton of a name. Words never begin so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from sys import intern
from typing import Final

from watchlist.concepts import Concepts
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
    Query,
    Stem,
    Words,
)
from watchlist.skeletons import skeletons, skeletons_of
from watchlist.stems import all_stems, stem_code, stems_of
from watchlist.text import ArticleText, words_and_joined
from wirewatch import model
from wirewatch.candidates import AllOf, AnyOf, Candidates, Everything, Lexeme
from wirewatch.folding import places_of
from wirewatch.memory import Memory
from wirewatch.model import Article

LEXEMES_VERSION: Final = 2
"""Raise it whenever an article may get other lexemes than before: folding, stems, how names sound."""

_MOST_REMEMBERED: Final = 60_000
_of_chunks: Final[dict[str, Memory[str, tuple[str, ...]]]] = {}
"""By language: the lexemes of chunks, almost all of which come again in other articles."""


def lexemes(article: Article | ArticleText) -> frozenset[str]:
    """What the archive keeps of an article to find it by; furniture's words too, for suppressed hits."""
    text = article if isinstance(article, ArticleText) else ArticleText(article)
    code = stem_code(text.article.language)
    known = _of_chunks.setdefault(code, Memory(_MOST_REMEMBERED))
    chunks = [*text.chunks]
    met = [*map(known.recent.get, chunks)]
    found = set(chain.from_iterable(filter(None, met)))
    new: list[str] = []
    for chunk in [chunk for chunk, its in zip(chunks, met, strict=True) if its is None]:
        its = known.get(chunk)
        if its is None:
            new.append(chunk)
        else:
            found.update(its)
    for chunk, its in zip(new, _of_each(new, code) if new else (), strict=True):
        found.update(known.put(chunk, its))
    return frozenset(found)


def _of_each(chunks: Sequence[str], code: str) -> list[tuple[str, ...]]:
    """The lexemes of what stands between white space, with stems in the language of that code.

    Stems and skeletons are made of all together, which costs far less.
    """
    placed = [*map(places_of, chunks)]
    surfaces = [chunk[start:end] for chunk, places in zip(chunks, placed, strict=True) for _, start, end in places]
    stems = iter(stems_of(surfaces, code))
    spelled = [[*words_and_joined(chunk)] for chunk in chunks]
    its_skeletons = iter(skeletons_of([word for words in spelled for word in words]))
    return [
        tuple(
            dict.fromkeys(
                [intern(word) for word, _, _ in places]
                + [intern("+" + next(stems)) for _ in places]
                + [intern("~" + skeleton) for _ in words for skeleton in next(its_skeletons)]
            )
        )
        for places, words in zip(placed, spelled, strict=True)
    ]


def candidates(query: Query, concepts: Iterable[model.Concept]) -> Candidates:
    """What an article's lexemes must fulfil for the query to have a chance; QueryError as in compiling."""
    return _needed(Concepts(concepts).resolve(query).root)


def _needed(node: Node) -> Candidates:
    match node:
        case Words(prefix=prefix) | Exact(prefix=prefix):
            *earlier, last = node.words
            return _all_of([*(Lexeme(word) for word in earlier), Lexeme(last, prefix)])
        case Stem(text):
            return _any_of([Lexeme(f"+{stem}") for stem in sorted(all_stems(text))])
        case Name():
            return _all_of([_spelled(word) for word in core(node.words)])
        case And(parts):
            return _all_of([_needed(part) for part in parts if not isinstance(part, Not)])
        case Or(parts):
            return _any_of([_needed(part) for part in parts])
        case Near(left, right):
            return _all_of([_needed(left), _needed(right)])
        case Field(name, part):
            return Everything() if name in FACT_FIELDS else _needed(part)
        case NotNear(part, _) | Concept(_, part):
            return _needed(part)
        case _:
            return Everything()


def _spelled(word: str) -> Candidates:
    spellings = [Lexeme(word), *(Lexeme(f"~{skeleton}") for skeleton in sorted(skeletons(word)))]
    return _any_of(spellings)


def _all_of(parts: Sequence[Candidates]) -> Candidates:
    narrowing = list(dict.fromkeys(part for part in parts if not isinstance(part, Everything)))
    if not narrowing:
        return Everything()
    return narrowing[0] if len(narrowing) == 1 else AllOf(tuple(narrowing))


def _any_of(parts: Sequence[Candidates]) -> Candidates:
    if any(isinstance(part, Everything) for part in parts):
        return Everything()
    distinct = list(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AnyOf(tuple(distinct))
