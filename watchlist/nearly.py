"""Near misses: articles that a term does not hit, and would if it were a little less strict.

A relaxed query has wider and unordered NEARs, no NOT, no fields that name a zone, and words for `=exact` ones. What it
finds and the term does not is what an analyst looks at before loosening a term, or to see that it is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from watchlist.concepts import Concepts
from watchlist.evaluation import matched
from watchlist.explaining import Explanation, explain
from watchlist.lexemes import candidates
from watchlist.query import (
    ZONE_FIELDS,
    And,
    Concept,
    Exact,
    Field,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Query,
    Within,
    Words,
)
from watchlist.terms import compile_term, find
from watchlist.text import ArticleText
from wirewatch import model
from wirewatch.candidates import AnyOf, Candidates
from wirewatch.model import SEARCHED_ZONES, Article, Term, Visibility


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A term that an article nearly hits; the explanation says what stood in the way."""

    term: Term
    explanation: Explanation


class NearMisses:
    """Finds the near misses of some terms (at least one); immutable. QueryError names the term that is wrong."""

    def __init__(self, terms: Iterable[Term], concepts: Sequence[model.Concept]) -> None:
        known = Concepts(concepts)
        self._concepts = concepts
        compiled = [(term, compile_term(term, known)) for term in terms]
        self._watched = [(term, query, relaxed(query)) for term, query in compiled]

    @property
    def candidates(self) -> Candidates:
        """What an article's index entries must hold for a near miss to be possible."""
        return AnyOf(tuple(candidates(loose, self._concepts) for _term, _query, loose in self._watched))

    def of(self, article: Article) -> list[NearMiss]:
        """The near misses in an article; a suppressed hit is one: its words are there, in furniture."""
        text = ArticleText(article)
        return [
            NearMiss(term, explain(term, self._concepts, article))
            for term, query, loose in self._watched
            if matched(loose.root, text, SEARCHED_ZONES, furniture=True) is not None and not _is_live(term, query, text)
        ]


def relaxed(query: Query) -> Query:
    """The query, less strict: it matches wherever the query does, and nearby."""
    return replace(query, root=_relaxed(query.root))


def _is_live(term: Term, query: Query, text: ArticleText) -> bool:
    found = find(term, query, text)
    return found is not None and found.visibility is Visibility.LIVE


def _relaxed(node: Node) -> Node:
    match node:
        case Near(left, right, within):
            return Near(_relaxed(left), _relaxed(right), _wider(within), ordered=False, column=node.column)
        case NotNear(left):
            return _relaxed(left)
        case And(parts):
            kept = tuple(_relaxed(part) for part in parts if not isinstance(part, Not))
            return kept[0] if len(kept) == 1 else replace(node, parts=kept)
        case Or(parts):
            return replace(node, parts=tuple(_relaxed(part) for part in parts))
        case Exact(text, prefix):
            return Words(text, prefix, node.column)
        case Field(name, part) if name in ZONE_FIELDS:
            return _relaxed(part)
        case Field(_, part) | Concept(_, part):
            return replace(node, part=_relaxed(part))
        case _:
            return node


def _wider(within: int | Within) -> int | Within:
    if isinstance(within, Within):
        return Within.PARAGRAPH
    return 2 * within + 5
