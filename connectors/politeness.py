"""Turns at a site: at most so many requests at once, and their starts so far apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

FIRST_SWEEP = 4096


@dataclass(slots=True)
class _Site:
    places: asyncio.Semaphore
    users: int = 0
    next_start: float = 0.0


class SiteTurns:
    """Hands out turns; a site is a host and port. Memory follows the sites of the last `delay`, not all ever seen."""

    def __init__(self, limit: int, delay: timedelta) -> None:
        self._limit = limit
        self._delay = delay.total_seconds()
        self._sites: dict[str, _Site] = {}
        self._sweep_at = FIRST_SWEEP

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn at the site and hold it."""
        site = self._sites.get(name) or self._new_site(name)
        site.users += 1
        try:
            async with site.places:
                await self._until_start(site)
                yield
        finally:
            site.users -= 1
            if not site.users and not self._delay:
                del self._sites[name]

    async def _until_start(self, site: _Site) -> None:
        if not self._delay:
            return
        now = asyncio.get_running_loop().time()
        start = max(now, site.next_start)
        site.next_start = start + self._delay  # taken before the wait, so that the next in line reckons with it
        if start > now:
            await asyncio.sleep(start - now)

    def _new_site(self, name: str) -> _Site:
        if len(self._sites) >= self._sweep_at:
            now = asyncio.get_running_loop().time()
            self._sites = {k: site for k, site in self._sites.items() if site.users or site.next_start > now}
            self._sweep_at = max(FIRST_SWEEP, 2 * len(self._sites))
        site = self._sites[name] = _Site(asyncio.Semaphore(self._limit))
        return site
