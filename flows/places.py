"""Which sources are read at once: so many, few of one site, and slow ones out of the way of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from wirewatch.model import Source

AT_ONCE = 32
SLOW_AT_ONCE = 64
"""Beside the others: sources that keep their readers waiting."""
SLOW_AFTER = 1.0
"""Seconds."""


class Places:
    """The places of one tick."""

    def __init__(self, per_site: int) -> None:
        self._per_site = per_site
        self._sites: dict[str, asyncio.Semaphore] = {}
        self._quick = asyncio.Semaphore(AT_ONCE)
        self._slow = SLOW_AT_ONCE

    @asynccontextmanager
    async def place(self, source: Source) -> AsyncIterator[None]:
        """Wait for a place and hold it; a place is not held while others of the same site have their turn."""
        site = self._sites.get(key := urlsplit(source.location).netloc)
        if site is None:
            site = self._sites[key] = asyncio.Semaphore(self._per_site if key else AT_ONCE)
        async with site, self._quick_place():
            yield

    @asynccontextmanager
    async def _quick_place(self) -> AsyncIterator[None]:
        await self._quick.acquire()
        is_slow = False

        def give_way() -> None:
            nonlocal is_slow
            if self._slow > 0:
                self._slow, is_slow = self._slow - 1, True
                self._quick.release()

        timer = asyncio.get_running_loop().call_later(SLOW_AFTER, give_way)
        try:
            yield
        finally:
            timer.cancel()
            if is_slow:
                self._slow += 1
            else:
                self._quick.release()
