"""robots.txt (RFC 9309): which of a site's article pages a robot may fetch."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

from protego import Protego
from yarl import URL

from connectors.http import Http
from wirewatch.clock import Clock
from wirewatch.errors import Disallowed, FetchError
from wirewatch.model import Source
from wirewatch.robots import RobotsAccess, RobotsAnswer
from wirewatch.schedule import site_held_for

CALLED = "wirewatch"
"""What a site calls us in its rules; the User-Agent begins with it."""
MAX_BYTES = 512 * 1024
"""Of a longer file the beginning counts, as for others; the RFC wants 500 KiB at least."""
KEPT = timedelta(days=1)
ASKED_AGAIN = timedelta(hours=1)
"""Where a site did not say what it allows."""


class RobotsMemory(Protocol):
    """Keeps what sites said, over the runs of a day."""

    def robots(self, site: str) -> RobotsAnswer | None: ...

    def remember_robots(self, site: str, answer: RobotsAnswer) -> None: ...


class Robots:
    """What the sites of one tick allow; each is asked once."""

    def __init__(self, http: Http, memory: RobotsMemory, clock: Clock) -> None:
        self._http = http
        self._memory = memory
        self._clock = clock
        self._sites: dict[str, asyncio.Task[timedelta | Protego | None]] = {}
        """Its rules, if it has any; where it fails to say, the time after which it is asked again."""

    async def check(self, url: str, source: Source | None) -> None:
        """Raise Disallowed where a page may not be fetched; `temporary` where the site only failed to say."""
        try:
            origin = URL(url).origin()
        except ValueError:
            return  # no address at all: asking for it says so
        site = str(origin)
        if site not in self._sites:
            self._sites[site] = asyncio.create_task(self._rules(site, source))
        rules = await self._sites[site]
        if isinstance(rules, timedelta):
            said = f"{origin.host} does not say what robots may fetch (robots.txt fails)"
            raise Disallowed(said, retry_after=rules.total_seconds())
        if rules is not None and not rules.can_fetch(url, CALLED):
            raise Disallowed(f"the robots.txt of {origin.host} keeps this page from robots", temporary=False)

    async def _rules(self, site: str, source: Source | None) -> timedelta | Protego | None:
        known = await asyncio.to_thread(self._memory.robots, site)
        now = self._clock()
        if known is None or now - known.asked_at >= (ASKED_AGAIN if known.access is RobotsAccess.NONE else KEPT):
            known = await self._asked(site, source, known)
            await asyncio.to_thread(self._memory.remember_robots, site, known)
        match known.access:
            case RobotsAccess.NONE:
                return known.asked_at + ASKED_AGAIN - now
            case RobotsAccess.ALL:
                return None
            case RobotsAccess.RULES:
                return await asyncio.to_thread(Protego.parse, known.rules)

    async def _asked(self, site: str, source: Source | None, before: RobotsAnswer | None) -> RobotsAnswer:
        now = self._clock()
        try:
            answer = await self._http.get(
                f"{site}/robots.txt", max_bytes=MAX_BYTES, partial=True, cut=True, source=source
            )
        except FetchError as error:
            if error.status and 400 <= error.status < 500 and error.status != 429:
                return RobotsAnswer(now, RobotsAccess.ALL)
            if before is not None and before.access is RobotsAccess.RULES:  # the last known rules hold on
                return RobotsAnswer(now - KEPT + ASKED_AGAIN, before.access, before.rules)
            # Told when to come again, as with any feed of the site, its pages wait for no longer than that.
            asked_again = site_held_for(error) or ASKED_AGAIN
            return RobotsAnswer(now - ASKED_AGAIN + min(asked_again, ASKED_AGAIN), RobotsAccess.NONE)
        return RobotsAnswer(now, RobotsAccess.RULES, answer.body.decode("utf-8-sig", "replace"))
