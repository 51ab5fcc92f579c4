"""Hints about queries that are correct and yet may not do what their author thinks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from watchlist.concepts import Concepts
from watchlist.parser import parse
from watchlist.query import (
    FACT_FIELDS,
    And,
    Concept,
    Exact,
    Field,
    Name,
    Node,
    Not,
    Or,
    Words,
    children,
)
from watchlist.rendering import render
from watchlist.stopwords import STOP_WORDS
from wirewatch.errors import QueryError
from wirewatch.folding import is_unspaced

_LOWER_CASE_OPERATOR: Final = re.compile(r"and|or|not|o?near(/\w+)?")
_TRANSCRIBED: Final = re.compile(r"\b(al|el|ash|as|ar|an|at|ad|az)-[A-Z]")
_VERBAL_NOUN: Final = re.compile(r"[a-z]{4,}ing")
_SHORT_PREFIX: Final = 4


def lint(query: str, concepts: Concepts) -> list[str]:
    """Hints about one query that parses, each once."""
    parsed = parse(query)
    resolved = concepts.resolve(parsed).root
    hints = [*_operators(parsed.root), *_words(parsed.root), *_one_form(parsed.root), *_impossible(resolved)]
    return list(dict.fromkeys(hints))


def prefixes(query: str, concepts: Concepts) -> list[str]:
    """The folded beginnings of words that a query's single-word wildcards look for, each once."""
    walked = _walk(concepts.resolve(parse(query)).root)
    words = (node for node in walked if isinstance(node, Words) and node.prefix and len(node.words) == 1)
    return list(dict.fromkeys(node.words[0] for node in words))


def plain_name(query: str) -> str | None:
    """The query with `~` for a query that is no more than a name with capitals; None for any other."""
    root = parse(query).root
    if not isinstance(root, Words) or root.prefix or not root.text[:1].isupper() or root.text.isupper():
        return None
    name = f'~"{root.text}"' if " " in root.text else f"~{root.text}"
    try:
        parse(name)
    except QueryError:
        return None  # too short to be told from other words
    return name


def _operators(root: Node) -> Iterator[str]:
    """Lower-case operators, which are words."""
    for node in _walk(root):
        if isinstance(node, And):
            for part in node.parts:
                if isinstance(part, Words) and _LOWER_CASE_OPERATOR.fullmatch(part.text):
                    yield f"“{part.text}” is looked for as a word; the operator is {part.text.split('/')[0].upper()}"
                if isinstance(part, Words) and "?" in part.text.strip("?"):
                    yield f"“{part.text}”: ? is no wildcard here; write the spellings with OR"


def _words(root: Node) -> Iterator[str]:
    alternatives = root.parts if isinstance(root, Or) else (root,)
    for alternative in alternatives:
        if isinstance(alternative, Words) and len(alternative.words) == 1 and not is_unspaced(alternative.words[0]):
            yield from _too_common(alternative)
    for node in _walk(root):
        if not isinstance(node, Words):
            continue
        if node.prefix and len(node.words) == 1 and len(node.words[0]) < _SHORT_PREFIX:
            yield f"{render(node)} matches every word that begins with {node.text}; a longer beginning is safer"
        if _TRANSCRIBED.search(node.text):
            quoted = f'"{node.text}"' if " " in node.text else node.text
            yield f"“{node.text}” looks like a transcribed name; ~{quoted} would also find its other spellings"


def _one_form(root: Node) -> Iterator[str]:
    """Verbal nouns in a query that is words and nothing else, as one first writes it: `Taliban delisting`."""
    parts = root.parts if isinstance(root, And) else (root,)
    if not all(isinstance(part, Words) and len(part.words) == 1 and not part.prefix for part in parts):
        return
    for part in parts:
        if isinstance(part, Words) and _VERBAL_NOUN.fullmatch(part.text):
            verb = part.text.removesuffix("ing")
            yield f"“{part.text}” is looked for in this form alone; {part.text}+ finds {verb}s and {verb}ed too"


def _too_common(node: Words) -> Iterator[str]:
    word = node.words[0]
    if len(word) == 1:
        yield f"“{node.text}” is a single letter and will match very often"
    elif word in STOP_WORDS and not node.prefix:
        yield f"“{node.text}” is one of the commonest words and will match nearly every article"


def _impossible(root: Node) -> Iterator[str]:
    """Parts that can never match."""
    for node in _walk(root):
        if isinstance(node, And):
            wanted = {render(part) for part in node.parts if not isinstance(part, Not)}
            for part in node.parts:
                if isinstance(part, Not) and render(part.part) in wanted:
                    yield f"{render(node)} can never match: it asks for {render(part.part)} and takes it away"
            languages = [part for part in node.parts if isinstance(part, Field) and part.name == "lang"]
            if len(languages) > 1:
                yield "an article has one language; join lang: fields with OR"


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Exact | Name | Concept) or (isinstance(node, Field) and node.name in FACT_FIELDS):
        return
    for part in children(node):
        yield from _walk(part)
