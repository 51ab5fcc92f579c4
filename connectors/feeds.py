"""Feeds: conditional GET, then whatever can be read of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of
from connectors.http import Http, Response
from connectors.reading import Reading
from wirewatch.errors import FetchError
from wirewatch.identity import digest
from wirewatch.model import Cursor, Failure, Source

FULL_FETCH_EVERY = timedelta(days=1)
"""How often validators are left out, because some lie."""
LONGEST_VALIDATOR = 1024
FEED_TYPES = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class FeedReader:
    """Reads sources of the kind `feed`."""

    http: Http

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """The feed's items; `unchanged` where it has none that were not there at the last read."""
        conditional = cursor.full_fetch_at is not None and now - cursor.full_fetch_at < FULL_FETCH_EVERY
        validators = _validators(cursor) if conditional else {}
        answer = await self.http.get(source.location, headers={"Accept": FEED_TYPES, **validators}, partial=True)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            if not validators:
                raise FetchError("answered 304 (not modified) though it was asked for the whole feed", status=304)
            return Reading((), cursor, unchanged=True)
        read = _cursor(answer, cursor, now, fully=not validators)
        if answer.whole and read.body_hash == cursor.body_hash:
            return Reading((), read, unchanged=True)
        feed, whole = await parse_feed(answer)
        items = items_of(feed, source, answer.url, now)
        if whole:
            return Reading(items, read)
        # The validators stay, so that the next poll reads the whole feed.
        cursor = replace(cursor, first_polled_at=read.first_polled_at)
        what = f"the feed breaks off; {len(items)} whole items could be read, the next poll tries again"
        return Reading(items, cursor, failures=(Failure(f"source {source.name}", what),))


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
