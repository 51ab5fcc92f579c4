"""News sitemaps: what a site tells search engines of its newest articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors.conditional import get_changed
from connectors.dates import plausible
from connectors.feed_items import LONGEST_TITLE, absolute_link, language_tag, shortened
from connectors.http import Http
from connectors.reading import Reading
from connectors.sitemap_parts import MOST_BYTES, Listed, Sitemap, parse_sitemap
from wirewatch.errors import FetchError
from wirewatch.model import FEED_FRAGMENT, Cursor, Failure, Item, Pages, Source

SITEMAP_TYPES = "application/xml, text/xml, application/gzip;q=0.9, */*;q=0.5"
WINDOW = timedelta(days=3)
"""How old an address may be, by its date, to be looked at; one for news holds those of two days."""
OVERLAP = timedelta(days=2)
"""How far before the last whole read the next one begins: dates without a time, and late ones."""
MOST_NEW = 1000
"""Addresses of one read; one for news has no more."""
MOST_PARTS = 20
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Read:
    """What one read has gathered so far."""

    listed: list[Listed] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    settled: bool = True
    """Whether an unchanged answer will mean that there is nothing new."""


@dataclass(frozen=True, slots=True)
class SitemapReader:
    """Reads sources of the kind `sitemap`; which of the addresses are new, the archive knows."""

    http: Http

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """An item for each address of the last days; FetchError where nothing of the sitemap can be read."""
        answer, after = await get_changed(self.http, source, cursor, now, accept=SITEMAP_TYPES, max_bytes=MOST_BYTES)
        if answer is None:
            return Reading((), after, unchanged=True)
        since = min(now - WINDOW, (cursor.full_fetch_at or now) - OVERLAP)
        found = _Read()
        await self._gather(source, parse_sitemap(answer.body), answer.url, since, found)
        newest = _newest(found, since, f"source {source.name}")
        if not found.settled:
            after = replace(after, etag=None, last_modified=None, body_hash=None)
        return Reading(items_of_sitemap(newest, source, now), after, failures=tuple(found.failures))

    async def _gather(self, source: Source, sitemap: Sitemap, url: str, since: datetime, found: _Read) -> None:
        where = f"source {source.name}"
        if not sitemap.whole:
            found.settled = False
            found.failures.append(Failure(where, "the sitemap breaks off or is broken XML; what could be read is used"))
        if not sitemap.is_index:
            found.listed += linked(sitemap.listed, url)
            return
        parts = chosen_parts(linked(sitemap.listed, url), since)
        if len(parts) > MOST_PARTS:
            what = f"{len(parts)} sitemaps in the index; {MOST_PARTS} of them are read: name the one for news instead"
            found.failures.append(Failure(where, what))
            parts = parts[: MOST_PARTS // 2] + parts[-MOST_PARTS // 2 :]
        # An undated part may change while its index does not.
        found.settled &= all(part.changed_at for part in sitemap.listed)
        before = len(found.failures)
        for part in parts:
            try:
                found.listed += await self.part(source, part)
            except FetchError as error:
                found.settled = False
                found.failures.append(Failure(where, f"{part.url}: {error}"))
        if parts and len(found.failures) - before == len(parts):
            raise FetchError(f"none of the sitemaps in the index can be read; {found.failures[-1].what}")

    async def part(self, source: Source, part: Listed) -> Sequence[Listed]:
        """The addresses of one sitemap of an index; FetchError where it cannot be read, or is an index itself."""
        accept = {"Accept": SITEMAP_TYPES}
        answer = await self.http.get(part.url, headers=accept, max_bytes=MOST_BYTES, source=source)
        sitemap = parse_sitemap(answer.body)
        if sitemap.is_index:
            raise FetchError("an index inside an index of sitemaps is not read", temporary=False)
        return linked(sitemap.listed, answer.url)


def linked(listed: Iterable[Listed], url: str) -> list[Listed]:
    """Those with addresses that can be asked for, made absolute."""
    return [replace(each, url=link) for each in listed if (link := absolute_link(each.url, url))]


def chosen_parts(parts: Iterable[Listed], since: datetime) -> list[Listed]:
    """The sitemaps of an index that may have something since then: the newest first, those without a date last."""
    dated = [part for part in parts if part.changed_at is None or part.changed_at >= since]
    return sorted(dated, key=lambda part: part.changed_at or LONG_AGO, reverse=True)


def items_of_sitemap(listed: Iterable[Listed], source: Source, now: datetime) -> tuple[Item, ...]:
    """One item for each address."""
    found = {
        each.url: Item(
            source=source.name,
            url=each.url,
            raw=b"",
            media_type=FEED_FRAGMENT,
            fetched_at=now,
            title=shortened(each.title, LONGEST_TITLE),
            published_at=plausible(each.dated_at, now),
            language=source.language or language_tag(each.language),
            wants_page=source.pages is not Pages.NEVER,
        )
        for each in listed
    }
    return tuple(found.values())


def _newest(found: _Read, since: datetime, where: str) -> list[Listed]:
    dated = [each for each in found.listed if each.dated_at and each.dated_at >= since]
    dated.sort(key=lambda each: each.dated_at or LONG_AGO, reverse=True)
    undated = [each for each in found.listed if each.dated_at is None]
    for kind, listed in (("of the last days", dated), ("without a date", undated)):
        if len(listed) > MOST_NEW:
            what = f"{len(listed)} addresses {kind}; the first {MOST_NEW} are read: name a sitemap for news instead"
            found.failures.append(Failure(where, what))
    return dated[:MOST_NEW] + undated[:MOST_NEW]
