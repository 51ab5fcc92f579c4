"""The archive's index entries of an article, and what a query needs of them.

A lexeme is a folded word; `+` and a stem; or `~` and the skeleton of a name. Words never begin so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from watchlist.stems import all_stems, stem_code, stemmer_for
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
    found: set[str] = set()
    new: list[str] = []
    for chunk in text.chunks:
        its = known.get(chunk)
        if its is None:
            new.append(chunk)
        else:
            found.update(its)
    if new:
        spelled = [[*words_and_joined(chunk)] for chunk in new]
        skeletons_of([word for words in spelled for word in words])  # together, which costs far less
        for chunk, words in zip(new, spelled, strict=True):
            found.update(known.put(chunk, _lexemes_of(chunk, words, code)))
    return frozenset(found)


def _lexemes_of(chunk: str, spelled: list[str], code: str) -> tuple[str, ...]:
    """The lexemes of what stands between white space, with stems in the language of that code.

    `spelled`: its words, and those that are joined in it.
    """
    stem = stemmer_for(code)
    places = places_of(chunk)
    found = dict.fromkeys([word for word, _, _ in places])
    found.update(dict.fromkeys(f"+{stem(chunk[start:end])}" for _, start, end in places))
    found.update(dict.fromkeys(f"~{skeleton}" for word in spelled for skeleton in skeletons(word)))
    return tuple(map(intern, found))


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
