"""At most so many requests at once at a site, their starts so far apart; other sites do not wait."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from aiohttp import web

from connectors import Http
from connectors.politeness import SiteTurns
from wirewatch.model import NetworkPolicy


def polite(limit: int, seconds: float) -> NetworkPolicy:
    return NetworkPolicy(allow=("127.0.0.0/8",), per_site_limit=limit, per_site_delay=timedelta(seconds=seconds))


async def test_two_requests_at_once_at_a_site(serve) -> None:
    under_way, most = 0, 0

    async def slow(_request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.03)
        under_way -= 1
        return web.Response(text="x")

    base = await serve(slow)
    async with Http(polite(2, 0)) as http:
        await asyncio.gather(*(http.get(f"{base}/{n}") for n in range(8)))
    assert most == 2


async def test_starts_are_apart_seen_at_the_server_also_over_redirects(serve) -> None:
    starts = []

    async def note(request: web.Request) -> web.Response:
        starts.append(asyncio.get_running_loop().time())
        if request.path == "/away":
            return web.Response(status=302, headers={"Location": "/home"})
        return web.Response(text="x")

    base = await serve(note)
    async with Http(polite(2, 0.2)) as http:
        await asyncio.gather(*(http.get(f"{base}/{path}") for path in ("a", "away", "b")))
    assert len(starts) == 4
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert min(gaps) > 0.1  # 0.2 when sent; the way to the server varies


async def test_another_site_does_not_wait() -> None:
    turns = SiteTurns(1, timedelta(hours=1))
    async with asyncio.timeout(2), turns.turn("a:80"), turns.turn("b:80"), turns.turn("a:8080"):
        pass


async def test_a_turn_given_up_while_waiting_leaves_the_place_to_others() -> None:
    turns = SiteTurns(1, timedelta(0))

    async def wait() -> None:
        async with turns.turn("a:80"):
            pass

    async with turns.turn("a:80"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(2):
        await wait()


async def test_who_finds_a_site_held_waits_for_no_turn_at_it() -> None:
    turns = SiteTurns(1, timedelta(hours=1))
    turns.hold("a:80", 60)
    async with asyncio.timeout(2):
        for _ in range(3):
            async with turns.turn("a:80") as start:
                assert start is None


@pytest.mark.parametrize("delay", [0.0, 0.000001])
async def test_sites_are_forgotten(delay: float) -> None:
    turns = SiteTurns(2, timedelta(seconds=delay))
    for number in range(10_000):
        async with turns.turn(f"{number}.example:80"):
            pass
    assert len(turns._sites) < 5_000
