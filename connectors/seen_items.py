"""Items of a feed that are, byte for byte, what they were at the last read: they need not be parsed again.

Most of a changed feed is that. What is remembered of each item are two digests, of its bytes and of its address: a new
item that shares the address of an old one may change what the address of both is taken for, so then all are read.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.feed_items import item_link
from connectors.parsed_feed import ParsedFeed, begun_items
from connectors.quick_feed import parse_quick
from wirewatch.identity import digest

MOST_ITEMS = 200
"""Longer feeds are read anew each time they change: a cursor is to stay small."""
BYTES = 8
"""Of a digest."""
BEGIN = re.compile(rb"<(item|entry)[\s>]")
ENDS = {name: re.compile(rb"</" + name + rb"\s*>") for name in (b"item", b"entry")}


@dataclass(frozen=True, slots=True)
class Unseen:
    """A feed without the items that were seen, and how many those are."""

    feed: ParsedFeed
    seen: int


def unseen_part(body: bytes, marks: str | None, feed_url: str) -> Unseen | None:
    """What is new in an XML feed since `marks` were made of it; None where all of it is to be read."""
    before = _read(marks)
    chunks = _chunks(body) if before else None
    if not chunks:
        return None
    kept, end, new = [], 0, 0
    for start, stop in chunks:
        if _mark(body[start:stop]) in before:
            kept.append(body[end:start])
            end = stop
        else:
            new += 1
    kept.append(body[end:])
    if new == len(chunks):
        return None
    feed = parse_quick(b"".join(kept))
    if feed is None or len(feed.items) != new:
        return None
    links = set(before.values())
    if any(_link_mark(item_link(item, feed_url)) in links for item in feed.items):
        return None
    return Unseen(feed, len(chunks) - new)


def marks_of(body: bytes, feed: ParsedFeed, before: str | None, feed_url: str) -> str | None:
    """What to remember of an XML feed; `feed` is what was read of it: all, or what the marks `before` do not know.

    None where its items cannot be told apart in its bytes.
    """
    chunks = _chunks(body)
    if not chunks:
        return None
    known = _read(before)
    links = iter([_link_mark(item_link(item, feed_url)) for item in feed.items])
    marks = []
    for start, stop in chunks:
        mark = _mark(body[start:stop])
        link = known.get(mark) or next(links, None)
        if link is None:
            return None
        marks.append(mark + link)
    return b64encode(b"".join(marks)).decode() if next(links, None) is None else None


def _chunks(body: bytes) -> Sequence[tuple[int, int]] | None:
    """Where its items begin and end, found in one pass; None where it seems to have others than these."""
    found: list[tuple[int, int]] = []
    at = 0
    while begin := BEGIN.search(body, at):
        end = ENDS[begin.group(1)].search(body, begin.end())
        if end is None or len(found) == MOST_ITEMS:
            return None
        at = end.end()
        found.append((begin.start(), at))
    return found if len(found) == begun_items(body) else None


def _read(marks: str | None) -> dict[bytes, bytes]:
    try:
        packed = b64decode(marks or "", validate=True)
    except (binascii.Error, ValueError):
        return {}
    pairs = (packed[at : at + 2 * BYTES] for at in range(0, len(packed), 2 * BYTES))
    return {pair[:BYTES]: pair[BYTES:] for pair in pairs}


def _mark(chunk: bytes) -> bytes:
    return digest("feed item", chunk)[:BYTES]


def _link_mark(link: str | None) -> bytes:
    return digest("feed link", link or "")[:BYTES]
