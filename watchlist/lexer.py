"""Cuts a query into the pieces the parser reads."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from watchlist.query import FIELDS

QUOTES: Final = '"“”„‟＂«»'
OPENING: Final = ("(", "（")
CLOSING: Final = (")", "）")
OPERATORS: Final = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR"})
"""Of NEAR and ONEAR, those without how far."""
END: Final = ""
"""The piece behind the last one."""

_PIECE: Final = re.compile(
    rf"""
    \w++(?![^\s()（）])                           # a word, as most pieces are; all that follows would take it, too
  | [()（）]
  | [{QUOTES}][^{QUOTES}]*[{QUOTES}]?             # a phrase with its quotes; the last one may be missing
  | @[\w-]+
  | [~=]|-(?=\S)
  | (?<==)[^\s()（）{QUOTES}]+                    # after a mark = this is one word, operators and colons included
  | [A-Za-z]+[:：](?!//)                          # a field
  | [^\s()（）{QUOTES}]+                          # a word or an operator
    """,
    re.VERBOSE,
)
_DISTANCES: Final = frozenset({"NEAR", "ONEAR"})
_REACHING: Final = ("NEAR/", "ONEAR/")
_NO_WORD: Final = frozenset((*OPENING, *CLOSING, *QUOTES))
_CONCEPT: Final = re.compile(r"@[\w-]+")
_FIELD: Final = re.compile(r"[A-Za-z]+[:：]")


def cut(query: str) -> tuple[list[str], list[int]]:
    """The pieces of a query as they are written, and the column of each; END is the last.

    Plain strings, because nearly all of parsing a long list of queries would else be making these.
    """
    pieces = _PIECE.findall(query)
    columns = []
    column = 0
    for piece in pieces:
        column = query.index(piece, column)
        columns.append(column)
        column += len(piece)
    pieces.append(END)
    columns.append(len(query))
    return pieces, columns


def is_distance(piece: str) -> bool:
    """Whether a piece is NEAR or ONEAR, with or without how far."""
    return piece in _DISTANCES or piece.startswith(_REACHING)


def is_concept(piece: str) -> bool:
    return piece.startswith("@") and _CONCEPT.fullmatch(piece) is not None


def is_field(piece: str) -> bool:
    return piece.endswith((":", "：")) and _FIELD.fullmatch(piece) is not None


def is_verbatim(piece: str) -> bool:
    """Whether a piece right after a mark = is one word, whatever is in it."""
    return piece != END and piece[0] not in _NO_WORD and not is_concept(piece)


def is_closed(phrase: str) -> bool:
    """Whether a piece that begins with a quote ends with one, too."""
    return len(phrase) > 1 and phrase[-1] in QUOTES


def unknown_field(field: str, text: str) -> str:
    """What to say of a field that there is not; `text` begins with it."""
    close = get_close_matches(field[:-1].lower(), FIELDS, n=1, cutoff=0.6)
    if close:
        return f'unknown field "{field}" (did you mean {close[0]}:?)'
    known = " ".join(f"{name}:" for name in FIELDS)
    word = re.split(rf"[\s()（）{QUOTES}]", text, maxsplit=1)[0]
    return f'unknown field "{field}"; expected one of {known}, or quotes around it: "{word}"'
