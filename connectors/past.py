"""What a source still has of its past, for backfills: the pages of a feed, or all of a sitemap."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urljoin

from lxml import etree

from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of
from connectors.feeds import FEED_TYPES
from connectors.http import Http, Response
from connectors.sitemap_parts import MOST_BYTES, parse_sitemap
from connectors.sitemaps import LONG_AGO, SITEMAP_TYPES, SitemapReader, chosen_parts, items_of_sitemap, linked
from wirewatch.clock import utc_now
from wirewatch.errors import FetchError
from wirewatch.model import Item, Source, SourceKind

MOST_PAGES = 1000
ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
OLDER = ("prev-archive", "next")
"""The link relations that lead back in time: of archived feeds, of paged feeds (RFC 5005)."""


async def past(source: Source, http: Http, since: datetime | None, now: datetime | None = None) -> AsyncIterator[Item]:
    """The items of a feed or sitemap from `since` on, undated ones among them, streaming, each address once.

    FetchError where it cannot be read, or where the source is of a kind that has no past; items given before stay
    good.
    """
    now = now or utc_now()
    if source.kind is SourceKind.FEED:
        items = _of_feed(source, http, since, now)
    elif source.kind is SourceKind.SITEMAP:
        items = _of_sitemap(source, http, since, now)
    else:
        raise FetchError(
            f"source {source.name}: a {source.shown_kind} does not show its past; feeds and sitemaps do",
            temporary=False,
        )
    async for item in items:
        yield item


async def _of_feed(source: Source, http: Http, since: datetime | None, now: datetime) -> AsyncIterator[Item]:
    """Page after page until one has nothing new, or nothing that is recent enough."""
    url: str | None = source.location
    pages: set[str] = set()
    given: set[str] = set()
    while url and url not in pages and len(pages) < MOST_PAGES:
        pages.add(url)
        answer = await http.get(url, headers={"Accept": FEED_TYPES}, partial=True, source=source)
        feed, _whole = await parse_feed(answer)
        fresh = [item for item in items_of(feed, source, answer.url, now) if item.url not in given]
        recent = [item for item in fresh if _is_recent(item, since)]
        given.update(item.url for item in fresh)
        for item in recent:
            yield item
        url = older_page(answer) if recent else None


async def _of_sitemap(source: Source, http: Http, since: datetime | None, now: datetime) -> AsyncIterator[Item]:
    answer = await http.get(source.location, headers={"Accept": SITEMAP_TYPES}, max_bytes=MOST_BYTES, source=source)
    sitemap = parse_sitemap(answer.body)
    listed = linked(sitemap.listed, answer.url)
    given: set[str] = set()
    for part in chosen_parts(listed, since or LONG_AGO) if sitemap.is_index else [None]:
        addresses = await SitemapReader(http).part(source, part) if part else listed
        for item in items_of_sitemap(addresses, source, now):
            if item.url not in given and _is_recent(item, since):
                given.add(item.url)
                yield item


def _is_recent(item: Item, since: datetime | None) -> bool:
    return since is None or item.published_at is None or item.published_at >= since


def older_page(answer: Response) -> str | None:
    """The address of the page of a feed that comes before this one in time; None where it names none."""
    body = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    link = _next_of_json(body) if body.startswith(b"{") else _older_of_xml(body)
    try:
        return urljoin(answer.url, link) if link else None
    except ValueError:
        return None


def _next_of_json(body: bytes) -> str | None:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = feed.get("next_url")
    return found if isinstance(found, str) else None


def _older_of_xml(body: bytes) -> str | None:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    links = {link.get("rel", ""): link.get("href") for link in root.iterfind(f".//{ATOM_LINK}") if _is_of_feed(link)}
    return next((links[rel] for rel in OLDER if links.get(rel)), None)


def _is_of_feed(link: etree._Element) -> bool:
    parent = link.getparent()
    return parent is not None and str(parent.tag).rpartition("}")[2].lower() in ("feed", "channel")
