"""News sitemaps, indexes of them, and what of them is new."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http, Reading, connector_for, sitemaps
from wirewatch.errors import FetchError, NotAFeed
from wirewatch.model import Cursor, Pages, Source, SourceKind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
Poll = Callable[..., Awaitable[Reading]]


def url(path: str, *, published: str = "", title: str = "", lastmod: str = "", more: str = "") -> str:
    news = (
        f"<n:news><n:publication><n:name>Wire</n:name><n:language>fr</n:language></n:publication>"
        f"<n:publication_date>{published}</n:publication_date><n:title>{title}</n:title></n:news>"
        if published
        else ""
    )
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>{path}</loc>{changed}{news}{more}</url>"


def urlset(*urls: str) -> str:
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="{NEWS}">'
        f"{''.join(urls)}</urlset>"
    )


def index(*parts: str) -> str:
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(parts)}</sitemapindex>'


def part(path: str, lastmod: str = "") -> str:
    return f"<sitemap><loc>{path}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</sitemap>"


class Site:
    """Sitemaps by path; notes what was asked."""

    def __init__(self) -> None:
        self.bodies: dict[str, str | bytes] = {}
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        body = self.bodies.get(request.path)
        if body is None:
            return web.Response(status=404)
        raw = body if isinstance(body, bytes) else body.encode()
        return web.Response(body=raw, content_type="application/xml", headers={"ETag": f'"{hash(raw)}"'})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def poll(site: Site, serve, http: Http) -> Poll:
    base = await serve(site.answer)

    async def read(cursor: Cursor | None = None, at: datetime = NOW, **fields: object) -> Reading:
        source = Source("wire", SourceKind.SITEMAP, f"{base}/map.xml", **fields)
        return await connector_for(source, http).read(source, cursor or Cursor(), at)

    return read


async def test_a_news_sitemap_gives_titles_dates_and_languages(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = urlset(
        url(
            "https://news.example/a",
            published="2026-03-01T10:00:00+02:00",
            title="Convoy &amp; base",
            more="<i:image xmlns:i='http://www.google.com/schemas/sitemap-image/1.1'><i:loc>https://news.example/a.jpg"
            "</i:loc><i:title>A picture</i:title></i:image>",
        ),
        url("/relative", lastmod="2026-02-28"),
        url("https://news.example/undated"),
        url("https://news.example/old", published="2026-01-01T10:00:00Z", title="Old"),
        url("javascript:alert(1)", lastmod="2026-02-28"),
    )
    first, second, third = (await poll()).items
    assert (first.url, first.title, first.language) == ("https://news.example/a", "Convoy & base", "fr")
    assert first.published_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert (first.raw, first.wants_page) == (b"", True)
    assert second.url.endswith("/relative")
    assert second.published_at == datetime(2026, 2, 28, tzinfo=UTC)
    assert (third.url, third.published_at, third.title) == ("https://news.example/undated", None, None)
    assert {item.wants_page for item in (await poll(pages=Pages.NEVER)).items} == {False}


async def test_an_unchanged_sitemap_is_not_read(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = urlset(url("https://news.example/a", lastmod="2026-03-01"))
    first = await poll()
    again = await poll(first.cursor)
    assert (len(first.items), again.items, again.unchanged) == (1, (), True)


async def test_after_a_long_outage_the_window_reaches_back_to_the_last_read(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = urlset()
    cursor = (await poll()).cursor
    site.bodies["/map.xml"] = urlset(url("https://news.example/a", lastmod="2026-03-02T08:00:00Z"))
    assert len((await poll(cursor, at=NOW + timedelta(days=20))).items) == 1


async def test_an_index_leads_to_the_sitemaps_that_have_changed(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = index(
        part("/old.xml", "2026-01-01"), part("/new.xml.gz", "2026-03-01T11:00:00Z"), part("/some.xml")
    )
    site.bodies["/new.xml.gz"] = gzip.compress(urlset(url("/a", lastmod="2026-03-01")).encode())
    site.bodies["/some.xml"] = urlset(url("/b", lastmod="2026-03-01"))
    first = await poll()
    assert [item.url.rpartition("/")[2] for item in first.items] == ["a", "b"]
    assert site.asked == ["/map.xml", "/new.xml.gz", "/some.xml"]

    site.bodies["/some.xml"] = urlset(url("/c", lastmod="2026-03-01"))
    again = await poll(first.cursor)
    assert "c" in {item.url.rpartition("/")[2] for item in again.items}, "an undated part changes without its index"


async def test_an_index_with_dates_is_asked_for_with_validators(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = index(part("/new.xml", "2026-03-01T11:00:00Z"))
    site.bodies["/new.xml"] = urlset(url("/a", lastmod="2026-03-01"))
    first = await poll()
    assert (await poll(first.cursor)).unchanged
    assert site.asked == ["/map.xml", "/new.xml", "/map.xml"]


async def test_a_part_that_fails_is_named_and_read_by_the_next_poll(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = index(part("/a.xml", "2026-03-01"), part("/gone.xml", "2026-03-01"))
    site.bodies["/a.xml"] = urlset(url("/a", lastmod="2026-03-01"))
    first = await poll()
    assert len(first.items) == 1
    [failure] = first.failures
    assert failure.where == "source wire"
    assert "/gone.xml: 127.0.0.1 answered 404" in failure.what
    site.bodies["/gone.xml"] = urlset(url("/b", lastmod="2026-03-01"))
    assert len((await poll(first.cursor)).items) == 2


async def test_an_index_without_one_readable_sitemap_is_a_failure(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = index(part("/gone.xml"), part("/index.xml"))
    site.bodies["/index.xml"] = index()
    with pytest.raises(FetchError, match="none of the sitemaps in the index can be read"):
        await poll()


async def test_huge_sitemaps_are_cut_to_the_newest(site: Site, poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_NEW", 2)
    monkeypatch.setattr(sitemaps, "MOST_PARTS", 2)
    site.bodies["/map.xml"] = index(*(part(f"/{number}.xml") for number in range(5)))
    site.bodies["/0.xml"] = urlset(*(url(f"/{hour}", lastmod=f"2026-03-01T0{hour}:00:00Z") for hour in range(5)))
    site.bodies["/4.xml"] = urlset(*(url(f"/undated-{number}") for number in range(5)))
    reading = await poll()
    assert [item.url.rpartition("/")[2] for item in reading.items] == ["4", "3", "undated-0", "undated-1"]
    assert site.asked == ["/map.xml", "/0.xml", "/4.xml"]
    assert len(reading.failures) == 3


async def test_a_sitemap_that_breaks_off_gives_its_whole_addresses_and_is_read_again(site: Site, poll: Poll) -> None:
    whole = urlset(url("/a", lastmod="2026-03-01"), url("/b", lastmod="2026-03-01"))
    site.bodies["/map.xml"] = whole[: whole.index("/b")]
    first = await poll()
    assert [item.url.rpartition("/")[2] for item in first.items] == ["a"]
    assert "breaks off" in first.failures[0].what
    site.bodies["/map.xml"] = whole
    assert len((await poll(first.cursor)).items) == 2


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<rss version='2.0'><channel/></rss>", "a feed; write `feed:`"),
        ("<!doctype html><html><body>Not found</body></html>", "a web page"),
        ("<catalogue/>", "XML that begins with <catalogue>"),
        ("", "no XML"),
        ("words", "no XML"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>', "XML that begins with <x>"),
    ],
)
async def test_what_is_no_sitemap_is_named(body: str, says: str, site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = body
    with pytest.raises(NotAFeed, match=says):
        await poll()


async def test_a_bomb_is_refused(site: Site, poll: Poll) -> None:
    site.bodies["/map.xml"] = gzip.compress(b" " * (30 * 2**20))
    with pytest.raises(FetchError, match="longer than 20 MiB"):
        await poll()
