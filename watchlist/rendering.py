"""Writes a query tree as text that parses to the same tree."""

from __future__ import annotations

import re
from typing import Final

from watchlist.query import (
    DEFAULT_DISTANCE,
    Alias,
    And,
    Concept,
    ConceptRef,
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

_OPERATOR: Final = re.compile(r"AND|OR|NOT|O?NEAR(/\S*)?")
_NEEDS_QUOTES: Final = re.compile(r"""[\s()（）"“”„‟＂«»*]|^[-~=@]|^[A-Za-z]+[:：]|\+$""")
_EXACT_NEEDS_QUOTES: Final = re.compile(r"""[\s()（）"“”„‟＂«»]|^[-~=@]|\*$""")


def render(query: Query | Node) -> str:
    """The query in one canonical form: `parse(render(query)) == query`."""
    return _render(query.root if isinstance(query, Query) else query)


def _render(node: Node) -> str:
    match node:
        case Words(text, prefix):
            return _words(text, prefix)
        case Exact(text, prefix):
            quoted = _EXACT_NEEDS_QUOTES.search(text)
            star = "*" if prefix else ""
            return f'="{text}{star}"' if quoted else f"={text}{star}"
        case Name(text):
            return "~" + _words(text, prefix=False)
        case Stem(text):
            return f"{text}+"
        case Alias(_, part):
            return _render(part)
        case ConceptRef(name) | Concept(name):
            return f"@{name}"
        case Field(name, part):
            return f"{name}:{_bracketed(part, And, Or, Near, NotNear)}"
        case Not(part):
            return f"NOT {_bracketed(part, And, Or)}"
        case And(parts):
            return " ".join(_bracketed(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(_render(part) for part in parts)
        case Near() | NotNear():
            return _near(node)


def _near(node: Near | NotNear) -> str:
    operator = ("NOT " if isinstance(node, NotNear) else "") + ("ONEAR" if node.ordered else "NEAR")
    reach = "" if node.within == DEFAULT_DISTANCE else f"/{node.within}"
    left = _bracketed(node.left, And, Or)
    right = _bracketed(node.right, And, Or, Near, NotNear)
    return f"{left} {operator}{reach} {right}"


def _bracketed(node: Node, *kinds: type[Node]) -> str:
    text = _render(node)
    return f"({text})" if isinstance(node, kinds) else text


def _words(text: str, prefix: bool) -> str:
    star = "*" if prefix else ""
    if _OPERATOR.fullmatch(text) or _NEEDS_QUOTES.search(text):
        return f'"{text}{star}"'
    return text + star
