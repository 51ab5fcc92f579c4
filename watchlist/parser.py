"""Reads a query; the grammar is in docs/watchlist-language.md."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from watchlist.lexer import (
    CLOSING,
    END,
    OPENING,
    OPERATORS,
    QUOTES,
    cut,
    is_closed,
    is_concept,
    is_distance,
    is_field,
    is_verbatim,
    unknown_field,
)
from watchlist.query import (
    DEFAULT_DISTANCE,
    FIELDS,
    SHORTEST_PREFIX,
    And,
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
    Within,
    Words,
)
from watchlist.shape import check_shape
from wirewatch.errors import QueryError
from wirewatch.folding import folded_words, is_unspaced

DEEPEST: Final = 60
"""Brackets in brackets, and NEARs in a chain; more is no query that a person can read."""
FARTHEST: Final = 100_000

_NO_TERM: Final = frozenset({END, *CLOSING})
_AFTER_GROUP: Final = frozenset({*_NO_TERM, "OR"})

Mode: TypeAlias = Literal["", "~", "="]


def parse(text: str) -> Query:
    """Parse a query; QueryError says where it is wrong and what was expected there."""
    parser = _Parser(text)
    query = Query(parser.query(), text)
    if parser.has_rules:
        check_shape(query)
    return query


class _Parser:
    """`piece` is the next one; `has_rules`: something was read of which `check_shape` may find that it cannot be so."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces, self.columns = cut(text)
        self.number = 0
        self.piece = self.pieces[0]
        self.depth = 0
        self.has_rules = False

    def take(self) -> None:
        self.number += 1
        self.piece = self.pieces[self.number]

    def take_before_term(self, called: str | None = None) -> None:
        """Take a piece that needs a term after it."""
        at = self.number
        self.take()
        if self.piece in _NO_TERM:
            raise self.error(f"{called or self.pieces[at]} needs a term after it", at)

    def error(self, message: str, at: int | None = None) -> QueryError:
        number = self.number if at is None else at
        return QueryError(message, self.text, self.columns[number], len(self.pieces[number]))

    def query(self) -> Node:
        if self.piece == END:
            raise self.error("the query is empty; expected a word or phrase")
        root = self.alternatives("")
        if self.piece != END:
            raise self.error('")" has no "(" before it')
        return root

    def alternatives(self, mode: Mode) -> Node:
        first = self.group(mode)
        if self.piece != "OR":
            return first
        parts, column = [first], self.columns[self.number]
        while self.piece == "OR":
            self.take_before_term()
            parts.append(self.group(mode))
        return Or(_flat(parts, Or), column)

    def group(self, mode: Mode) -> Node:
        first = self.item(mode)
        if isinstance(first, Not):
            self.has_rules = True
        elif self.piece in _AFTER_GROUP:
            return first
        parts = [first]
        while self.piece not in _AFTER_GROUP:
            if self.piece == "AND":
                self.take_before_term()
            parts.append(self.item(mode))
        return And(_flat(parts, And), first.column)

    def item(self, mode: Mode) -> Node:
        if self.piece == "NOT":
            column = self.columns[self.number]
            if self.pieces[self.number + 1] == "NOT":
                self.take()
                raise self.error("NOT NOT says nothing; leave both out")
            self.take_before_term()
            return Not(self.proximity(mode), column)
        if self.piece == "-" and self.at_minus():
            column = self.columns[self.number]
            self.take()
            return Not(self.unary(mode), column)
        return self.proximity(mode)

    def proximity(self, mode: Mode) -> Node:
        left = self.unary(mode)
        length = 0
        while True:
            negated = self.piece == "NOT" and is_distance(self.pieces[self.number + 1])
            if not negated and not is_distance(self.piece):
                return left
            if negated:
                self.take()
            at, operator = self.number, self.piece
            within = self.reach(operator)
            self.take_before_term()
            self.has_rules = True
            shape = NotNear if negated else Near
            left = shape(left, self.unary(mode), within, operator.startswith("ONEAR"), self.columns[at])
            length += 1
            if length + self.depth > DEEPEST:
                raise self.error(f"more than {DEEPEST} NEARs in a chain", at)

    def reach(self, operator: str) -> int | Within:
        name, slash, written = operator.partition("/")
        if not slash:
            return DEFAULT_DISTANCE
        if written in ("s", "p"):
            return Within(written)
        if written.isascii() and written.isdigit() and int(written) <= FARTHEST:
            return int(written)
        raise self.error(
            f'expected a number of words up to {FARTHEST}, "s" (same sentence) or "p" (same paragraph) after "{name}/"'
        )

    def unary(self, mode: Mode) -> Node:
        piece = self.piece
        if piece.isalnum() and piece not in OPERATORS:
            return self.leaf(piece, mode)
        if piece in OPERATORS or is_distance(piece):
            raise self.error(f'{piece} needs a term before it, or quotes to be a word: "{piece}"')
        if piece[0] in QUOTES:
            return self.phrase(mode)
        if piece in OPENING:
            return self.bracketed(mode)
        if piece in ("~", "="):
            return self.marked(mode)
        if is_field(piece):
            return self.field(mode)
        if is_concept(piece):
            return self.concept(mode)
        if piece in CLOSING or self.at_minus():
            raise self.error(f'expected a word or phrase here, not "{piece}"')
        if mode == "" and piece.endswith("+") and len(piece) > 1:
            return self.stem()
        return self.leaf(piece, mode)

    def bracketed(self, mode: Mode) -> Node:
        opening = self.number
        self.take()
        if self.piece in CLOSING:
            raise self.error('expected a word or phrase between "(" and ")"')
        if self.piece == END:
            raise self.error('"(" is never closed', opening)
        self.deepen(opening)
        inside = self.alternatives(mode)
        self.depth -= 1
        if self.piece == END:
            raise self.error('"(" is never closed', opening)
        self.take()
        return inside

    def field(self, mode: Mode) -> Node:
        at, name = self.number, self.piece[:-1].lower()
        if name not in FIELDS:
            raise self.error(unknown_field(self.piece, self.text[self.columns[at] :]))
        self.take_before_term(f"{name}:")
        self.has_rules = True
        self.deepen(at)
        part = self.unary(mode)
        self.depth -= 1
        return Field(name, part, self.columns[at])

    def marked(self, mode: Mode) -> Node:
        at, mark = self.number, self.piece
        self.take()
        if mode or self.piece in ("~", "=") or self.at_minus():
            raise self.error('"~" (a name in any spelling) and "=" (these very characters) do not go together', at)
        if mark == "=" and self.columns[at + 1] == self.columns[at] + 1 and is_verbatim(self.piece):
            return self.leaf(self.piece, "=")
        if is_field(self.piece):
            raise self.error(f"write the field first: {self.piece.lower()}{mark}…", at)
        if self.piece in _NO_TERM:
            raise self.error(f'"{mark}" needs a term after it', at)
        self.deepen(at)
        part = self.unary("~" if mark == "~" else "=")
        self.depth -= 1
        return part

    def deepen(self, at: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"nested more than {DEEPEST} deep", at)

    def concept(self, mode: Mode) -> Node:
        column, piece = self.columns[self.number], self.piece
        if mode:
            raise self.error(f'"{mode}" does not apply to a concept; write it inside {piece}')
        self.take()
        return ConceptRef(piece[1:], column)

    def phrase(self, mode: Mode) -> Node:
        if not is_closed(self.piece):
            message = "the phrase that begins here is never closed; expected another quote"
            raise QueryError(message, self.text, self.columns[self.number])
        text = " ".join(self.piece[1:-1].split())
        if not text:
            raise self.error("the phrase is empty; expected words between the quotes")
        return self.leaf(text, mode)

    def leaf(self, text: str, mode: Mode) -> Node:
        column, prefix = self.columns[self.number], text.endswith("*")
        if prefix:
            text = text.rstrip("*").rstrip()
        leaf: Words | Exact | Name
        if mode == "":
            leaf = Words(text, prefix, column)
        elif mode == "=":
            leaf = Exact(text, prefix, column)
        else:
            leaf = Name(text, column=column)
            self.has_rules = self.has_rules or len(leaf.words) == 1
        if not leaf.words:
            shown = self.piece.strip(QUOTES)
            raise self.error(f'"{shown}" has no letter or digit to look for; leave it out, or quote it with its words')
        if "*" in text and mode != "=":
            raise self.error('"*" stands only at the end of a word, or of the last word of a phrase')
        if prefix:
            leaf = self.prefix(leaf)
        self.take()
        return leaf

    def prefix(self, leaf: Words | Exact | Name) -> Words | Exact | Name:
        words = leaf.words
        if is_unspaced(words[-1]):
            # Where every character is a word, what follows does not matter anyway.
            return leaf if isinstance(leaf, Name) else replace(leaf, prefix=False)
        if len(words) == 1 and len(unicodedata.normalize("NFD", words[0])) < SHORTEST_PREFIX:
            shown = self.piece.strip(QUOTES)
            raise self.error(f'"{shown}" would match too much; expected {SHORTEST_PREFIX} letters before "*"')
        if isinstance(leaf, Name):
            raise self.error('"~" finds a name\'s spellings by itself; leave out the "*"')
        return leaf

    def stem(self) -> Node:
        piece, column = self.piece, self.columns[self.number]
        text = piece[:-1]
        if text.endswith("+"):
            raise self.error(f'expected one "+" after a word; "={piece}" finds these very characters')
        if len(folded_words(text)) != 1 or text.endswith("*"):
            raise self.error('"+" (every inflection) goes after a single word')
        self.take()
        return Stem(text, column)

    def at_minus(self) -> bool:
        """Whether the next piece is a - before what it takes away; alone, it is a word without letters."""
        return self.piece == "-" and self.text[self.columns[self.number] + 1 :][:1].strip() != ""


def _flat(parts: list[Node], kind: type[And] | type[Or]) -> tuple[Node, ...]:
    """An AND among ANDs, or an OR among ORs, is one list."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return tuple(flat)
