"""Items that were there at the last read are not parsed again, and nothing is lost by that."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.feed_items import items_of
from connectors.json_feed import parse_json_feed
from connectors.parsed_feed import ParsedFeed
from connectors.quick_feed import parse_quick
from connectors.seen_items import marks_of, unseen_part
from wirewatch.model import Item, Source, SourceKind

URL = "https://news.example/rss"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOURCE = Source("news", SourceKind.FEED, URL)
ITEM = re.compile(rb"<(item|entry)[\s>].*?</\1\s*>", re.DOTALL)


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>N</title>{"".join(items)}</channel></rss>'.encode()


def item(number: int, link: str | None = None, text: str = "Text") -> str:
    link = link or f"https://news.example/{number}"
    said = {"title": f"Title {number}", "guid": f"g{number}", "link": link, "description": text}
    return f"<item>{''.join(f'<{tag}>{value}</{tag}>' for tag, value in said.items())}</item>"


def whole(body: bytes) -> ParsedFeed:
    feed = parse_quick(body)
    assert feed is not None
    return feed


def marks(body: bytes) -> str | None:
    return marks_of(body, whole(body), None, URL)


def items(feed: ParsedFeed) -> tuple[Item, ...]:
    return items_of(feed, SOURCE, URL, NOW)


def test_only_what_is_new_is_read() -> None:
    before, after = marks(rss(item(1), item(2))), rss(item(3), item(1), item(2))
    unseen = unseen_part(after, before, URL)
    assert unseen is not None
    assert unseen.seen == 2
    assert items(unseen.feed) == items(whole(after))[:1]
    again = unseen_part(
        rss(item(4), item(3), item(1)), marks_of(after, unseen.feed, marks(rss(item(1), item(2))), URL), URL
    )
    assert again is not None
    assert [each.title for each in items(again.feed)] == ["Title 4"]


def test_a_feed_that_only_lost_items_has_nothing_new() -> None:
    unseen = unseen_part(rss(item(2)), marks(rss(item(1), item(2))), URL)
    assert unseen is not None
    assert not unseen.feed.items


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(rss(item(3, "https://news.example/1"), item(1)), id="another item with the address of an old one"),
        pytest.param(rss(item(1, text="Changed")), id="an item was changed"),
        pytest.param(rss(item(3).replace("Title", "<b>Title</b>"), item(1)), id="only feedparser reads it right"),
        pytest.param(rss("<!-- <item> -->", item(3), item(1)), id="what is an item is not sure"),
        pytest.param(rss(item(3, text="<![CDATA[<item>x</item>]]>"), item(1)), id="an item in an item's text"),
        pytest.param(rss(item(3), item(4)), id="all are new"),
        pytest.param(rss(item(3), item(1))[:-20], id="it breaks off"),
    ],
)
def test_where_it_is_not_sure_all_is_read(after: bytes) -> None:
    assert unseen_part(after, marks(rss(item(1), item(2))), URL) is None


@pytest.mark.parametrize("stored", [None, "", "no base64!", "AAAA"])
def test_marks_that_say_nothing_are_no_harm(stored: str | None) -> None:
    assert unseen_part(rss(item(1)), stored, URL) is None


def test_long_feeds_leave_no_marks() -> None:
    assert marks(rss(*(item(number) for number in range(300)))) is None


def test_a_hostile_feed_takes_one_pass() -> None:
    """Looked at anew from each beginning, this would take hours."""
    assert unseen_part(b"<item >" * 1_000_000, marks(rss(item(1))), URL) is None


def test_items_of_real_feeds_are_what_reading_all_gives(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "data" / "extraction" / "feeds").glob("*.gz")):
        body = gzip.decompress(path.read_bytes())
        feed = parse_quick(body)
        chunks = [each.span() for each in ITEM.finditer(body)]
        if feed is None or not 4 <= len(chunks) == len(feed.items):
            continue
        begin, end = chunks[0][0], chunks[1][1]
        unseen = unseen_part(body, marks(body[:begin] + body[end:]), URL)
        if unseen is not None:
            expected = [each for each in items(feed) if each.url in {known.url for known in items(unseen.feed)}]
            assert list(items(unseen.feed)) == expected, path.name
            assert unseen.seen == len(chunks) - 2
            compared += 1
    assert compared > 20


def json_feed(*items: str, before: str = "", after: str = "") -> bytes:
    version = '"version": "https://jsonfeed.org/version/1.1"'
    return f'{{{version}, {before} "title": "N", "items": [{", ".join(items)}]{after}}}'.encode()


def json_item(number: int, **said: str) -> str:
    url = f"https://news.example/{number}"
    return json.dumps({"id": url, "url": url, "title": f"Titel {number} „]“", "content_text": "T"} | said)


def whole_json(body: bytes) -> ParsedFeed:
    feed, _ = parse_json_feed(body)
    assert feed is not None
    return feed


def test_of_a_json_feed_too_only_what_is_new_is_read() -> None:
    before = json_feed(json_item(1), json_item(2))
    after = b"\xef\xbb\xbf" + json_feed(
        json_item(3), json_item(1), json_item(2, title="Changed"), after=', "x": {"items": [1]}'
    )
    unseen = unseen_part(after, marks_of(before, whole_json(before), None, URL), URL)
    assert unseen is None, "a changed item has the address of an old one: all are read"
    after = json_feed(json_item(3), json_item(1), json_item(2), after=', "x": {"items": [1]}')
    unseen = unseen_part(after, marks_of(before, whole_json(before), None, URL), URL)
    assert unseen is not None
    assert unseen.seen == 2
    assert items(unseen.feed) == items(whole_json(after))[:1]
    again = json_feed(json_item(4), json_item(3), json_item(1))
    unseen = unseen_part(again, marks_of(after, whole_json(after), None, URL), URL)
    assert unseen is not None
    assert [each.title for each in items(unseen.feed)] == ["Titel 4 „]“"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json_feed(json_item(1), before='"_x": {"items": [{"id": 1}]},'), id="another list before it"),
        pytest.param(
            json_feed(json_item(1), after=', "items": [{"id": "9", "url": "https://news.example/9"}]'), id="two"
        ),
        pytest.param(json_feed(json_item(1))[:-9], id="broken off"),
        pytest.param(json_feed(), id="none"),
        pytest.param(json_feed(json_item(1)).replace(b"Titel", b"T\xff"), id="not UTF-8"),
        pytest.param(b"{" * 100_000, id="too deep"),
    ],
)
def test_json_whose_items_cannot_be_told_apart_is_read_whole(body: bytes) -> None:
    assert marks_of(body, ParsedFeed("", None, ()), None, URL) is None
    sound = json_feed(json_item(1))
    assert unseen_part(body, marks_of(sound, whole_json(sound), None, URL), URL) is None
