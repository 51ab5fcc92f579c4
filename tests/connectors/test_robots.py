"""robots.txt as RFC 9309 has it: rules by our name, absence, failure, size, and how long an answer holds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http, Robots
from wirewatch.errors import Disallowed
from wirewatch.model import NetworkPolicy
from wirewatch.robots import RobotsAccess, RobotsAnswer


class Memory:
    """What a store keeps of robots."""

    def __init__(self) -> None:
        self.known: dict[str, RobotsAnswer] = {}

    def robots(self, site: str) -> RobotsAnswer | None:
        return self.known.get(site)

    def remember_robots(self, site: str, answer: RobotsAnswer) -> None:
        self.known[site] = answer


class Site:
    """A site with a robots.txt."""

    def __init__(self) -> None:
        self.rules: str | bytes = ""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        assert request.path == "/robots.txt"
        self.asked += 1
        body = self.rules.encode() if isinstance(self.rules, str) else self.rules
        return web.Response(status=self.status, body=body, headers=self.headers)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def allowed(site: Site, serve, http: Http, now: datetime):
    """Whether a path may be fetched, at a moment; every call is a tick of its own."""
    base, memory = await serve(site.answer), Memory()

    async def ask(path: str, at: datetime = now) -> bool | None:
        robots = Robots(http, memory, lambda: at)
        try:
            await robots.check(f"{base}{path}", None)
        except Disallowed as refusal:
            assert str(refusal).count("\n") == 0
            return None if refusal.temporary else False
        return True

    ask.memory = memory
    return ask


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("User-agent: *\nDisallow: /private", "/news", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/a", True),
        ("User-agent: *\nDisallow: /*.html$", "/a.html", False),
        ("User-agent: *\nDisallow: /*.html$", "/a.html?x", True),
        ("User-agent: WireWatch\nDisallow: /news\n\nUser-agent: *\nAllow: /", "/news/a", False),
        ("User-agent: wirewatch\nAllow: /\n\nUser-agent: *\nDisallow: /", "/news/a", True),
        ("User-agent: GPTBot\nUser-agent: other\nDisallow: /", "/news/a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /a # not for robots\r\n", "/a", False),
        ("<html>not found</html>", "/a", True),
        (b"\xff\xfe\x00\x01" * 100, "/a", True),
        ("", "/a", True),
        ("User-agent: *\nDisallow: /" + "*a" * 500 + "*b", "/" + "a" * 3000, True),
    ],
)
async def test_rules(rules: str | bytes, path: str, may: bool, site: Site, allowed) -> None:
    site.rules = rules
    async with asyncio.timeout(5):
        assert await allowed(path) is may


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_rules_allows_everything(status: int, site: Site, allowed) -> None:
    site.status = status
    assert await allowed("/a") is True


@pytest.mark.parametrize("status", [429, 500, 503, 599])
async def test_a_site_that_cannot_say_allows_nothing_for_now(status: int, site: Site, allowed, now: datetime) -> None:
    site.status = status
    assert await allowed("/a") is None
    assert await allowed("/a", now + timedelta(minutes=59)) is None
    assert site.asked == 1
    site.status = 200
    assert await allowed("/a", now + timedelta(minutes=60)) is True


async def test_a_site_that_says_when_to_come_again_is_asked_then(site: Site, serve, http: Http, now: datetime) -> None:
    site.status, site.headers = 429, {"Retry-After": "120"}
    base, memory = await serve(site.answer), Memory()
    with pytest.raises(Disallowed) as refused:
        await Robots(http, memory, lambda: now).check(f"{base}/a.html", None)
    assert refused.value.temporary
    site.status = 404
    async with Http(
        NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))
    ) as later:  # the first one leaves the site alone by the real clock
        with pytest.raises(Disallowed):
            await Robots(later, memory, lambda: now + timedelta(seconds=119)).check(f"{base}/a.html", None)
        await Robots(later, memory, lambda: now + timedelta(seconds=120)).check(f"{base}/a.html", None)


async def test_rules_that_were_known_hold_while_the_site_cannot_say(site: Site, allowed, now: datetime) -> None:
    site.rules = "User-agent: *\nDisallow: /private"
    assert await allowed("/a") is True
    site.status = 500
    for hours in (25, 26, 27):
        assert await allowed("/a", now + timedelta(hours=hours)) is True
        assert await allowed("/private", now + timedelta(hours=hours)) is False
    assert site.asked == 4


async def test_an_answer_holds_for_a_day_over_ticks(site: Site, allowed, now: datetime) -> None:
    site.rules = "User-agent: *\nDisallow: /a"
    assert [await allowed("/a", now + timedelta(hours=hours)) for hours in (0, 1, 23)] == [False] * 3
    assert site.asked == 1
    site.status = 404
    assert await allowed("/a", now + timedelta(hours=24)) is True


async def test_of_ten_megabytes_the_beginning_counts(site: Site, allowed) -> None:
    site.rules = b"User-agent: *\nDisallow: /a\n" + b"#" * 10_000_000 + b"\nDisallow: /b\n"
    assert await allowed("/a") is False
    assert await allowed("/b") is True
    [kept] = allowed.memory.known.values()
    assert kept.access is RobotsAccess.RULES
    assert len(kept.rules) <= 512 * 1024


async def test_a_site_is_asked_once_a_tick_however_many_pages(site: Site, serve, http: Http, now: datetime) -> None:
    base = await serve(site.answer)
    robots = Robots(http, Memory(), lambda: now)
    await asyncio.gather(*(robots.check(f"{base}/{number}", None) for number in range(50)))
    assert site.asked == 1
