"""What an address is, before it becomes a source: a feed, a sitemap, a page, or a site that names them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of
from connectors.http import Http, Response
from connectors.named_feeds import FoundFeed, named_feeds
from connectors.reading import Reading
from connectors.registry import connector_for
from connectors.sitemap_parts import MOST_BYTES, parse_sitemap
from wirewatch.clock import utc_now
from wirewatch.errors import FetchError, NotAFeed
from wirewatch.model import Cursor, Item, Source, SourceKind

ROBOTS_SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
SITEMAPS_TRIED = 3
KINDS = {
    SourceKind.FEED: "feed",
    SourceKind.SITEMAP: "sitemap",
    SourceKind.PAGE: "web page",
    SourceKind.MAILBOX: "mailbox",
    SourceKind.FOLDER: "folder",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What reading an address as a source would give.

    `source` is the source it would be, under a name made up for it; its location is the address asked about, or the
    first feed or sitemap that the site there names; `named` are all of those. `kind` says what it is, in words.
    """

    source: Source
    kind: str
    title: str | None
    language: str | None
    items: tuple[Item, ...]
    problems: tuple[str, ...] = ()
    named: tuple[FoundFeed, ...] = ()

    @property
    def full_text(self) -> int:
        """How many of the items would not have their article page fetched."""
        return sum(not item.wants_page for item in self.items)


async def preview(http: Http, address: str, now: datetime | None = None, *, select: str | None = None) -> Preview:
    """Look at an address as a source, a folder's path among them, without storing anything.

    `select` takes the links of a web page that a CSS selector finds. Raises FetchError where it cannot be read,
    NotAFeed where there is nothing to watch, saying what there is.
    """
    now = now or utc_now()
    if address.lower().startswith("imaps://"):
        return await _read(http, _source(SourceKind.MAILBOX, address), now)
    if folder := _folder(address):
        return await _read(http, _source(SourceKind.FOLDER, folder), now)
    url = address if "://" in address else f"https://{address}"
    if select:
        return await _read(http, replace(_source(SourceKind.PAGE, url), select=select), now)
    try:
        answer = await http.get(url, partial=True, max_bytes=MOST_BYTES)
    except FetchError as error:
        if "://" in address:
            raise
        raise FetchError(f"{error}, and there is no folder {address} here") from None
    try:
        return await _preview_answer(http, answer, now)
    except NotAFeed as nothing:
        return await _preview_named(http, answer, now, nothing)


async def _preview_answer(http: Http, answer: Response, now: datetime) -> Preview:
    """An answer as the feed or sitemap that it is; NotAFeed says what it is instead."""
    try:
        feed, whole = await parse_feed(answer)
    except NotAFeed:
        try:
            parse_sitemap(answer.body)
        except NotAFeed:
            pass
        else:
            return await _read(http, _source(SourceKind.SITEMAP, answer.url), now)
        raise
    source = _source(SourceKind.FEED, answer.url, feed.title)
    problems = () if whole else ("the feed breaks off before its end",)
    return Preview(source, feed.kind, feed.title, feed.language, items_of(feed, source, answer.url, now), problems)


async def _preview_named(http: Http, answer: Response, now: datetime, nothing: NotAFeed) -> Preview:
    """The first feed that a page names and that can be read, else the first sitemap that its site does."""
    problems: list[str] = []
    feeds = named_feeds(answer.body, answer.url)
    if found := await _first(feeds, lambda url: _fetched(http, url, now), problems):
        return replace(found, named=feeds)
    sitemaps = await _named_sitemaps(http, answer.url)
    if found := await _first(sitemaps, lambda url: _read(http, _source(SourceKind.SITEMAP, url), now), problems):
        return replace(found, named=sitemaps)
    if problems:
        raise NotAFeed("the site names feeds or sitemaps, but none can be read:\n  " + "\n  ".join(problems))
    raise NotAFeed(
        f"{str(nothing).partition('; ')[0]}, and it names no feed. "
        "Its links can be watched: `--select` tries a CSS selector, such as `main h2 a`"
    ) from None


async def _first(
    named: Iterable[FoundFeed], look: Callable[[str], Awaitable[Preview]], problems: list[str]
) -> Preview | None:
    for each in named:
        try:
            found = await look(each.url)
        except FetchError as error:
            problems.append(f"{each.url}: {error}")
        else:
            if found.items:
                return found
            problems.append(f"{each.url}: nothing new is in it")
    return None


async def _fetched(http: Http, url: str, now: datetime) -> Preview:
    return await _preview_answer(http, await http.get(url, partial=True), now)


async def _read(http: Http, source: Source, now: datetime) -> Preview:
    """What the connector of a source reads of it at first."""
    reading: Reading = await connector_for(source, http).read(source, Cursor(), now)
    problems = [f"{failure.where}: {failure.what}" for failure in reading.failures]
    if reading.more:
        problems.append("there is more; this is what is read first")
    if reading.waiting:
        problems.append(f"{reading.waiting} files are still being written")
    language = next((item.language for item in reading.items if item.language), None)
    return Preview(source, KINDS[source.kind], None, language, reading.items, tuple(problems))


def _folder(address: str) -> str | None:
    """The path, where the address is the one of something on this machine."""
    path = Path(address).expanduser()
    return str(path.resolve()) if "://" not in address and path.exists() else None


def _source(kind: SourceKind, location: str, title: str | None = None) -> Source:
    return Source(_name(kind, location, title), kind, location)


def _name(kind: SourceKind, location: str, title: str | None) -> str:
    """A name that a person might give it: short, without spaces."""
    if kind is SourceKind.FOLDER:
        said = Path(location).name
    else:
        parts = urlsplit(location)
        host = (parts.hostname or "").removeprefix("www.")
        said = title if title and len(title) <= 40 else parts.path.strip("/") if kind is SourceKind.MAILBOX else host
    return "-".join(re.findall(r"[\w.]+", said.lower())) or "new"


async def _named_sitemaps(http: Http, url: str) -> tuple[FoundFeed, ...]:
    """The sitemaps that a site's robots.txt names, those for news first."""
    try:
        robots = await http.get(urljoin(url, "/robots.txt"), partial=True)
    except FetchError:
        return ()
    found = ROBOTS_SITEMAP.findall(robots.body.decode("utf-8", "replace"))
    found.sort(key=lambda each: "news" not in each.lower())
    return tuple(FoundFeed(each, None, "application/xml") for each in dict.fromkeys(found))[:SITEMAPS_TRIED]
