"""Turns at a site: at most so many requests at once, and their starts so far apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

FIRST_SWEEP = 4096
MARGIN = 1.02
"""What is sent a second apart arrives a little more or less than that."""
UNSENT = 2.0
"""Seconds after which the next request need not wait any more for one that finds no connection."""


@dataclass(slots=True)
class _Site:
    places: asyncio.Semaphore
    starting: asyncio.Lock
    users: int = 0
    next_start: float = 0.0


class Start:
    """A request that is about to be sent: the next one at its site waits until it is, and the delay after that.

    What counts is when a site sees requests, not when they were meant to begin: a connection may take its time.
    """

    def __init__(self, site: _Site, delay: float) -> None:
        self._site = site
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(UNSENT, self.sent)

    def sent(self) -> None:
        """Say that it is on its way; once is enough."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._site.next_start = self._loop.time() + self._delay * MARGIN
            self._site.starting.release()


class SiteTurns:
    """Hands out turns; a site is a host and port. Memory follows the sites of the last `delay`, not all ever seen."""

    def __init__(self, limit: int, delay: timedelta) -> None:
        self._limit = limit
        self.delay = delay.total_seconds()
        self._sites: dict[str, _Site] = {}
        self._sweep_at = FIRST_SWEEP
        self._held: dict[str, float] = {}

    def hold(self, name: str, seconds: float) -> None:
        """Remember that the site asked to be left alone for so long."""
        until = asyncio.get_running_loop().time() + seconds
        self._held[name] = max(until, self._held.get(name, 0.0))

    def held_for(self, name: str) -> float:
        """Seconds for which the site is still to be left alone."""
        if name not in self._held:
            return 0.0
        left = self._held[name] - asyncio.get_running_loop().time()
        if left <= 0:
            del self._held[name]
        return max(left, 0.0)

    def turn(self, name: str) -> _Turn:
        """Waits for a turn at the site and holds it; gives None where requests need not be apart, or none is wanted."""
        return _Turn(self, name)

    async def start(self, site: _Site) -> Start:
        """Wait until the site may be asked again."""
        await site.starting.acquire()
        try:
            wait = site.next_start - asyncio.get_running_loop().time()
            if wait > 0:
                await asyncio.sleep(wait)
        except BaseException:
            site.starting.release()
            raise
        return Start(site, self.delay)

    def site(self, name: str) -> _Site:
        """What is known of a site."""
        return self._sites.get(name) or self._new_site(name)

    def leave(self, name: str, site: _Site) -> None:
        """One less has a turn at a site, or waits for one."""
        site.users -= 1
        if not site.users and not self.delay:
            del self._sites[name]

    def _new_site(self, name: str) -> _Site:
        if len(self._sites) >= self._sweep_at:
            now = asyncio.get_running_loop().time()
            self._sites = {k: site for k, site in self._sites.items() if site.users or site.next_start > now}
            self._sweep_at = max(FIRST_SWEEP, 2 * len(self._sites))
        site = self._sites[name] = _Site(asyncio.Semaphore(self._limit), asyncio.Lock())
        return site


class _Turn:
    """A turn at a site; written out, as generators that are context managers cost more than a request's own part."""

    def __init__(self, turns: SiteTurns, name: str) -> None:
        self._turns = turns
        self._name = name
        self._start: Start | None = None

    async def __aenter__(self) -> Start | None:
        self._site = site = self._turns.site(self._name)
        site.users += 1
        try:
            await site.places.acquire()
            try:
                if self._turns.delay and not self._turns.held_for(self._name):  # else nothing will be sent
                    self._start = await self._turns.start(site)
            except BaseException:
                site.places.release()
                raise
        except BaseException:
            self._turns.leave(self._name, site)
            raise
        return self._start

    async def __aexit__(self, *_: object) -> None:
        if self._start is not None:
            self._start.sent()
        self._site.places.release()
        self._turns.leave(self._name, self._site)
