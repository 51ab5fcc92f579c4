"""The watchlist: all terms, compiled once, run over article after article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from watchlist.concepts import Concepts
from watchlist.evaluation import matched
from watchlist.parser import parse
from watchlist.passages import matches_of
from watchlist.query import Query
from watchlist.rendering import render
from watchlist.text import ArticleText
from wirewatch import model
from wirewatch.errors import QueryError
from wirewatch.model import SEARCHED_ZONES, Article, Match, Term, Visibility


@dataclass(frozen=True, slots=True)
class Found:
    """A term that an article matches."""

    term: Term
    visibility: Visibility
    matches: tuple[Match, ...]


class Watchlist:
    """All terms of a watchlist; immutable, so threads may share it."""

    def __init__(self, compiled: Iterable[tuple[Term, Query]]) -> None:
        self._compiled = tuple(compiled)

    @classmethod
    def compile(cls, terms: Iterable[Term], concepts: Iterable[model.Concept]) -> Watchlist:
        """QueryError names the term or concept that is wrong."""
        known = Concepts(concepts)
        return cls((term, compile_term(term, known)) for term in terms)

    def match(self, article: Article) -> list[Found]:
        """The terms that an article matches, in their order."""
        text = ArticleText(article)
        found = (find(term, query, text) for term, query in self._compiled)
        return [one for one in found if one is not None]


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
