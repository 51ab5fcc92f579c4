"""What a sitemap says (https://www.sitemaps.org/protocol.html, and Google's extension for news)."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from connectors.dates import parse_date
from connectors.encodings import GZIP_MAGIC, GZIP_WINDOW
from connectors.feed_answer import is_html
from wirewatch.errors import FetchError, NotAFeed

MOST_BYTES = 20 * 2**20
"""Unpacked. The protocol allows 50 MiB; one for news has a thousand addresses at most."""
CHUNK = 2**16
CLOSED_ROOT = re.compile(
    rb"</\s*(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<(?:urlset|sitemapindex)\b[^<>]*/>", re.IGNORECASE
)
ROOTS = {"urlset": "url", "sitemapindex": "sitemap"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One address of a sitemap, or of an index of sitemaps. `changed_at` is its lastmod."""

    url: str
    changed_at: datetime | None = None
    published_at: datetime | None = None
    title: str | None = None
    language: str | None = None

    @property
    def dated_at(self) -> datetime | None:
        return self.published_at or self.changed_at


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap; of an index, `is_index`, the addresses are of sitemaps."""

    is_index: bool
    listed: tuple[Listed, ...]
    whole: bool


def parse_sitemap(body: bytes) -> Sitemap:
    """The sitemap in a body, packed or not; NotAFeed says what it is instead."""
    body = _unpacked(body).lstrip()
    whole = CLOSED_ROOT.search(body[-4096:]) is not None
    parser = etree.XMLPullParser(
        ("start", "end"), recover=True, resolve_entities=False, no_network=True, remove_comments=True
    )
    root, listed = "", []
    try:
        for start in range(0, len(body), CHUNK):
            parser.feed(body[start : start + CHUNK])
            if whole and start + CHUNK >= len(body):  # of half a sitemap, this would make a whole address of half a one
                parser.close()
            for event, element in parser.read_events():
                assert isinstance(element, etree._Element)  # of these two events, by lxml's word
                name = _local(element)
                root = root or name
                if root not in ROOTS:
                    raise NotAFeed(_instead(root))
                if event == "end" and name == ROOTS[root]:
                    listed.append(_listed(element))
                    _drop(element)
    except etree.XMLSyntaxError:
        whole = False
    if not root:
        raise NotAFeed(_instead("html") if is_html(body) else "not a sitemap: no XML")
    return Sitemap(root == "sitemapindex", tuple(each for each in listed if each.url), whole)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(GZIP_MAGIC):
        return body
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise FetchError("the sitemap is packed as gzip, but cannot be unpacked") from None
    if len(unpacked) > MOST_BYTES:
        raise FetchError(f"the sitemap is longer than {MOST_BYTES // 2**20} MiB, unpacked")
    return unpacked


def _instead(root: str) -> str:
    if root in ("rss", "feed", "rdf"):
        return "not a sitemap but a feed; write `feed:` in place of `sitemap:`"
    if root in ("html", "head", "body"):
        return "not a sitemap: a web page; `wirewatch sources test` shows what a site has"
    return f"not a sitemap: XML that begins with <{root[:40]}>"


def _listed(element: etree._Element) -> Listed:
    said: dict[str, str] = {}
    for each in element.iter(etree.Element):
        text = (each.text or "").strip()
        parent = each.getparent()
        # Images and videos have addresses and titles of their own.
        if text and (parent is element or (parent is not None and _local(parent) in ("news", "publication"))):
            said.setdefault(_local(each), text)
    return Listed(
        url=said.get("loc", ""),
        changed_at=parse_date(said.get("lastmod")),
        published_at=parse_date(said.get("publication_date")),
        title=" ".join(said.get("title", "").split()) or None,
        language=said.get("language"),
    )


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _drop(element: etree._Element) -> None:
    """Let go of what has been read: a sitemap may have 50,000 addresses."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
