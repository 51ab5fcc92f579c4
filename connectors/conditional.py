"""Conditional GET: what has not changed since the last read is neither sent nor parsed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from connectors.http import MAX_BYTES, Http, Response
from connectors.moves import get_where_it_is
from wirewatch.errors import FetchError
from wirewatch.identity import digest
from wirewatch.model import Cursor, Source

FULL_FETCH_EVERY = timedelta(days=1)
"""How often validators are left out, because some lie."""
LONGEST_VALIDATOR = 1024


async def get_changed(
    http: Http,
    source: Source,
    cursor: Cursor,
    now: datetime,
    *,
    accept: str,
    partial: bool = False,
    max_bytes: int = MAX_BYTES,
) -> tuple[Response | None, Cursor]:
    """The answer of a source's address, None where it is what it was at the last read; and the cursor after it."""
    validators = {} if reads_all(cursor, now) else _validators(cursor)
    headers = {"Accept": accept, **validators}
    answer, moved = await get_where_it_is(
        http, source, cursor, now.date(), headers=headers, partial=partial, max_bytes=max_bytes
    )
    if moved != cursor.moved:
        cursor = replace(cursor, moved=moved)
    if answer.status == HTTPStatus.NOT_MODIFIED:
        if not validators:
            raise FetchError("answered 304 (not modified) though it was asked for the whole of it", status=304)
        return None, cursor
    read = _cursor(answer, cursor, now, fully=not validators)
    unchanged = answer.whole and read.body_hash == cursor.body_hash
    return None if unchanged else answer, read


def reads_all(cursor: Cursor, now: datetime) -> bool:
    """Whether it is time again to read all there is, whatever is remembered of it."""
    return cursor.full_fetch_at is None or now - cursor.full_fetch_at >= FULL_FETCH_EVERY


def _validators(cursor: Cursor) -> Mapping[str, str]:
    found = {"If-None-Match": cursor.etag, "If-Modified-Since": cursor.last_modified}
    return {name: value for name, value in found.items() if value}


def _cursor(answer: Response, before: Cursor, now: datetime, *, fully: bool) -> Cursor:
    return replace(
        before,
        etag=_validator(answer, "ETag"),
        last_modified=_validator(answer, "Last-Modified"),
        body_hash=digest(answer.body).hex(),
        full_fetch_at=now if fully else before.full_fetch_at,
        first_polled_at=before.first_polled_at or now,
    )


def _validator(answer: Response, name: str) -> str | None:
    """A validator to be sent back byte for byte; None for one that could not be."""
    value = answer.headers.get(name)
    return value if value and len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable() else None
