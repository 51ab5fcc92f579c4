"""JSON Lines and CSV: a line is an article, its columns named by the source's `fields:` or by their usual names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

from dateutil.parser import isoparse, parse

from extraction.cleaning import clean
from extraction.files.kinds import BEGINNING, ROW_TYPE
from extraction.files.limits import MIB, Limits, size_text
from extraction.files.members import Member, Trouble
from wirewatch.errors import ExtractionError
from wirewatch.model import ROW_FIELDS

USUAL = {
    "text": ("text", "body", "content", "articlebody", "article_text", "fulltext", "full_text", "maintext"),
    "title": ("title", "headline", "head", "subject"),
    "url": ("url", "link", "address", "permalink", "href"),
    "published": ("published_at", "published", "date", "datepublished", "date_publish", "pubdate", "created_at"),
    "author": ("author", "authors", "byline", "creator"),
    "language": ("language", "lang"),
    "id": ("id", "guid", "uuid"),
}
"""The columns that are taken where the source does not name them, the first that is there."""
LONGEST_CELL = 10 * MIB
Fields = Sequence[tuple[str, str]]

csv.field_size_limit(LONGEST_CELL)  # of the whole process; the default is less than a long article


def jsonl_members(stream: BinaryIO, fields: Fields, limits: Limits) -> Iterator[Member | Trouble]:
    """The objects of a JSON Lines file; a column may be a path such as `article.body`."""
    number = 0
    for number, line in enumerate(iter(lambda: stream.readline(limits.member_bytes + 1), b""), 1):
        if len(line) > limits.member_bytes:
            yield Trouble(
                f"line {number}", f"longer than {size_text(limits.member_bytes)}: too large to be one article"
            )
            while line and not line.endswith(b"\n"):
                line = stream.readline(MIB)  # noqa: PLW2901 (the rest of this very line)
            continue
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            yield Trouble(f"line {number}", f"no JSON: {error}")
            continue
        if isinstance(row, dict):
            yield _member(_flat(row), fields, f"line-{number}")
        else:
            yield Trouble(f"line {number}", "no JSON object, so it has no columns")


def csv_members(stream: BinaryIO, fields: Fields) -> Iterator[Member | Trouble]:
    """The lines of a table whose first one names the columns; separated by commas, semicolons, tabs or bars."""
    beginning = stream.read(BEGINNING)
    stream.seek(0)
    encoding = _encoding(beginning)
    text = io.TextIOWrapper(stream, encoding, "replace", newline="")
    rows = csv.reader(text, delimiter=_delimiter(beginning.decode(encoding, "replace")))
    try:
        columns = [clean(name) for name in next(rows, [])]
        _check(columns, fields)
        for number, row in enumerate(rows, 2):
            if any(cell.strip() for cell in row):
                yield _member(dict(zip(columns, row, strict=False)), fields, f"line-{number}")
    except csv.Error as error:
        raise ExtractionError(f"line {rows.line_num}: {error}; the lines before it were read") from None
    finally:
        text.detach()  # or it would close the stream, which is not its own


def _encoding(beginning: bytes) -> str:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        beginning[: beginning.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(sample: str) -> str:
    """The sign that parts the names of the columns."""
    first = sample.lstrip("\r\n").partition("\n")[0]
    return max(",;\t|", key=first.count)


def _check(columns: Sequence[str], fields: Fields) -> None:
    """Raise ExtractionError where the table has no column of text."""
    if not _columns("text", fields, columns) and not _columns("title", fields, columns):
        there = ", ".join(f"“{name}”" for name in columns[:12]) or "none"
        raise ExtractionError(
            f"no column holds the text; columns: {there}. Name it in the source: `fields: {{text: COLUMN}}`"
        )


def _columns(field: str, fields: Fields, there: Sequence[str]) -> list[str]:
    """The columns of a field: those the source names, else the first of the usual ones that is there."""
    if named := [column for name, column in fields if name == field]:
        return [column for column in named if column in there]
    by_name = {column.casefold(): column for column in there}
    return next(([by_name[name]] for name in USUAL[field] if name in by_name), [])


def _member(row: Mapping[str, Any], fields: Fields, name: str) -> Member | Trouble:
    """A line as an article; its address is its own, else its place in the file."""
    said = {
        field: [text for column in _columns(field, fields, list(row)) if (text := _text(row[column]))]
        for field in ROW_FIELDS
    }
    if not said["text"] and not said["title"]:
        there = ", ".join(f"“{column}”" for column in list(row)[:12])
        return Trouble(name.replace("-", " "), f"it holds no text; columns: {there}")
    address = next((url for url in said["url"] if url.startswith(("http://", "https://"))), None)
    identity = next(iter(said["id"]), None)
    return Member(
        f"id-{identity}" if identity else name,
        BytesIO("\n\n".join(said["text"]).encode("utf-8", "replace")),
        media_type=ROW_TYPE,
        url=address,
        title=next(iter(said["title"]), None),
        byline=", ".join(said["author"]) or None,
        language=next(iter(said["language"]), None),
        published_at=next((moment for text in said["published"] if (moment := _moment(text))), None),
        final=True,
    )


def _text(value: Any) -> str:
    """A cell as text; a list of plain values is a list of paragraphs or names."""
    if isinstance(value, list):
        return "\n".join(_text(each) for each in value if not isinstance(each, dict | list))
    return "" if value is None or isinstance(value, dict | bool) else str(value).strip()


def _flat(row: Mapping[str, Any], prefix: str = "", depth: int = 4) -> dict[str, Any]:
    """Columns by their paths: `{"article": {"body": …}}` has the column `article.body`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and depth:
            flat |= _flat(value, f"{path}.", depth - 1)
        else:
            flat[path] = value
    return flat


def _moment(text: str) -> datetime | None:
    """A date as ISO 8601, as seconds since 1970, or as people write it; day and year must be there."""
    try:
        if text.isdecimal() and len(text) in (10, 13):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        moment = _written(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC) if moment else None
    except (ValueError, OverflowError, OSError):
        return None


def _written(text: str) -> datetime | None:
    try:
        return isoparse(text) if len(text) >= len("2026-11-22") else None
    except ValueError:
        pass
    # What the text does not say is taken from the default: two of them tell whether day, month and year are all said.
    one, other = (parse(text, default=datetime(*day)) for day in ((2000, 1, 1), (2001, 2, 2)))  # noqa: DTZ001
    return one if one == other else None
