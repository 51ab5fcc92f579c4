"""A term: its query, its aliases, and the conditions beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from watchlist.concepts import Concepts
from watchlist.evaluation import matched
from watchlist.parser import parse
from watchlist.passages import matches_of
from watchlist.query import Alias, And, Concept, Field, Name, Near, Node, Not, NotNear, Or, Query
from watchlist.text import ArticleText
from wirewatch.errors import QueryError
from wirewatch.folding import fold_text
from wirewatch.model import SEARCHED_ZONES, Article, Match, Term, Visibility


@dataclass(frozen=True, slots=True)
class Found:
    """A term that an article matches."""

    term: Term
    visibility: Visibility
    matches: tuple[Match, ...]


def compile_term(term: Term, concepts: Concepts) -> Query:
    """A term's query or one of its aliases, with its concepts in place; QueryError names the term."""
    try:
        query = concepts.resolve(parse(term.query))
        root = query.root
        if term.aliases:
            aliases = (Alias(alias, concepts.resolve(parse(alias)).root) for alias in term.aliases)
            root = Or((root, *aliases))
        if term.exclude:
            root = _excluding(root, frozenset(fold_text(word) for word in term.exclude))
    except QueryError as error:
        raise (error if error.where else error.of(f"term {term.name}")) from None
    return query if root is query.root else replace(query, root=root)


def find(term: Term, query: Query, text: ArticleText) -> Found | None:
    """Evaluate one term: in the article's zones first, then, for a suppressed hit, with furniture."""
    if unmet(term, text.article):
        return None
    zones = frozenset(term.zones) or SEARCHED_ZONES
    for visibility, furniture in ((Visibility.LIVE, False), (Visibility.SUPPRESSED, True)):
        if furniture and not text.has_furniture:
            break
        mentions = matched(query.root, text, zones, furniture)
        if mentions is not None:
            matches = matches_of(term.name, mentions, text, query)
            if len(matches) >= term.min_matches:
                return Found(term, visibility, matches)
    return None


def unmet(term: Term, article: Article) -> list[str]:
    """The conditions of a term that an article does not meet, in words; what is not known of it is no obstacle."""
    reasons = []
    if term.languages and article.language and not _speaks(article.language, term.languages):
        reasons.append(f"the term is for articles in {', '.join(term.languages)}; this one is in {article.language}")
    if term.sources and article.source and article.source not in term.sources:
        reasons.append(f"the term is for the sources {', '.join(term.sources)}; this one is from {article.source}")
    return reasons


def _speaks(language: str, wanted: Sequence[str]) -> bool:
    spoken = language.replace("_", "-").lower()
    asked = [each.replace("_", "-").lower() for each in wanted]
    return any(spoken == each or spoken.startswith(f"{each}-") for each in asked)


def _excluding(node: Node, words: frozenset[str]) -> Node:
    """The part with its names blind to those spellings."""
    match node:
        case Name():
            return replace(node, excluded=words)
        case And(parts) | Or(parts):
            return replace(node, parts=tuple(_excluding(part, words) for part in parts))
        case Near(left, right) | NotNear(left, right):
            return replace(node, left=_excluding(left, words), right=_excluding(right, words))
        case Not(part) | Field(_, part) | Concept(_, part):
            return replace(node, part=_excluding(part, words))
        case _:
            return node
