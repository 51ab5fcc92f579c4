"""What an address is before it becomes a source."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from connectors import Http, preview
from connectors.named_feeds import named_feeds
from wirewatch.errors import FetchError, NotAFeed
from wirewatch.model import SourceKind

FEEDS = Path(__file__).parent / "feeds"


Bodies = dict[str, tuple[bytes, str]]


@pytest.fixture
def bodies() -> Bodies:
    return {
        "/feed": ((FEEDS / "trimmings.rss").read_bytes(), "application/rss+xml"),
        "/": (
            b'<link rel="alternate" type="application/rss+xml" href="/gone"><a rel="feed" href="/feed">News</a>',
            "text/html",
        ),
        "/bare": (b"<html><title>No feeds here</title></html>", "text/html"),
        "/dead": (b'<link rel="alternate" type="application/rss+xml" href="/gone">', "text/html"),
        "/map.xml": (b"<urlset><url><loc>/a</loc><lastmod>2026-03-01</lastmod></url></urlset>", "text/xml"),
        "/list": (b"<main><a href=/one>One</a><a href=/two>Two</a></main>", "text/html"),
    }


@pytest.fixture
async def site(serve, bodies: Bodies) -> str:
    async def answer(request: web.Request) -> web.Response:
        if request.path not in bodies:
            return web.Response(status=404)
        body, media_type = bodies[request.path]
        return web.Response(body=body, content_type=media_type)

    return str(await serve(answer))


async def test_a_feed_is_shown_with_its_items(site: str, http: Http) -> None:
    shown = await preview(http, f"{site}/feed")
    assert (shown.source.kind, shown.source.location) == (SourceKind.FEED, f"{site}/feed")
    assert (shown.source.name, shown.kind, shown.title, shown.language) == (
        "harbour-coast",
        "RSS 2.0",
        "Harbour & coast",
        "pt_BR",
    )
    assert (len(shown.items), shown.full_text) == (5, 1)  # one has no page
    assert shown.items[0].title == "AT&T opens harbour office"
    assert (shown.problems, shown.named) == ((), ())


async def test_a_page_leads_to_the_first_feed_that_can_be_read(site: str, http: Http) -> None:
    shown = await preview(http, f"{site}/")
    assert shown.source.location == f"{site}/feed"
    assert [feed.url for feed in shown.named] == [f"{site}/gone", f"{site}/feed"]


async def test_a_page_without_feeds_says_so(site: str, http: Http) -> None:
    with pytest.raises(NotAFeed, match=r"a web page \(“No feeds here”\).*names no feed\. .*`--select` tries"):
        await preview(http, f"{site}/bare")
    with pytest.raises(NotAFeed, match=r"none can be read:\n.*/gone: 127\.0\.0\.1 answered 404"):
        await preview(http, f"{site}/dead")
    with pytest.raises(FetchError, match="404"):
        await preview(http, f"{site}/nowhere")


async def test_a_sitemap_is_known_by_its_content(site: str, http: Http, now: datetime) -> None:
    shown = await preview(http, f"{site}/map.xml", now)
    assert (shown.source.kind, shown.kind, shown.source.name) == (SourceKind.SITEMAP, "sitemap", "127.0.0.1")
    assert [item.url for item in shown.items] == [f"{site}/a"]


async def test_a_site_without_feeds_leads_to_the_sitemap_that_its_robots_txt_names(
    site: str, bodies: Bodies, http: Http, now: datetime
) -> None:
    bodies["/robots.txt"] = f"User-agent: *\nSitemap: {site}/gone\nsitemap: {site}/map.xml".encode(), "text/plain"
    shown = await preview(http, f"{site}/bare", now)
    assert shown.source.location == f"{site}/map.xml"


async def test_a_selector_makes_a_page_a_source(site: str, http: Http) -> None:
    shown = await preview(http, f"{site}/list", select="main a")
    assert (shown.source.kind, shown.source.select) == (SourceKind.PAGE, "main a")
    assert [item.title for item in shown.items] == ["One", "Two"]


async def test_folders_and_mailboxes(http: Http, tmp_path: Path, mail: Any) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    shown = await preview(http, str(tmp_path))
    assert (shown.source.kind, shown.source.location, len(shown.items)) == (SourceKind.FOLDER, str(tmp_path), 1)
    letters = await preview(http, mail.url)
    assert (letters.source.kind, letters.source.location, letters.source.name) == (
        SourceKind.MAILBOX,
        mail.url,
        "inbox",
    )


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
