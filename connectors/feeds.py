"""Feeds: conditional GET, then whatever can be read of the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.conditional import get_changed, reads_all
from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of
from connectors.http import Http
from connectors.reading import Reading
from connectors.seen_items import marks_of, unseen_part
from wirewatch.model import Archiving, Cursor, Failure, Source

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
        answer, read = await get_changed(self.http, source, cursor, now, accept=FEED_TYPES, partial=True)
        if answer is None:
            return Reading((), read, unchanged=True)
        unseen = None
        if answer.whole and not reads_all(cursor, now):
            unseen = unseen_part(answer.body, cursor.seen, answer.url)
        feed, whole = (unseen.feed, True) if unseen else await parse_feed(answer)
        items = items_of(feed, source, answer.url, now)
        if whole:
            seen = None
            if source.archive is Archiving.ALL:  # elsewhere an item may be wanted that was passed over before
                seen = marks_of(answer.body, feed, cursor.seen if unseen else None, answer.url)
            return Reading(items, replace(read, seen=seen), known=unseen.seen if unseen else 0)
        # The validators stay, so that the next poll reads the whole feed.
        cursor = replace(cursor, moved=read.moved)
        what = f"the feed breaks off; {len(items)} whole items could be read, the next poll tries again"
        return Reading(items, cursor, failures=(Failure(f"source {source.name}", what),), whole=False)
