"""Feeds over HTTP: what a poll asks, what it keeps, and what it says of an answer that is no whole feed."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http, Reading, connector_for
from wirewatch.errors import FetchError, NotAFeed
from wirewatch.model import Cursor, Source, SourceKind

Poll = Callable[..., Awaitable[Reading]]


def rss(*titles: str) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>https://news.example/{title.lower()}</link></item>\n" for title in titles
    )
    return f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>News</title>\n{items}</channel></rss>\n'.encode()


def json_feed(*titles: str) -> bytes:
    items = ",".join(
        f'{{"id": "{title}", "url": "https://news.example/{title.lower()}", "title": "{title}"}}' for title in titles
    )
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [{items}]}}'.encode()


def titles(reading: Reading) -> list[str | None]:
    return [item.title for item in reading.items]


class Site:
    """A feed whose answer the test sets; notes what it was asked."""

    def __init__(self) -> None:
        self.body, self.headers, self.status = b"", {}, 200
        self.media_type = "application/rss+xml"
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        known = request.headers.get("If-None-Match")
        if known is not None and known == self.headers.get("ETag"):
            return web.Response(status=304)
        return web.Response(body=self.body, status=self.status, headers=self.headers, content_type=self.media_type)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def poll(site: Site, serve, http: Http, now: datetime) -> Poll:
    base = await serve(site.answer)
    source = Source("wire", SourceKind.FEED, f"{base}/rss")

    async def read(cursor: Cursor | None = None, at: datetime = now) -> Reading:
        return await connector_for(source, http).read(source, cursor or Cursor(), at)

    return read


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "unquoted", '"with space, and comma"', '"' + "x" * 1000 + '"'])
async def test_validators_are_sent_back_byte_for_byte(etag: str, site: Site, poll: Poll) -> None:
    site.body = rss("One")
    site.headers = {"ETag": etag, "Last-Modified": "not a date, but returned"}
    first = await poll()
    assert titles(first) == ["One"]
    second = await poll(first.cursor)
    assert (second.unchanged, second.items, second.cursor) == (True, (), first.cursor)
    assert "If-None-Match" not in site.asked[0].headers
    assert site.asked[1].headers["If-None-Match"] == etag
    assert site.asked[1].headers["If-Modified-Since"] == "not a date, but returned"


async def test_a_validator_that_cannot_be_sent_back_is_not_kept(site: Site, poll: Poll) -> None:
    site.body = rss("One")
    site.headers = {"ETag": '"' + "x" * 5000 + '"', "Last-Modified": "é"}
    cursor = (await poll()).cursor
    assert (cursor.etag, cursor.last_modified) == (None, None)


async def test_once_a_day_the_feed_is_asked_for_without_validators(site: Site, poll: Poll, now: datetime) -> None:
    site.body, site.headers = rss("One"), {"ETag": '"lies"'}
    first = await poll()
    site.body = rss("Two", "One")
    assert (await poll(first.cursor, now + timedelta(hours=23))).unchanged
    later = await poll(first.cursor, now + timedelta(hours=24))
    assert titles(later) == ["Two", "One"]
    assert later.cursor.full_fetch_at == now + timedelta(hours=24)


async def test_the_same_body_is_unchanged_whatever_its_validators(site: Site, poll: Poll) -> None:
    site.body, site.headers = rss("One"), {"ETag": '"1"'}
    first = await poll()
    site.headers = {"ETag": '"2"'}
    second = await poll(first.cursor)
    assert (second.unchanged, second.items) == (True, ())
    assert second.cursor.etag == '"2"'


async def test_the_first_poll_is_remembered(site: Site, poll: Poll, now: datetime) -> None:
    site.body = rss("One")
    first = await poll()
    site.body = rss("Two")
    assert first.cursor.first_polled_at == now
    assert (await poll(first.cursor, now + timedelta(hours=1))).cursor.first_polled_at == now


async def test_304_to_a_first_request_is_an_error(site: Site, poll: Poll) -> None:
    site.status = 304
    with pytest.raises(FetchError, match="answered 304"):
        await poll()


async def test_304_to_a_request_without_validators_is_an_error(site: Site, poll: Poll) -> None:
    site.body, site.headers = rss("One"), {}
    first = await poll()
    site.status = 304
    with pytest.raises(FetchError, match="answered 304"):
        await poll(first.cursor)


async def test_an_empty_feed_is_a_feed(site: Site, poll: Poll) -> None:
    site.body = rss()
    reading = await poll()
    assert (reading.items, reading.failures) == ((), ())
    assert reading.cursor.body_hash


@pytest.mark.parametrize(
    ("body", "media_type", "says"),
    [
        (b"", "text/xml", "the answer is empty"),
        (b" \n\t ", "text/xml", "the answer is empty"),
        (b"<!DOCTYPE html><title>Access\n denied</title>", "application/rss+xml", "a web page (“Access denied”)"),
        (b"<html><body>Sorry, an error</body></html>", "text/html", "a web page"),
        (b'{"error": "no such feed"}', "application/json", "JSON, but no JSON Feed"),
        (b'{"items": [1, 2', "application/json", "JSON, but no JSON Feed"),
        (b"[]", "application/json", "JSON, but no JSON Feed"),
        (b"%PDF-1.7 ...", "application/pdf", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "an image"),
        (b"just words", "text/plain", "text/plain beginning 'just words'"),
        (b"\x00\x01\x02\xff" * 20, "application/octet-stream", "application/octet-stream"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "text/xml", "text/xml beginning"),
        (b"/etc/hostname", "text/plain", "not a feed"),
    ],
)
async def test_what_is_no_feed_is_named(body: bytes, media_type: str, says: str, site: Site, poll: Poll) -> None:
    site.body, site.media_type = body, media_type
    with pytest.raises(NotAFeed) as caught:
        await poll()
    assert says in str(caught.value)
    assert str(caught.value).startswith("not a feed: ")


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        (rss("One", "Two", "Three"), b"<item><title>Three"),
        (rss("One", "Two", "Three"), b"ee</title><link>https://news.example/th"),
        (json_feed("One", "Two", "Three"), b'Three", "url"'),
    ],
    ids=["rss in a tag", "rss in a link", "json"],
)
@pytest.mark.parametrize("broken_off", [False, True], ids=["short file", "short body"])
async def test_half_a_feed_gives_its_whole_items_and_is_read_again(
    whole: bytes, cut: bytes, broken_off: bool, site: Site, poll: Poll, speak, http: Http, now: datetime
) -> None:
    half = whole[: whole.index(cut) + len(cut) - 3]
    if broken_off:
        head = f'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: {len(whole)}\r\nConnection: close\r\n\r\n'
        source = Source("wire", SourceKind.FEED, await speak(head.encode() + half))
        reading = await connector_for(source, http).read(source, Cursor(), now)
    else:
        site.body, site.headers = half, {"ETag": '"x"'}
        reading = await poll()
    assert titles(reading) == ["One", "Two"]
    assert [failure.where for failure in reading.failures] == ["source wire"]
    assert "the feed breaks off; 2 whole items could be read" in reading.failures[0].what
    assert (reading.cursor.etag, reading.cursor.body_hash, reading.cursor.full_fetch_at) == (None, None, None)
    site.body = whole
    assert titles(await poll(reading.cursor)) == ["One", "Two", "Three"]


async def test_a_feed_cut_before_its_first_item_has_none(site: Site, poll: Poll) -> None:
    site.body = rss("One")[:90]
    reading = await poll()
    assert (reading.items, len(reading.failures)) == ((), 1)


async def test_a_feed_that_is_whole_but_not_well_formed_is_read(site: Site, poll: Poll) -> None:
    site.body = rss("One", "Two").replace(b"</title>", b"</titel> & <b>", 2)
    reading = await poll()
    assert len(reading.items) == 2
    assert reading.failures == ()
    assert reading.cursor.body_hash


async def test_links_are_resolved_against_the_address_that_answered(site: Site, poll: Poll) -> None:
    site.body = rss("One").replace(b"https://news.example/one", b"../one?a=1&amp;copy=2")
    (item,) = (await poll()).items
    host = site.asked[0].host
    assert item.url == f"http://{host}/one?a=1&copy=2"


async def test_the_sources_language_is_the_operators_word(serve, http: Http, now: datetime) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=rss("One").replace(b"<title>News", b"<language>fr_CA</language><title>News"))

    source = Source("wire", SourceKind.FEED, await serve(answer))
    reader = connector_for(source, http)
    assert (await reader.read(source, Cursor(), now)).items[0].language == "fr-ca"
    assert (await reader.read(replace(source, language="de"), Cursor(), now)).items[0].language == "de"


async def test_one_evil_feed_of_many_costs_only_its_own_slot(http: Http, serve, speak, now: datetime) -> None:
    async def good(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(rss("One")), headers={"Content-Encoding": "gzip"})

    evil = [await speak(b""), await speak(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe<html>"), "http://nosuch.invalid/rss"]
    base = await serve(good)
    read = []
    for number, url in enumerate([f"{base}/{n}" for n in range(5)] + evil):
        source = Source(f"s{number}", SourceKind.FEED, url)
        try:
            read += (await connector_for(source, http).read(source, Cursor(), now)).items
        except FetchError:
            continue
    assert len(read) == 5


XML_BOMBS = {
    "billion laughs": b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><rss version='2.0'><channel><item><title>&j;</title><link>https://news.example/a</link></item></channel></rss>",
    "external entity": b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss version='2.0'><channel><item><title>T &x;</title><link>https://news.example/a</link></item></channel></rss>",
    "deep nesting": rss("One").replace(b"</item>", b"<a>" * 20_000 + b"</item>"),
    "50k attributes": rss("One").replace(
        b"<item>", b"<item " + b" ".join(b'a%d="x"' % n for n in range(50_000)) + b">"
    ),
    "20k namespaces": rss("One").replace(
        b"<rss ", b"<rss " + b" ".join(b'xmlns:n%d="urn:n%d"' % (n, n) for n in range(20_000)) + b" "
    ),
    "a title of 5 MB": rss("One").replace(b">One<", b">" + b"word " * 1_000_000 + b"<"),
    "NUL bytes": rss("One").replace(b"News", b"Ne\0ws"),
}


@pytest.mark.parametrize("name", XML_BOMBS)
async def test_no_document_stalls_a_poll(name: str, site: Site, poll: Poll) -> None:
    site.body = XML_BOMBS[name]
    try:
        reading = await poll()
    except FetchError as error:
        assert len(str(error)) < 300
    else:
        assert all("root:" not in item.title for item in reading.items if item.title)
        assert all(len(item.title or "") < 100_000 for item in reading.items)


async def test_a_big_broken_feed_is_parsed_aside(site: Site, poll: Poll) -> None:
    site.body = rss("One", *(f"Title{number}" for number in range(1000)), "Last").replace(b"News", b"News & more")
    reading = await poll()
    assert (len(reading.items), reading.failures) == (1002, ())


async def test_a_broken_feed_that_keeps_the_parser_busy_is_given_up(
    site: Site, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.aside.DEADLINE", 1.0)
    many = b" ".join(b'a%d="x"' % number for number in range(50_000))
    # Broken only after the attributes, on which feedparser spends half a minute first.
    site.body = rss("One", "Two").replace(b"<item>", b"<item " + many + b">", 1).replace(b"Two", b"Two & more")
    with pytest.raises(NotAFeed, match="its XML is broken, and 1 s were not enough"):
        await poll()


async def test_dates_that_no_article_can_have_are_left_out(site: Site, poll: Poll, now: datetime) -> None:
    dates = {
        "Real": "Sun, 01 Mar 2026 08:00:00 +0100",
        "Epoch": "Thu, 01 Jan 1970 00:00:00 GMT",
        "Far": "Sun, 01 Mar 2099 08:00:00 GMT",
        "Soon": "Sun, 01 Mar 2026 20:00:00 GMT",
        "Junk": "yesterday-ish",
    }
    body = rss(*dates)
    for title, date in dates.items():
        body = body.replace(
            f"<title>{title}</title>".encode(), f"<title>{title}</title><pubDate>{date}</pubDate>".encode()
        )
    site.body = body
    found = {item.title: item.published_at for item in (await poll()).items}
    assert found == {
        "Real": datetime(2026, 3, 1, 7, tzinfo=UTC),
        "Epoch": None,
        "Far": None,
        "Soon": datetime(2026, 3, 1, 20, tzinfo=UTC),
        "Junk": None,
    }
