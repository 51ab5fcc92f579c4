"""Article pages in place of the feed's fragment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from aiohttp import web

from connectors import Http, fetch_page
from wirewatch.errors import FetchError
from wirewatch.model import FEED_FRAGMENT, Item


def item(url: str, now: datetime) -> Item:
    return Item(
        "wire", url, b"<p>teaser</p>", FEED_FRAGMENT, now, title="T", feed_html="<p>teaser</p>", wants_page=True
    )


async def test_the_page_replaces_the_fragment_and_keeps_what_the_feed_said(serve, http: Http, now: datetime) -> None:
    async def page(request: web.Request) -> web.Response:
        if request.path == "/old":
            return web.Response(status=301, headers={"Location": "/new"})
        return web.Response(body=b"<html>article</html>", content_type="text/html")

    before = item(f"{await serve(page)}/old", now)
    after = await fetch_page(http, before)
    assert after == replace(before, raw=b"<html>article</html>", media_type="text/html", wants_page=False)
    assert after.url.endswith("/old")


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("application/xhtml+xml", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/plain", "text/plain"),
        ("application/pdf", "application/pdf"),
        ("", "text/html"),
    ],
)
async def test_what_can_be_read_as_a_page(content_type: str, media_type: str, speak, http: Http, now: datetime) -> None:
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {content_type}\r\n\r\n"
    base = await speak(head.encode() + b"<p>x</p>")
    assert (await fetch_page(http, item(base, now))).media_type == media_type


@pytest.mark.parametrize(
    ("content_type", "body", "says", "temporary"),
    [
        ("application/zip", b"PK", "the page is application/zip, which cannot be read as an article", False),
        ("image/jpeg", b"\xff\xd8", "image/jpeg", False),
        ("text/html", b" \n ", "the page is empty", True),
    ],
)
async def test_what_cannot_is_named(
    content_type: str, body: bytes, says: str, temporary: bool, serve, http: Http, now: datetime
) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    with pytest.raises(FetchError) as caught:
        await fetch_page(http, item(await serve(page), now))
    assert says in str(caught.value)
    assert caught.value.temporary is temporary


@pytest.mark.parametrize(
    ("charset", "body", "raw"),
    [
        ("windows-1251", "Санкции".encode("cp1251"), b"\xef\xbb\xbf" + "Санкции".encode()),
        ("windows-1251", "Санкции".encode(), "Санкции".encode()),
        ("utf-8", "Санкции".encode("cp1251"), "Санкции".encode("cp1251")),
        ("nonsense", "Санкции".encode("cp1251"), "Санкции".encode("cp1251")),
        ("ascii", "é".encode("cp1252"), "é".encode("cp1252")),
        ("shift_jis", b"\x81\xff\xff", b"\x81\xff\xff"),
    ],
)
async def test_a_charset_only_the_header_knows_is_not_lost(
    charset: str, body: bytes, raw: bytes, speak, http: Http, now: datetime
) -> None:
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html; charset={charset}\r\n\r\n"
    assert (await fetch_page(http, item(await speak(head.encode() + body), now))).raw == raw
