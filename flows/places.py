"""Which sources are read at once: so many, few of one site, and slow ones out of the way of the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from storage import ClaimedSource
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
        self._held_since: dict[object, float] = {}
        """The quick places that are held, those held longest first; what is looked at once is not looked at again."""
        self._given_way: set[object] = set()
        self._timer: asyncio.TimerHandle | None = None

    def place(self, source: Source) -> _Place:
        """Waits for a place and holds it; a place is not held while others of the same site have their turn."""
        key = site_of(source)
        site = self._sites.get(key)
        if site is None:
            site = self._sites[key] = asyncio.Semaphore(self._per_site if key else AT_ONCE)
        return _Place(self, site)

    async def enter(self, holder: object) -> None:
        """Wait for a place among all."""
        await self._quick.acquire()
        self._held_since[holder] = asyncio.get_running_loop().time()
        if self._timer is None:
            self._watch()

    def leave(self, holder: object) -> None:
        """Give it to another."""
        self._held_since.pop(holder, None)
        if holder in self._given_way:
            self._given_way.remove(holder)
            self._slow += 1
        else:
            self._quick.release()

    def _watch(self) -> None:
        """One timer for all places: a timer each costs more than asking a site that has nothing new."""
        if self._timer is None and self._held_since:
            oldest = next(iter(self._held_since.values()))
            self._timer = asyncio.get_running_loop().call_at(oldest + SLOW_AFTER, self._let_slow_ones_give_way)

    def _let_slow_ones_give_way(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for holder in [holder for holder, since in self._held_since.items() if since + SLOW_AFTER <= now]:
            del self._held_since[holder]
            if self._slow > 0:
                self._slow -= 1
                self._given_way.add(holder)
                self._quick.release()
        self._watch()


class _Place:
    """A place, held while it is entered; written out, as generators that are context managers cost several times it."""

    def __init__(self, places: Places, site: asyncio.Semaphore) -> None:
        self._places = places
        self._site = site

    async def __aenter__(self) -> None:
        await self._site.acquire()
        try:
            await self._places.enter(self)
        except BaseException:
            self._site.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._places.leave(self)
        self._site.release()


def site_of(source: Source) -> str:
    """The site of an address, host and port; nothing where it has none."""
    return source.location.partition("://")[2].partition("/")[0]


def in_turns(claims: Iterable[ClaimedSource]) -> list[ClaimedSource]:
    """Those of one site far from each other, so that they wait less and share a connection; trouble goes last."""
    seen: Counter[str] = Counter()

    def turn(claim: ClaimedSource) -> tuple[bool, int]:
        site = site_of(claim.source)
        seen[site] += 1
        return claim.failures > 0, seen[site]

    return sorted(claims, key=turn)


class Room:
    """Whether fewer than so many are under way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0
        self._there = asyncio.Event()
        self._there.set()

    def enter(self) -> None:
        """One more."""
        self._under_way += 1
        if self._under_way >= self._most:
            self._there.clear()

    def leave(self) -> None:
        """One less."""
        self._under_way -= 1
        if self._under_way < self._most:
            self._there.set()

    async def is_there(self) -> None:
        """Wait until there are fewer."""
        await self._there.wait()
