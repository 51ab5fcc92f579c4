"""Watchlists from elsewhere: keyword lists, and the booleans of media-monitoring tools.

What such tools write differently is rewritten, each change with a note; what this language cannot say is left out, with
a note too. A query that still cannot be read is reported with its line and not imported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from watchlist.parser import parse
from wirewatch.errors import QueryError

NAME_LENGTH: Final = 60
_NAME_COLUMNS: Final = ("name", "term", "keyword", "title", "search")
_QUERY_COLUMNS: Final = ("query", "boolean", "search string", "string")

_TOKEN: Final = re.compile(
    r"""(?P<comment><<<.*?>>>)
      | (?P<phrase>["“”„«»][^"“”„«»]*["“”„«»])(?P<slop>~\d+)?
      | (?P<exact>\{[^{}]*\})
      | (?P<proximity>(?:O?NEAR|WITHIN|W|PRE|P)/(?P<distance>\d+|[sp])(?P<ordered>f)?(?![\w/]))
      | (?P<bare_scope>/[sp](?!\w))
      | (?P<field>[A-Za-z_]+:)
      | (?P<space>\s+)
      | (?P<bracket>[()\[\]])
      | (?P<word>[^\s()\[\]"“”„«»{}]+)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_FIELDS: Final = {
    "title": "title", "headline": "title", "body": "body", "text": "body", "content": "body", "site": "site",
    "domain": "site", "host": "site", "lang": "lang", "language": "lang", "author": "author", "byline": "author",
    "url": "url", "links": "url", "source": "source", "any": "any", "all": "any",
}  # fmt: skip
_CASE_FIELDS: Final = ("raw", "case", "matchcase")
_OPERATORS: Final = {"and": "AND", "or": "OR", "not": "NOT", "&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT"}


@dataclass(frozen=True, slots=True)
class ImportedTerm:
    """A term read from elsewhere, and what was changed to read it."""

    line: int
    name: str
    query: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Import:
    """What a file gave: terms in its order, and the lines that could not be imported with the reason."""

    terms: list[ImportedTerm] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_terms(text: str) -> Import:
    """Read a keyword list (one term a line, # comments) or a CSV file with a heading that names its columns."""
    result = Import()
    for line, name, query in _table_rows(text) if _is_table(text) else _lines(text):
        rewritten, notes = rewrite(query)
        if re.fullmatch(r"[\w'’.-]+(?: [\w'’.-]+)+", rewritten) and not re.search(
            r"\b(?:AND|OR|NOT|O?NEAR)\b", rewritten
        ):
            rewritten = _noted(rewritten, f'"{rewritten}"', notes, "words of a list are meant as they stand")
        try:
            parse(rewritten)
        except QueryError as error:
            result.refused.append((line, f"{query}: {error.message}"))
            continue
        twin = next((place for place, term in enumerate(result.terms) if term.query == rewritten), None)
        if not name and twin is not None:
            first = result.terms[twin]
            result.terms[twin] = replace(first, notes=(*first.notes, f"line {line} says the same, and is left out"))
            continue
        unique = _unique(name or _name_for(query), {term.name for term in result.terms})
        result.terms.append(ImportedTerm(line, unique, rewritten, tuple(notes)))
    return result


def rewrite(query: str) -> tuple[str, list[str]]:
    """The query in this language, and what was changed, in words."""
    notes: list[str] = []
    parts: list[str] = []
    tokens = [token for token in _TOKEN.finditer(query) if token.lastgroup]
    dropping_field = False
    for position, token in enumerate(tokens):
        if dropping_field and not token["space"]:
            dropping_field = False
            notes.append(f"left out {tokens[position - 1].group()}{token.group()}: there is no such field here")
            continue
        name = (token["field"] or "").rstrip(":").lower()
        if name and name not in _FIELDS and name not in _CASE_FIELDS:
            dropping_field = True
            continue
        parts.append(_rewritten(token, notes))
    joined = re.sub(r"\s+", " ", "".join(parts)).strip()
    return _mended(joined, notes), list(dict.fromkeys(notes))


def _rewritten(token: re.Match[str], notes: list[str]) -> str:
    text = token.group()
    match token.lastgroup:
        case "comment":
            notes.append(f"left out the comment {text}")
            return " "
        case "space":
            return " "
        case "bracket":
            return {"[": "(", "]": ")"}.get(text, text)
        case "exact":
            return _exact(text[1:-1], text, notes)
        case "field":
            return _field(text, notes)
        case "word":
            return _word(text, notes)
        case "bare_scope":
            return _noted(text, f"NEAR{text.lower()}", notes)
        case _ if token["phrase"]:
            return _phrase(token, notes)
        case _:
            return _proximity(token, notes)


def _phrase(token: re.Match[str], notes: list[str]) -> str:
    words = token["phrase"][1:-1].strip()
    if not token["slop"]:
        return f'"{words}"'
    near = f" NEAR/{token['slop'][1:]} ".join(words.split())
    return _noted(token.group(), f"({near})", notes)


def _proximity(token: re.Match[str], notes: list[str]) -> str:
    ordered = token["ordered"] or token.group().upper().startswith(("ONEAR", "PRE", "P/"))
    operator = f"{'ONEAR' if ordered else 'NEAR'}/{token['distance'].lower()}"
    return operator if operator == token.group() else _noted(token.group(), operator, notes)


def _field(text: str, notes: list[str]) -> str:
    name = text[:-1].lower()
    if name in _CASE_FIELDS:
        return _noted(text, "=", notes)
    return text if text == f"{_FIELDS[name]}:" else _noted(text, f"{_FIELDS[name]}:", notes)


def _word(text: str, notes: list[str]) -> str:
    if text.lower() in _OPERATORS and text not in _OPERATORS.values():
        return _noted(text, _OPERATORS[text.lower()], notes)
    if text.lower() in ("near", "onear") and text != text.upper():
        return _noted(text, text.upper(), notes)
    word = text.strip(",;")
    if word != text:
        _noted(text, word, notes, "words side by side must all be there; write OR for either")
    if "?" in word:
        word = _noted(word, word.split("?")[0] + "*", notes)
    if word.startswith("*") and len(word) > 1:
        word = _noted(word, word.lstrip("*"), notes, "a wildcard stands at the end of a word only")
    return word


def _exact(words: str, text: str, notes: list[str]) -> str:
    parts = words.split()
    return _noted(text, " ONEAR/0 ".join(f"={part}" for part in parts) if len(parts) > 1 else f"={words}", notes)


def _mended(query: str, notes: list[str]) -> str:
    """`AND NOT` is NOT here; what a left-out part leaves behind goes too."""
    if re.search(r"\bAND NOT\b", query):
        query = re.sub(r"\bAND NOT\b", _noted("AND NOT", "NOT", notes), query)
    before = None
    while before != query:
        before = query
        query = re.sub(r"\(\s*\)", "", query)
        query = re.sub(r"\(\s*(?:AND|OR)\b", "(", query)
        query = re.sub(r"\b(?:AND|OR|NOT)\s*\)", ")", query)
        query = re.sub(r"\bNOT\s+(?=(?:AND|OR)\b)", "", query)
        query = re.sub(r"\b(AND|OR)\s+(?:AND|OR)\b", r"\1", query)
        query = re.sub(r"^(?:AND|OR)\b|\b(?:AND|OR|NOT)$", "", query.strip()).strip()
    return re.sub(r"\s+", " ", query).replace("( ", "(").replace(" )", ")")


def _noted(old: str, new: str, notes: list[str], why: str = "") -> str:
    notes.append(f"{old} → {new}" + (f": {why}" if why else ""))
    return new


def _is_table(text: str) -> bool:
    first = text.lstrip("\ufeff").splitlines()[:1]
    names = {cell.strip().lower() for cell in re.split("[,;\t]", first[0])} if first else set()
    return len(names) > 1 and bool(names & {*_NAME_COLUMNS, *_QUERY_COLUMNS})


def _table_rows(text: str) -> Iterator[tuple[int, str, str]]:
    text = text.lstrip("\ufeff")
    heading = text.splitlines()[0]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    for row in rows:
        cells = {(key or "").strip().lower(): str(value or "").strip() for key, value in row.items()}
        name = next((cells[column] for column in _NAME_COLUMNS if cells.get(column)), "")
        query = next((cells[column] for column in _QUERY_COLUMNS if cells.get(column)), name)
        if query:
            yield rows.line_num, name, query


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        query = line.split(" #")[0].strip()
        if query and not query.startswith("#"):
            yield number, "", query


def _name_for(query: str) -> str:
    bare = query.strip('"“”„«» ')
    quoted = re.search('["“”„«»]', bare)  # a quote that begins or ends inside stays whole
    name = re.sub(r"\s+", " ", query.strip() if quoted else bare)
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique
