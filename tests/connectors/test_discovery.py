"""What an address is before it becomes a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from connectors import Http, preview
from connectors.discovery import named_feeds
from wirewatch.errors import FetchError, NotAFeed

FEEDS = Path(__file__).parent / "feeds"


@pytest.fixture
async def site(serve) -> str:
    bodies = {
        "/feed": ((FEEDS / "trimmings.rss").read_bytes(), "application/rss+xml"),
        "/": (
            b'<link rel="alternate" type="application/rss+xml" href="/gone"><a rel="feed" href="/feed">News</a>',
            "text/html",
        ),
        "/bare": (b"<html><title>No feeds here</title></html>", "text/html"),
        "/dead": (b'<link rel="alternate" type="application/rss+xml" href="/gone">', "text/html"),
    }

    async def answer(request: web.Request) -> web.Response:
        if request.path not in bodies:
            return web.Response(status=404)
        body, media_type = bodies[request.path]
        return web.Response(body=body, content_type=media_type)

    return str(await serve(answer))


async def test_a_feed_is_shown_with_its_items(site: str, http: Http) -> None:
    shown = await preview(http, f"{site}/feed")
    assert (shown.url, shown.kind, shown.title, shown.language) == (
        f"{site}/feed",
        "RSS 2.0",
        "Harbour & coast",
        "pt_BR",
    )
    assert (shown.item_count, shown.full_text, len(shown.items)) == (5, 1, 5)  # one has no page
    assert shown.items[0].title == "AT&T opens harbour office"
    assert (shown.problem, shown.named) == (None, ())
    assert str(shown).splitlines()[:4] == [
        "RSS 2.0: Harbour & coast · pt_BR",
        f"  {site}/feed",
        "  5 items, 1 of them with their full text in the feed",
        "  2026-02-27 09:30 UTC  AT&T opens harbour office",
    ]


async def test_a_page_leads_to_the_first_feed_that_can_be_read(site: str, http: Http) -> None:
    shown = await preview(http, f"{site}/")
    assert shown.url == f"{site}/feed"
    assert [feed.url for feed in shown.named] == [f"{site}/gone", f"{site}/feed"]


async def test_a_page_without_feeds_says_so(site: str, http: Http) -> None:
    with pytest.raises(NotAFeed, match=r"a web page \(“No feeds here”\).*names no feed"):
        await preview(http, f"{site}/bare")
    with pytest.raises(NotAFeed, match=r"none can be read:\n.*/gone: 127\.0\.0\.1 answered 404"):
        await preview(http, f"{site}/dead")
    with pytest.raises(FetchError, match="404"):
        await preview(http, f"{site}/nowhere")


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="rss.xml">', ["https://news.example/a/rss.xml"]),
        ('<LINK REL="Alternate" TYPE="Application/Atom+XML" HREF="/atom">', ["https://news.example/atom"]),
        (
            '<link rel="home alternate" type="application/feed+json; charset=utf-8" href="//j.example/f">',
            ["https://j.example/f"],
        ),
        (
            '<base href="https://base.example/x/"><link rel="alternate" type="text/xml" href="y">',
            ["https://base.example/x/y"],
        ),
        ('<base target="_top"><link rel="feed" href="f">', ["https://news.example/a/f"]),
        ('<link rel="alternate" type="application/rss+xml" href=" /r ">' * 2, ["https://news.example/r"]),
        ('<link rel="alternate" type="text/html" hreflang="de" href="/de">', []),
        ('<link rel="stylesheet" type="text/xml" href="/s">', []),
        ('<link rel="alternate" type="application/rss+xml">', []),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', []),
        ('<link rel="alternate" type="application/rss+xml" href="http://[bad">', []),
        ("", []),
        ("\x00", []),
    ],
)
def test_feeds_named_by_a_page(page: str, found: list[str]) -> None:
    assert [feed.url for feed in named_feeds(page.encode(), "https://news.example/a/b")] == found
