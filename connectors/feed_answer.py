"""The feed in an answer, or what the answer is instead."""

from __future__ import annotations

import codecs
import re

from connectors.aside import parse_aside
from connectors.http import Response
from connectors.json_feed import parse_json_feed
from connectors.parsed_feed import ParsedFeed, begun_items
from connectors.quick_feed import is_tame, parse_quick
from connectors.rescued_feed import rescue_feed
from connectors.xml_feed import is_cut, parse_xml_feed, whole_items_of, without_utf16
from wirewatch.errors import NotAFeed

ROOT_WITHIN = 4096
FEED_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
TITLE = re.compile(rb"<title[^>]*>(.{1,400}?)</title", re.IGNORECASE | re.DOTALL)
MAGIC = {
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"PK\x03\x04": "a zip file",
}
PARSED_HERE_BYTES = 32 * 1024
"""Above, broken XML is parsed in a process of its own: feedparser's time grows with the square of an element's
attributes, to 0.2 s here and to minutes at the largest."""
TAME_PARSED_HERE_BYTES = 2**20
"""The same for XML that is known to be tame; feedparser takes about half a second for so much."""


async def parse_feed(answer: Response) -> tuple[ParsedFeed, bool]:
    """The feed in an answer, and whether it is whole; raises NotAFeed saying what it looks like instead."""
    body = without_utf16(answer.body).lstrip()
    if body.removeprefix(codecs.BOM_UTF8)[:1] == b"{":
        feed, whole = parse_json_feed(body)
    else:
        feed, whole = await _parse_xml(body, answer)
    if feed is None:
        raise NotAFeed(_not_a_feed(answer))
    return feed, whole and answer.whole


async def _parse_xml(body: bytes, answer: Response) -> tuple[ParsedFeed | None, bool]:
    if answer.whole and (feed := parse_quick(body)):
        return feed, True
    if not FEED_ROOT.search(body[:ROOT_WITHIN]):
        return None, True
    whole = answer.whole and not is_cut(body)
    if not whole:
        body = whole_items_of(body)
    return await _parse_odd(body, answer), whole


async def _parse_odd(body: bytes, answer: Response) -> ParsedFeed | None:
    """A feed that only feedparser reads right, or that not even feedparser sees all the items of."""
    if len(body) <= PARSED_HERE_BYTES or (len(body) <= TAME_PARSED_HERE_BYTES and is_tame(body)):
        feed = parse_xml_feed(body, answer.url, answer.charset)
    else:
        feed = await parse_aside(body, answer.url, answer.charset)
    if feed is None or len(feed.items) < begun_items(body):
        rescued = rescue_feed(body, answer.charset)
        if rescued and (feed is None or len(rescued.items) > len(feed.items)):
            return rescued
    return feed


def is_html(body: bytes) -> bool:
    """Whether a body begins as a web page does."""
    begin = body[:1000].lower()
    return (
        b"<!doctype html" in begin
        or re.search(rb"^\W*(?:<!--.*?-->\s*)*<(?:html|head|body)\b", begin, re.DOTALL) is not None
    )


def _not_a_feed(answer: Response) -> str:
    body = answer.body.lstrip()
    if not body:
        return "not a feed: the answer is empty"
    if is_html(body) or answer.media_type == "text/html":
        title = TITLE.search(body)
        named = f" (“{' '.join(title.group(1).decode('utf-8', 'replace').split())[:80]}”)" if title else ""
        return f"not a feed: a web page{named}; `wirewatch sources test` shows the feeds that a page names"
    if body[:1] in (b"{", b"["):
        return "not a feed: JSON, but no JSON Feed"
    for magic, what in MAGIC.items():
        if body.startswith(magic):
            return f"not a feed: {what}"
    return f"not a feed: {answer.media_type} beginning {body[:40].decode('utf-8', 'replace')!r}"
