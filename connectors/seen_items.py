"""Items of a feed that are, byte for byte, what they were at the last read: they need not be parsed again.

Most of a changed feed is that. What is remembered of each item are two digests, of its bytes and of its address: a new
item that shares the address of an old one may change what the address of both is taken for, so then all are read.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from connectors.feed_items import item_link
from connectors.json_feed import cut_json_feed, parse_json_feed
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
    """What is new in a feed since `marks` were made of it; None where all of it is to be read."""
    before = _read(marks)
    cut = _cut(body) if before else None
    if cut is None:
        return None
    new = [_mark(item) not in before for item in cut.items]
    if all(new):
        return None
    feed = cut.parse(cut.only(new))
    if feed is None or len(feed.items) != sum(new):
        return None
    links = set(before.values())
    if any(_link_mark(item_link(item, feed_url)) in links for item in feed.items):
        return None
    return Unseen(feed, len(new) - sum(new))


def marks_of(body: bytes, feed: ParsedFeed, before: str | None, feed_url: str) -> str | None:
    """What to remember of a feed; `feed` is what was read of it: all, or what the marks `before` do not know.

    None where its items cannot be told apart in its bytes.
    """
    cut = _cut(body)
    if cut is None:
        return None
    known = _read(before)
    links = iter([_link_mark(item_link(item, feed_url)) for item in feed.items])
    marks = []
    for item in cut.items:
        mark = _mark(item)
        link = known.get(mark) or next(links, None)
        if link is None:
            return None
        marks.append(mark + link)
    return b64encode(b"".join(marks)).decode() if next(links, None) is None else None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A feed's items as they stand in its bytes, and how to read a feed of some of them."""

    items: Sequence[bytes]
    only: Callable[[Sequence[bool]], bytes]
    parse: Callable[[bytes], ParsedFeed | None]


def _cut(body: bytes) -> _Cut | None:
    """None where its items cannot be told apart, or are too many."""
    return _cut_json(body) if body.lstrip()[:1] == b"{" else _cut_xml(body)


def _cut_json(body: bytes) -> _Cut | None:
    cut = cut_json_feed(body)
    if cut is None or len(cut.items) > MOST_ITEMS:
        return None

    def only(wanted: Sequence[bool]) -> bytes:
        return cut.head + b",".join(compress(cut.items, wanted)) + cut.tail

    return _Cut(cut.items, only, lambda part: parse_json_feed(part)[0])


def _cut_xml(body: bytes) -> _Cut | None:
    spans = _spans(body)
    if not spans:
        return None

    def only(wanted: Sequence[bool]) -> bytes:
        kept, end = [], 0
        for (start, stop), is_wanted in zip(spans, wanted, strict=True):
            if not is_wanted:
                kept.append(body[end:start])
                end = stop
        return b"".join([*kept, body[end:]])

    return _Cut([body[start:stop] for start, stop in spans], only, parse_quick)


def _spans(body: bytes) -> Sequence[tuple[int, int]] | None:
    """Where the items of XML begin and end, found in one pass; None where it seems to have others than these."""
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
