"""Rows from values and values from rows. What SQL never asks about is kept as JSON, so values can grow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row

from storage.columns import storable
from storage.values import PendingPage
from wirewatch.config import Configuration
from wirewatch.model import Article, Block, Cursor, Delivery, FileStamp, Hit, Item, Match, Source, Span, Zone
from wirewatch.novelty import Change

T = TypeVar("T")

CHUNK = 500
"""Rows a statement: more gain nothing, and SQLite limits the values of one statement."""

CONFIGURATION = TypeAdapter(Configuration)
SOURCE = TypeAdapter(Source)
_CURSOR = TypeAdapter(Cursor)
ITEM = TypeAdapter(Item)
_CHANGE = TypeAdapter(Change)

_ARTICLE_FIELDS = (
    "key",
    "url",
    "title",
    "source",
    "fetched_at",
    "fingerprint",
    "byline",
    "language",
    "published_at",
    "published_from",
    "body_from",
    "note",
)
"""The fields that are columns under the same name."""

_DELIVERY_FIELDS = (
    "key",
    "channel",
    "kind",
    "created_at",
    "state",
    "attempts",
    "next_at",
    "lease_until",
    "trying_since",
    "maybe_repeat",
    "last_error",
    "sent_at",
    "response",
    "subject",
    "text",
)


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def article_row(article: Article) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(article, name) for name in _ARTICLE_FIELDS}
    row["dated_at"] = article.published_at or article.fetched_at
    row["blocks"] = [[block.zone.value, storable(block.text)] for block in article.blocks]
    return row


def article_from(row: Row[Any]) -> Article:
    return Article(
        key=row.key,
        url=row.url,
        title=row.title,
        blocks=tuple(Block(text, Zone(zone)) for zone, text in row.blocks),
        source=row.source,
        fetched_at=row.fetched_at,
        fingerprint=row.fingerprint,
        byline=row.byline,
        language=row.language,
        published_at=row.published_at,
        published_from=row.published_from,
        body_from=row.body_from,
        note=row.note,
    )


def hit_row(hit: Hit) -> dict[str, Any]:
    return {
        "article_key": hit.article_key,
        "term": hit.term,
        "term_version": hit.term_version,
        "visibility": hit.visibility,
        "origin": hit.origin,
        "found_at": hit.found_at,
        "matches": [_match_json(match) for match in hit.matches],
        "story": hit.story,
        "novelty": hit.novelty,
        "original": hit.original,
        "change": change_json(hit.change),
    }


def change_json(change: Change | None) -> Any:
    """What a revision did, as its column takes it."""
    if change is None:
        return None
    return {
        "appeared": [storable(text) for text in change.appeared],
        "changed": [[storable(text) for text in pair] for pair in change.changed],
        "gone": [storable(text) for text in change.gone],
    }


def hit_from(row: Row[Any]) -> Hit:
    return Hit(
        article_key=row.article_key,
        term=row.term,
        term_version=row.term_version,
        matches=tuple(_match_from(row.term, match) for match in row.matches),
        visibility=row.visibility,
        origin=row.origin,
        found_at=row.found_at,
        story=row.story,
        novelty=row.novelty,
        original=row.original,
        change=None if row.change is None else _CHANGE.validate_python(row.change),
    )


def _match_json(match: Match) -> dict[str, Any]:
    """Without the term's name, which the row has: a renamed term takes its hits along."""
    return {
        "zone": match.zone.value,
        "passage": storable(match.passage),
        "marks": match.marks,
        "spans": [[span.block, span.start, span.end] for span in match.spans],
        "reason": storable(match.reason),
    }


def _match_from(term: str, match: Mapping[str, Any]) -> Match:
    return Match(
        term=term,
        zone=Zone(match["zone"]),
        passage=match["passage"],
        marks=tuple((start, end) for start, end in match["marks"]),
        spans=tuple(Span(*span) for span in match["spans"]),
        reason=match["reason"],
    )


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _DELIVERY_FIELDS} | {"accepted": list(delivery.accepted)}


def delivery_from(row: Row[Any], hits: Sequence[tuple[bytes, str]]) -> Delivery:
    fields = {name: getattr(row, name) for name in _DELIVERY_FIELDS}
    return Delivery(hits=tuple(hits), accepted=tuple(row.accepted), **fields)


def cursor_json(cursor: Cursor) -> Any:
    """All of a cursor but its files, which have rows of their own."""
    return _CURSOR.dump_python(replace(cursor, files={}) if cursor.files else cursor, mode="json")


def cursor_from(stored: Any, files: Mapping[str, FileStamp]) -> Cursor:
    cursor = _CURSOR.validate_python(stored)
    return replace(cursor, files=files) if files else cursor


def cursor_from_text(stored: str, files: Mapping[str, FileStamp]) -> Cursor:
    """The same from JSON as text."""
    cursor = _from_text(_CURSOR, stored)
    return replace(cursor, files=files) if files else cursor


def configuration_from_text(stored: str) -> Configuration:
    """A configuration from JSON as text."""
    return _from_text(CONFIGURATION, stored)


def _from_text(values: TypeAdapter[T], stored: str) -> T:
    """A value read in half the time, and without the memory, that a detour by way of dictionaries takes."""
    try:
        return values.validate_json(stored)
    except ValidationError:  # it does not take lone surrogates, as some servers put into their ETags
        return values.validate_python(json.loads(stored))


def pending_page_row(page: PendingPage) -> dict[str, Any]:
    return {
        "article_key": page.article_key,
        "source": page.item.source,
        "item": ITEM.dump_python(replace(page.item, raw=b""), mode="json"),
        "raw": page.item.raw,
        "attempts": page.attempts,
        "next_at": page.next_at,
        "error": page.error,
        "first_polled_at": page.first_polled_at,
        "lease_until": None,
    }


def pending_page_from(row: Row[Any]) -> PendingPage:
    return PendingPage(
        item=replace(ITEM.validate_python(row.item), raw=row.raw),
        attempts=row.attempts,
        next_at=row.next_at,
        article_key=row.article_key,
        error=row.error,
        first_polled_at=row.first_polled_at,
    )
