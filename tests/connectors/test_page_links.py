"""Pages watched for links by a CSS selector."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web

from connectors import Http, connector_for, page_links
from connectors.page_links import links_of
from wirewatch.errors import FetchError
from wirewatch.model import Cursor, Pages, Source, SourceKind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PAGE = """<!doctype html><html><head><base href="/news/"></head><body>
<nav><a href="/about">About</a></nav>
<main>
  <article><time datetime="2026-02-28T10:00:00Z">yesterday</time>
    <h2><a href="convoy">Convoy  reaches
    the base</a></h2><a href="convoy#comments">3</a></article>
  <article><a href="//other.example/harbour"><img alt=""></a>
  <a href="//other.example/harbour">Harbour dues</a></article>
  <article><a href="/news/list">This page</a><a href="javascript:x()">Share</a>
  <a href="mailto:a@b.example">Mail</a></article>
  <a href="/wrapped"><h3>A headline inside a link</h3></a>
  <article><a href="icon" title="Only a title"></a></article>
</main></body></html>"""


def found(select: str, page: str = PAGE, **fields: object) -> list[tuple[str, str | None]]:
    source = Source("board", SourceKind.PAGE, "https://site.example/news/list", select=select, **fields)
    return [(item.url, item.title) for item in links_of(page.encode(), source.location, source, NOW)]


CONVOY = ("https://site.example/news/convoy", "Convoy reaches the base")
HARBOUR = ("https://other.example/harbour", "Harbour dues")
ICON = ("https://site.example/news/icon", "Only a title")


@pytest.mark.parametrize(
    ("select", "links"),
    [
        ("main h2 a", [CONVOY]),
        ("article", [CONVOY, HARBOUR, ICON]),
        ("h3", [("https://site.example/wrapped", "A headline inside a link")]),
        ("nav a, h2 > a", [("https://site.example/about", "About"), CONVOY]),
        ("aside a", []),
    ],
)
def test_links_are_absolute_and_each_is_there_once(select: str, links: list[tuple[str, str]]) -> None:
    assert found(select) == links


def test_the_time_beside_a_link_is_its_date() -> None:
    source = Source("board", SourceKind.PAGE, "https://site.example/", select="article", pages=Pages.NEVER)
    items = links_of(PAGE.encode(), source.location, source, NOW)
    assert [item.published_at for item in items] == [datetime(2026, 2, 28, 10, tzinfo=UTC), None, None, None]
    assert {item.wants_page for item in items} == {False}


def test_pages_that_are_none_give_nothing() -> None:
    assert [found("a", page) for page in ("", "\0", "<base href='http://[bad'><a href='x'>x</a>")] == [
        [],
        [],
        [("https://site.example/news/x", "x")],
    ]


async def test_a_page_is_read_when_it_changes(serve, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    body = PAGE

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/html")

    source = Source("board", SourceKind.PAGE, await serve(answer), select="h2 a")
    reader = connector_for(source, http)
    first = await reader.read(source, Cursor(), NOW)
    assert [item.title for item in first.items] == ["Convoy reaches the base"]
    again = await reader.read(source, first.cursor, NOW)
    assert (again.items, again.unchanged) == ((), True)

    body = PAGE.replace("<h2>", "<h4>")
    with pytest.raises(FetchError, match="`select: h2 a` finds no link in the page"):
        await reader.read(source, first.cursor, NOW)

    body = "".join(f"<h2><a href='/{number}'>{number}</a></h2>" for number in range(9))
    monkeypatch.setattr(page_links, "MOST_LINKS", 5)
    many = await reader.read(source, first.cursor, NOW)
    assert len(many.items) == 5
    assert "9 links; only the first 5 are read" in many.failures[0].what
