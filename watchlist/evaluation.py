"""Runs a query over one article: the exact meaning of the language."""

from __future__ import annotations

from watchlist.facts import fact_holds
from watchlist.leaves import leaf_mentions
from watchlist.mentions import Mention, distinct, minimal
from watchlist.proximity import join, keep_apart
from watchlist.query import (
    FACT_FIELDS,
    And,
    Concept,
    ConceptRef,
    Field,
    Near,
    Node,
    Not,
    NotNear,
    Or,
)
from watchlist.text import ZONES_OF_FIELD, ArticleText
from wirewatch.model import Zone


def matched(node: Node, text: ArticleText, zones: frozenset[Zone], furniture: bool = False) -> list[Mention] | None:
    """The mentions by which a query matches, or None where it does not.

    With `furniture`, words in furniture count too, but never for a NOT. An empty list is the match of a query that
    asks for no words at all, such as `lang:en`.
    """
    match node:
        case And(parts):
            return _all(parts, text, zones, furniture)
        case Or(parts):
            found = [mentions for part in parts if (mentions := matched(part, text, zones, furniture)) is not None]
            return distinct(mention for mentions in found for mention in mentions) if found else None
        case Field(name, _) if name in FACT_FIELDS:
            return [] if fact_holds(node, text.article) else None
        case Field(name, part):
            return matched(part, text, ZONES_OF_FIELD[name], furniture)
        case Concept(_, part):
            inside = matched(part, text, zones, furniture)
            return None if inside is None else [Mention(mention.words, node, (mention,)) for mention in inside]
        case _:
            return minimal_of(node, mentions_of(node, text, zones, furniture)) or None


def mentions_of(node: Node, text: ArticleText, zones: frozenset[Zone], furniture: bool = False) -> list[Mention]:
    """All mentions of a part that stands at places in the text, as NEAR takes them: also those that are not minimal."""
    match node:
        case Or(parts):
            return distinct(mention for part in parts for mention in mentions_of(part, text, zones, furniture))
        case Field(name, part):
            return mentions_of(part, text, ZONES_OF_FIELD[name], furniture)
        case Concept(_, part):
            inside = mentions_of(part, text, zones, furniture)
            return [Mention(mention.words, node, (mention,)) for mention in inside]
        case Near(left, right):
            one = mentions_of(left, text, zones, furniture)
            return join(node, one, mentions_of(right, text, zones, furniture), text) if one else []
        case NotNear(left, right):
            one = mentions_of(left, text, zones, furniture)
            return keep_apart(node, one, mentions_of(right, text, zones), text) if one else []
        case And() | Not() | ConceptRef():
            raise TypeError(f"{type(node).__name__} stands at no place in a text")
        case _:
            looked_in = zones | {Zone.FURNITURE} if furniture and Zone.BODY in zones else zones
            return leaf_mentions(node, text, looked_in)


def minimal_of(node: Node, mentions: list[Mention]) -> list[Mention]:
    """Of a NEAR's mentions the minimal ones; of anything else all."""
    return minimal(mentions) if isinstance(node, Near | NotNear) else mentions


def _all(parts: tuple[Node, ...], text: ArticleText, zones: frozenset[Zone], furniture: bool) -> list[Mention] | None:
    found: list[Mention] = []
    for part in parts:
        if isinstance(part, Not):
            if matched(part.part, text, zones) is not None:
                return None
            continue
        mentions = matched(part, text, zones, furniture)
        if mentions is None:
            return None
        found += mentions
    return distinct(found)
