"""The watchlist: all terms, compiled once, run over article after article."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from watchlist.concepts import Concepts
from watchlist.index import Index
from watchlist.query import Query
from watchlist.terms import Found, compile_term, find
from watchlist.text import ArticleText
from wirewatch import model
from wirewatch.model import Article, Term

_MOST_PARSED: Final = 5_000


class Watchlist:
    """All terms of a watchlist; immutable, so threads may share it."""

    def __init__(self, terms: Iterable[Term], concepts: Concepts) -> None:
        self._terms = tuple(terms)
        self._concepts = concepts
        with _no_collections():
            self._index = Index(compile_term(term, concepts).root for term in self._terms)
        self._queries: dict[int, Query] = {}

    @classmethod
    def compile(cls, terms: Iterable[Term], concepts: Iterable[model.Concept]) -> Watchlist:
        """QueryError names the term or concept that is wrong."""
        return cls(terms, Concepts(concepts))

    def match(self, article: Article | ArticleText) -> list[Found]:
        """The terms that an article matches, in their order."""
        text = article if isinstance(article, ArticleText) else ArticleText(article)
        found = (find(self._terms[number], self._query(number), text) for number in self._index.candidates(text))
        return [one for one in found if one is not None]

    def candidates(self, text: ArticleText) -> list[Term]:
        """The terms that are looked at closely; all others are known not to match."""
        return [self._terms[number] for number in self._index.candidates(text)]

    def may_match(self, article: Article, languages: Collection[str]) -> bool:
        """Whether some term may match an article that has no words but this one's, in one of these languages.

        False is certain: it looks at words alone, so they may stand anywhere. No languages are any language.
        """
        if not self._index.knows_languages:
            return bool(self._index.candidates(ArticleText(article)))
        return not languages or any(
            self._index.candidates(ArticleText(replace(article, language=each))) for each in (None, *languages)
        )

    def _query(self, number: int) -> Query:
        """A parsed query; a tree takes far more room than its text, so only those lately used are kept."""
        query = self._queries.get(number)
        if query is None:
            query = compile_term(self._terms[number], self._concepts)
            if len(self._queries) >= _MOST_PARSED:
                self._queries = {}
            self._queries[number] = query
        return query


@contextmanager
def _no_collections() -> Iterator[None]:
    """Building makes millions of small values and no circles; collecting garbage would walk them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
