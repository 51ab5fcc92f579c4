"""The watchlist: all terms, compiled once, run over article after article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from watchlist.anchors import anchors_of
from watchlist.concepts import Concepts
from watchlist.evaluation import matched
from watchlist.index import Index
from watchlist.parser import parse
from watchlist.passages import matches_of
from watchlist.query import Query
from watchlist.rendering import render
from watchlist.text import ArticleText
from wirewatch import model
from wirewatch.errors import QueryError
from wirewatch.model import SEARCHED_ZONES, Article, Match, Term, Visibility

_MOST_PARSED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """A term that an article matches."""

    term: Term
    visibility: Visibility
    matches: tuple[Match, ...]


class Watchlist:
    """All terms of a watchlist; immutable, so threads may share it."""

    def __init__(self, terms: Iterable[Term], concepts: Concepts) -> None:
        self._terms = tuple(terms)
        self._concepts = concepts
        self._index = Index(anchors_of(compile_term(term, concepts).root) for term in self._terms)
        self._queries: dict[int, Query] = {}

    @classmethod
    def compile(cls, terms: Iterable[Term], concepts: Iterable[model.Concept]) -> Watchlist:
        """QueryError names the term or concept that is wrong."""
        return cls(terms, Concepts(concepts))

    def match(self, article: Article) -> list[Found]:
        """The terms that an article matches, in their order."""
        numbers = self._index.candidates(article)
        if not numbers:
            return []
        text = ArticleText(article)
        found = (find(self._terms[number], self._query(number), text) for number in numbers)
        return [one for one in found if one is not None]

    def _query(self, number: int) -> Query:
        """A parsed query; a tree takes far more room than its text, so only those lately used are kept."""
        query = self._queries.get(number)
        if query is None:
            query = compile_term(self._terms[number], self._concepts)
            if len(self._queries) >= _MOST_PARSED:
                self._queries = {}
            self._queries[number] = query
        return query


def compile_term(term: Term, concepts: Concepts) -> Query:
    """A term's query with its concepts in place; QueryError names the term."""
    try:
        return concepts.resolve(parse(term.query))
    except QueryError as error:
        raise (error if error.where else error.of(f"term {term.name}")) from None


def find(term: Term, query: Query, text: ArticleText) -> Found | None:
    """Evaluate one term: in the article's zones first, then, for a suppressed hit, with furniture."""
    visibility = Visibility.LIVE
    mentions = matched(query.root, text, SEARCHED_ZONES)
    if mentions is None:
        visibility = Visibility.SUPPRESSED
        mentions = matched(query.root, text, SEARCHED_ZONES, furniture=True)
    if mentions is None:
        return None
    return Found(term, visibility, matches_of(term.name, mentions, text, render(query)))
