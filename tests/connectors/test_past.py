"""The past of a source, as a backfill asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web

from connectors import Http, past
from wirewatch.errors import FetchError
from wirewatch.model import Source, SourceKind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Site:
    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        body = self.bodies.get(request.path_qs)
        return web.Response(status=404) if body is None else web.Response(body=body.encode(), content_type="text/xml")


@pytest.fixture
async def site() -> Site:
    return Site()


@pytest.fixture
async def titles(site: Site, serve, http: Http):
    base = await serve(site.answer)

    async def read(since: datetime | None = None, kind: SourceKind = SourceKind.FEED, path: str = "/feed") -> list[str]:
        source = Source("wire", kind, base + path)
        return [item.title or item.url.rpartition("/")[2] async for item in past(source, http, since, NOW)]

    return read


def rss(*titles: str, link: str = "") -> str:
    items = "".join(
        f"<item><title>{title}</title><link>https://news.example/{title}</link>"
        f"<pubDate>2026-02-{title[-2:]}T00:00:00Z</pubDate></item>"
        for title in titles
    )
    return f'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel>{link}{items}</channel></rss>'


def atom(*titles: str, link: str = "") -> str:
    entries = "".join(
        f"<entry><title>{title}</title><link href='https://news.example/{title}'/><link rel='next' href='/wrong'/>"
        f"<updated>2026-02-{title[-2:]}T00:00:00Z</updated></entry>"
        for title in titles
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{link}{entries}</feed>'


def put_three_pages(site: Site) -> None:
    site.bodies |= {
        "/feed": rss("day28", "day27", link='<a:link rel="next" href="/feed?page=2"/>'),
        "/feed?page=2": rss(
            "day27", "day26", link='<a:link rel="prev-archive" href="/3"/><a:link rel="next" href="/"/>'
        ),
        "/3": atom("day25", "day24", link='<link rel="prev-archive" href="/feed"/>'),
    }


async def test_pages_are_followed_back_and_each_item_is_given_once(site: Site, titles) -> None:
    put_three_pages(site)
    assert await titles() == ["day28", "day27", "day26", "day25", "day24"]
    assert site.asked == ["/feed", "/feed?page=2", "/3"], "a circle ends"


async def test_it_ends_where_items_are_too_old(site: Site, titles) -> None:
    put_three_pages(site)
    assert await titles(datetime(2026, 2, 27, tzinfo=UTC)) == ["day28", "day27"]
    assert site.asked == ["/feed", "/feed?page=2"]


async def test_a_json_feed_names_its_next_page(site: Site, titles) -> None:
    item = '{{"id": "{0}", "url": "https://news.example/{0}", "title": "{0}"}}'
    site.bodies["/feed"] = (
        '{"version": "https://jsonfeed.org/version/1.1", "next_url": "2", "items": [' + item.format("one") + "]}"
    )
    site.bodies["/2"] = '{"version": "https://jsonfeed.org/version/1.1", "items": [' + item.format("two") + "]}"
    assert await titles() == ["one", "two"]


async def test_a_page_that_cannot_be_read_is_told_after_what_came_before(site: Site, titles) -> None:
    site.bodies["/feed"] = rss("day28", link='<a:link rel="next" href="/gone"/>')
    with pytest.raises(FetchError, match="404"):
        await titles()


async def test_all_of_a_sitemap_that_is_recent_enough(site: Site, titles) -> None:
    site.bodies["/map"] = (
        "<sitemapindex><sitemap><loc>/old</loc><lastmod>2025-01-01</lastmod></sitemap>"
        "<sitemap><loc>/new</loc><lastmod>2026-02-20</lastmod></sitemap></sitemapindex>"
    )
    site.bodies["/old"] = "<urlset><url><loc>/o</loc><lastmod>2025-01-01</lastmod></url></urlset>"
    site.bodies["/new"] = (
        "<urlset><url><loc>/a</loc><lastmod>2026-02-20</lastmod></url><url><loc>/b</loc></url>"
        "<url><loc>/c</loc><lastmod>2025-12-31</lastmod></url></urlset>"
    )
    assert await titles(datetime(2026, 1, 1, tzinfo=UTC), SourceKind.SITEMAP, "/map") == ["a", "b"]
    assert await titles(None, SourceKind.SITEMAP, "/map") == ["a", "b", "c", "o"]
    assert await titles(None, SourceKind.SITEMAP, "/old") == ["o"]


async def test_other_kinds_have_no_past(http: Http) -> None:
    with pytest.raises(FetchError, match="source inbox: a folder does not show its past"):
        [item async for item in past(Source("inbox", SourceKind.FOLDER, "/srv"), http, None)]
