"""Cuts a query into the pieces the parser reads."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import Enum, auto
from typing import Final, NamedTuple

from watchlist.query import FIELDS
from wirewatch.errors import QueryError

QUOTES: Final = '"“”„‟＂«»'


class Kind(Enum):
    WORD = auto()
    PHRASE = auto()
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    FIELD = auto()
    MARK = auto()
    """One of `~`, `=` and `-` before what they change."""
    CONCEPT = auto()
    END = auto()


class Piece(NamedTuple):
    """`text` is without quotes, colon and `@`; of an operator with a distance, the whole `NEAR/10`."""

    kind: Kind
    text: str
    column: int
    length: int


_PIECE: Final = re.compile(
    rf"""
    (?P<open>[(（])
  | (?P<close>[)）])
  | [{QUOTES}](?P<phrase>[^{QUOTES}]*)(?P<closed>[{QUOTES}])?
  | (?P<concept>@[\w-]+)
  | (?P<mark>[~=]|-(?=\S))
  | (?P<word>[^\s()（）{QUOTES}]+)
    """,
    re.VERBOSE,
)
_OPERATOR: Final = re.compile(r"AND|OR|NOT|O?NEAR(/\S*)?")
_FIELD: Final = re.compile(r"([A-Za-z]+)[:：](?!//)")


def cut(query: str) -> list[Piece]:
    """The pieces of a query, ending with one of kind END."""
    pieces: list[Piece] = []
    column = 0
    while True:
        while column < len(query) and query[column].isspace():
            column += 1
        found = _PIECE.match(query, column)
        if found is None:
            break
        if found["word"] is not None:
            column = _cut_word(query, found["word"], column, pieces)
        else:
            pieces.append(_cut_other(query, found))
            column = found.end()
            if pieces[-1].kind is Kind.MARK and pieces[-1].text == "=":
                column = _cut_verbatim(query, column, pieces)
    pieces.append(Piece(Kind.END, "", len(query), 1))
    return pieces


def _cut_other(query: str, found: re.Match[str]) -> Piece:
    column, length = found.start(), found.end() - found.start()
    if found["open"]:
        return Piece(Kind.OPEN, "(", column, length)
    if found["close"]:
        return Piece(Kind.CLOSE, ")", column, length)
    if found["concept"]:
        return Piece(Kind.CONCEPT, found["concept"][1:], column, length)
    if found["mark"]:
        return Piece(Kind.MARK, found["mark"], column, length)
    if found["closed"] is None:
        raise QueryError("the phrase that begins here is never closed; expected another quote", query, column)
    return Piece(Kind.PHRASE, found["phrase"], column, length)


def _cut_word(query: str, word: str, column: int, pieces: list[Piece]) -> int:
    """Appends a word, operator or field; gives the column to go on from."""
    if word[0] in "ANO" and _OPERATOR.fullmatch(word):
        pieces.append(Piece(Kind.OPERATOR, word, column, len(word)))
        return column + len(word)
    field = _FIELD.match(word) if ":" in word or "：" in word else None
    if field:
        name = field[1].lower()
        if name not in FIELDS:
            raise QueryError(_unknown_field(field[0], word), query, column, len(field[0]))
        pieces.append(Piece(Kind.FIELD, name, column, len(field[0])))
        return column + len(field[0])
    pieces.append(Piece(Kind.WORD, word, column, len(word)))
    return column + len(word)


def _cut_verbatim(query: str, column: int, pieces: list[Piece]) -> int:
    """After `=`, everything up to a space, bracket or quote is one word, operators and colons included."""
    found = _PIECE.match(query, column)
    if found is None or found["word"] is None:
        return column
    pieces.append(Piece(Kind.WORD, found["word"], column, len(found["word"])))
    return found.end()


def _unknown_field(field: str, word: str) -> str:
    close = get_close_matches(field[:-1].lower(), FIELDS, n=1, cutoff=0.6)
    if close:
        return f'unknown field "{field}" (did you mean {close[0]}:?)'
    known = " ".join(f"{name}:" for name in FIELDS)
    return f'unknown field "{field}"; expected one of {known}, or quotes around it: "{word}"'
