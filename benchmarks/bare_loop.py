"""What the same work costs without any of wirewatch: aiohttp, feedparser and trafilatura in the plainest loop.

It keeps validators and seen links in memory, stores nothing, matches nothing, checks no address.
"""

from __future__ import annotations

import asyncio
import io
import json
from enum import IntEnum
from typing import Any

import aiohttp
import feedparser
import trafilatura

AT_ONCE = 32
PER_SITE = 2
SECONDS = aiohttp.ClientTimeout(total=20)


class Depth(IntEnum):
    """How far the loop goes: the feed's bytes, its items, the text of each new item's page."""

    FETCH = 0
    PARSE = 1
    PAGES = 2


class BareLoop:
    """A poller of some feeds; `tick` reads each of them once."""

    def __init__(self, feeds: list[str], depth: Depth) -> None:
        self.depth = depth
        self._feeds = feeds
        self._validators: dict[str, dict[str, str]] = {}
        self._seen: set[str] = set()

    async def tick(self) -> int:
        """Read all feeds; gives the number of new items (0 where feeds are not parsed)."""
        connector = aiohttp.TCPConnector(limit=200, limit_per_host=PER_SITE)
        slots = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, timeout=SECONDS) as session:
            return sum(await asyncio.gather(*(self._feed(session, slots, url) for url in self._feeds)))

    async def _feed(self, session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str) -> int:
        async with slots, session.get(url, headers=self._validators.get(url)) as answer:
            body = await answer.read()
            if answer.status == 304:
                return 0
            self._validators[url] = {"If-None-Match": answer.headers["ETag"]}
        if self.depth is Depth.FETCH:
            return 0
        new = [link for link in links(body) if link not in self._seen]
        self._seen.update(new)
        if self.depth is Depth.PAGES:
            for link in new:
                async with session.get(link) as page:
                    article_text(await page.read(), link)
        return len(new)


def links(body: bytes) -> list[str]:
    """The links of a feed's items, RSS, Atom or JSON; the other fields are parsed and left."""
    if body.startswith(b"{"):
        return [item["url"] for item in json.loads(body)["items"]]
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return [entry["link"] for entry in parsed["entries"]]


def article_text(page: bytes, url: str) -> Any:
    """Trafilatura alone: one extraction with metadata, without comments."""
    return trafilatura.bare_extraction(page, url=url, with_metadata=True, include_comments=False)
