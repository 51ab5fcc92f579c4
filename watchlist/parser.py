"""Reads a query; the grammar is in docs/watchlist-language.md."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from watchlist.lexer import QUOTES, Kind, Piece, cut
from watchlist.query import (
    DEFAULT_DISTANCE,
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

_PLAIN: Final = re.compile(rf'\s*(?:(\w+)|"([^{QUOTES}*]*)")(?:\s+|$)')
_OPERATORS: Final = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR"})

Mode: TypeAlias = Literal["", "~", "="]


def parse(text: str) -> Query:
    """Parse a query; QueryError says where it is wrong and what was expected there."""
    plain = plain_words(text)
    if plain is not None:
        return Query(plain, text)
    query = Query(_Parser(text).query(), text)
    check_shape(query)
    return query


def plain_words(text: str) -> Node | None:
    """What the parser makes of words and phrases side by side, at a fraction of its cost; None for anything else.

    Most queries of a long list are such.
    """
    parts: list[Node] = []
    place = 0
    while place < len(text):
        found = _PLAIN.match(text, place)
        if found is None or found[1] in _OPERATORS:
            return None
        leaf = Words(found[1] or " ".join(found[2].split()), False, found.start(found.lastindex or 0) - (not found[1]))
        if not leaf.words:
            return None
        parts.append(leaf)
        place = found.end()
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(tuple(parts), parts[0].column)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces = cut(text)
        self.position = 0
        self.depth = 0

    def peek(self) -> Piece:
        return self.pieces[self.position]

    def take(self) -> Piece:
        piece = self.pieces[self.position]
        self.position += 1
        return piece

    def error(self, message: str, at: Piece | None = None) -> QueryError:
        piece = at or self.peek()
        return QueryError(message, self.text, piece.column, piece.length)

    def query(self) -> Node:
        if self.peek().kind is Kind.END:
            raise self.error("the query is empty; expected a word or phrase")
        root = self.alternatives("")
        if self.peek().kind is Kind.CLOSE:
            raise self.error('")" has no "(" before it')
        return root

    def alternatives(self, mode: Mode) -> Node:
        parts = [self.group(mode)]
        column = self.peek().column
        while self.at_operator("OR"):
            operator = self.take()
            self.expect_term_after(operator)
            parts.append(self.group(mode))
        return parts[0] if len(parts) == 1 else Or(_flat(parts, Or), column)

    def group(self, mode: Mode) -> Node:
        parts = [self.item(mode)]
        while True:
            piece = self.peek()
            if piece.kind is Kind.END or piece.kind is Kind.CLOSE:
                break
            if piece.kind is Kind.OPERATOR and piece.text == "AND":
                self.expect_term_after(self.take())
            elif piece.kind is Kind.OPERATOR and piece.text == "OR":
                break
            parts.append(self.item(mode))
        if len(parts) == 1 and not isinstance(parts[0], Not):
            return parts[0]
        return And(_flat(parts, And), parts[0].column)

    def item(self, mode: Mode) -> Node:
        piece = self.peek()
        if piece.kind is Kind.OPERATOR and piece.text == "NOT":
            self.take()
            if self.peek().kind is Kind.OPERATOR and self.peek().text == "NOT":
                raise self.error("NOT NOT says nothing; leave both out")
            self.expect_term_after(piece)
            return Not(self.proximity(mode), piece.column)
        if piece.kind is Kind.MARK and piece.text == "-":
            self.take()
            return Not(self.unary(mode), piece.column)
        return self.proximity(mode)

    def proximity(self, mode: Mode) -> Node:
        left = self.unary(mode)
        length = 0
        while self.peek().kind is Kind.OPERATOR:
            negated = self.at_operator("NOT") and _distance_operator(self.pieces[self.position + 1])
            if not negated and not _distance_operator(self.peek()):
                return left
            if negated:
                self.take()
            operator = self.take()
            name, _, reach = operator.text.partition("/")
            within = self.reach(operator, reach)
            self.expect_term_after(operator)
            right = self.unary(mode)
            shape = NotNear if negated else Near
            left = shape(left, right, within, name == "ONEAR", operator.column)
            length += 1
            if length + self.depth > DEEPEST:
                raise self.error(f"more than {DEEPEST} NEARs in a chain", operator)
        return left

    def reach(self, operator: Piece, written: str) -> int | Within:
        if "/" not in operator.text:
            return DEFAULT_DISTANCE
        if written in ("s", "p"):
            return Within(written)
        if written.isascii() and written.isdigit() and int(written) <= FARTHEST:
            return int(written)
        name = operator.text.partition("/")[0]
        raise self.error(
            f'expected a number of words up to {FARTHEST}, "s" (same sentence) or "p" (same paragraph) after "{name}/"',
            operator,
        )

    def unary(self, mode: Mode) -> Node:
        piece = self.take()
        match piece.kind:
            case Kind.OPEN:
                return self.bracketed(piece, mode)
            case Kind.FIELD:
                self.expect_term_after(piece, f"{piece.text}:")
                return self.deeper(piece, lambda: Field(piece.text, self.unary(mode), piece.column))
            case Kind.MARK if piece.text != "-":
                return self.marked(piece, mode)
            case Kind.WORD:
                return self.word(piece, mode)
            case Kind.PHRASE:
                return self.phrase(piece, mode)
            case Kind.CONCEPT:
                if mode:
                    raise self.error(f'"{mode}" does not apply to a concept; write it inside @{piece.text}', piece)
                return ConceptRef(piece.text, piece.column)
            case Kind.OPERATOR:
                raise self.error(f'{piece.text} needs a term before it, or quotes to be a word: "{piece.text}"', piece)
            case _:
                raise self.error(f'expected a word or phrase here, not "{piece.text}"', piece)

    def bracketed(self, opening: Piece, mode: Mode) -> Node:
        if self.peek().kind is Kind.CLOSE:
            raise self.error('expected a word or phrase between "(" and ")"')
        if self.peek().kind is Kind.END:
            raise self.error('"(" is never closed', opening)
        inside = self.deeper(opening, lambda: self.alternatives(mode))
        if self.peek().kind is not Kind.CLOSE:
            raise self.error('"(" is never closed', opening)
        self.take()
        return inside

    def marked(self, mark: Piece, mode: Mode) -> Node:
        if mode or self.peek().kind is Kind.MARK:
            raise self.error('"~" (a name in any spelling) and "=" (these very characters) do not go together', mark)
        if self.peek().kind is Kind.FIELD:
            raise self.error(f"write the field first: {self.peek().text}:{mark.text}…", mark)
        self.expect_term_after(mark, f'"{mark.text}"')
        inner: Mode = "~" if mark.text == "~" else "="
        return self.deeper(mark, lambda: self.unary(inner))

    def deeper(self, piece: Piece, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"nested more than {DEEPEST} deep", piece)
        node = read()
        self.depth -= 1
        return node

    def word(self, piece: Piece, mode: Mode) -> Node:
        text = piece.text
        if mode == "" and text.endswith("+") and len(text) > 1:
            return self.stem(piece)
        return self.leaf(piece, text, mode)

    def phrase(self, piece: Piece, mode: Mode) -> Node:
        text = " ".join(piece.text.split())
        if not text:
            raise self.error("the phrase is empty; expected words between the quotes", piece)
        return self.leaf(piece, text, mode)

    def leaf(self, piece: Piece, text: str, mode: Mode) -> Node:
        prefix = text.endswith("*")
        if prefix:
            text = text.rstrip("*").rstrip()
        words = folded_words(text)
        if not words:
            raise self.error(
                f'"{piece.text}" has no letter or digit to look for; leave it out, or quote it with its words', piece
            )
        if "*" in text and mode != "=":
            raise self.error('"*" stands only at the end of a word, or of the last word of a phrase', piece)
        if prefix and is_unspaced(words[-1]):
            prefix = False  # Where every character is a word, what follows does not matter anyway.
        if prefix and len(words) == 1 and len(unicodedata.normalize("NFD", words[0])) < SHORTEST_PREFIX:
            raise self.error(
                f'"{piece.text}" would match too much; expected {SHORTEST_PREFIX} letters before "*"', piece
            )
        if mode == "~":
            if prefix:
                raise self.error('"~" finds a name\'s spellings by itself; leave out the "*"', piece)
            return Name(text, piece.column)
        return Exact(text, prefix, piece.column) if mode == "=" else Words(text, prefix, piece.column)

    def stem(self, piece: Piece) -> Node:
        text = piece.text[:-1]
        if text.endswith("+"):
            raise self.error(f'expected one "+" after a word; "={piece.text}" finds these very characters', piece)
        if len(folded_words(text)) != 1 or text.endswith("*"):
            raise self.error('"+" (every inflection) goes after a single word', piece)
        return Stem(text, piece.column)

    def at_operator(self, name: str) -> bool:
        return self.peek().kind is Kind.OPERATOR and self.peek().text == name

    def expect_term_after(self, piece: Piece, called: str | None = None) -> None:
        following = self.peek().kind
        if following is Kind.END or following is Kind.CLOSE:
            raise self.error(f"{called or piece.text} needs a term after it", piece)


def _distance_operator(piece: Piece) -> bool:
    return piece.kind is Kind.OPERATOR and piece.text.startswith(("NEAR", "ONEAR"))


def _flat(parts: list[Node], kind: type[And] | type[Or]) -> tuple[Node, ...]:
    """An AND among ANDs, or an OR among ORs, is one list."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return tuple(flat)
