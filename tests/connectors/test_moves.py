"""Addresses that redirect for good are learnt on the third day; what is temporary, unsafe or changing is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http, connector_for
from wirewatch.access import Access
from wirewatch.model import Cursor, NetworkPolicy, Source, SourceKind

DAY = timedelta(days=1)
FEED = "<rss version='2.0'><channel><title>T</title></channel></rss>"


class Site:
    """Redirects by path, and a feed behind; notes what was asked."""

    def __init__(self) -> None:
        self.redirects: dict[str, tuple[int, str]] = {"/old": (301, "/new")}
        self.asked: list[str] = []
        self.etag = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if request.path in self.redirects:
            status, location = self.redirects[request.path]
            return web.Response(status=status, headers={"Location": location})
        if self.etag and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        return web.Response(text=FEED, headers={"ETag": self.etag} if self.etag else {})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def poll(site: Site, serve, http: Http):
    base = await serve(site.answer)
    source = Source("wire", SourceKind.FEED, f"{base}/old")

    async def read(cursor: Cursor, at: datetime) -> Cursor:
        site.asked.clear()
        return (await connector_for(source, http).read(source, cursor, at)).cursor

    return read


async def test_a_permanent_move_is_learnt_on_the_third_day(poll, site: Site, now: datetime) -> None:
    cursor = Cursor()
    for hours in (0, 1, 20, 25, 40):  # three polls on the first day, two on the second
        cursor = await poll(cursor, now.replace(hour=0) + timedelta(hours=hours))
        assert site.asked == ["/old", "/new"]
        assert not cursor.moved.is_learnt
    cursor = await poll(cursor, now + 2 * DAY)
    assert cursor.moved.is_learnt
    await poll(cursor, now + 3 * DAY)
    assert site.asked == ["/new"]


async def test_days_without_anything_new_count(poll, site: Site, now: datetime) -> None:
    site.etag = '"1"'
    cursor = Cursor()
    for day in range(3):
        cursor = await poll(cursor, now + day * 0.9 * DAY + timedelta(hours=1))
    assert cursor.moved.days == 3


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_temporary_redirect_is_not_learnt(status: int, poll, site: Site, now: datetime) -> None:
    site.redirects["/old"] = (status, "/new")
    cursor = Cursor()
    for day in range(4):
        cursor = await poll(cursor, now + day * DAY)
    assert cursor.moved is None


async def test_all_of_the_way_has_to_be_permanent(poll, site: Site, now: datetime) -> None:
    site.redirects = {"/old": (308, "/then"), "/then": (302, "/new")}
    assert (await poll(Cursor(), now)).moved is None
    site.redirects["/then"] = (301, "/new")
    assert (await poll(Cursor(), now)).moved.url.endswith("/new")


async def test_an_answer_that_differs_begins_anew(poll, site: Site, now: datetime) -> None:
    cursor = await poll(await poll(Cursor(), now), now + DAY)
    site.redirects["/old"] = (301, "/newer")
    cursor = await poll(cursor, now + 2 * DAY)
    assert (cursor.moved.url.rpartition("/")[2], cursor.moved.days) == ("newer", 1)
    del site.redirects["/old"]
    assert (await poll(cursor, now + 3 * DAY)).moved is None


async def test_where_the_new_address_failed_the_old_one_has_its_turn(poll, site: Site, now: datetime) -> None:
    cursor = Cursor()
    for day in range(3):
        cursor = await poll(cursor, now + day * DAY)
    doubted = replace(cursor, moved=replace(cursor.moved, doubted=True))
    cursor = await poll(doubted, now + 3 * DAY)
    assert site.asked == ["/old", "/new"]
    assert cursor.moved.is_asked
    del site.redirects["/old"]
    assert (await poll(doubted, now + 3 * DAY)).moved is None


async def test_an_address_with_a_secret_in_it_is_not_learnt(site: Site, serve, now: datetime) -> None:
    site.redirects["/old"] = (301, "/new?key=canary-key")
    source = Source("wire", SourceKind.FEED, f"{await serve(site.answer)}/old", access=Access(token="${KEY}"))
    policy = NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))
    async with Http(policy, environ={"KEY": "canary-key"}) as http:
        cursor = (await connector_for(source, http).read(source, Cursor(), now)).cursor
    assert cursor.moved is None
    assert "canary" not in repr(cursor)


async def test_a_move_from_https_to_http_is_not_learnt(http: Http) -> None:
    from connectors.moves import _may_be_learnt

    source = Source("wire", SourceKind.FEED, "https://news.example/rss")
    assert not _may_be_learnt(http, source, "http://news.example/rss")
    assert _may_be_learnt(http, source, "https://other.example/rss")
