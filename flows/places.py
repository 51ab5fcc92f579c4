"""Which sources are read at once: so many, of one site one after another, and slow ones out of the way of the others.

One after another they share a connection, and to make one costs more than to ask for a feed that has not changed. Only
of a site that keeps its readers waiting several are read at once, as many as it may be asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage import ClaimedSource

AT_ONCE = 32
SLOW_AT_ONCE = 64
"""Beside the others: sources that keep their readers waiting."""
SLOW_AFTER = 1.0
"""Seconds."""
TROUBLED_AT_ONCE = 8
"""Of those that failed the last time: they may keep their readers waiting again, so the others go first."""


@dataclass(slots=True, eq=False)
class Place:
    """A place for a claimed source; its site is nothing where it has no address."""

    claim: ClaimedSource
    site: str

    @property
    def is_troubled(self) -> bool:
        """Whether its source failed the last time."""
        return self.claim.failures > 0


class Places:
    """The places of one tick. Each source is started when there is one for it, so that none is a task that waits."""

    def __init__(self, per_site: int, start: Callable[[Place], object]) -> None:
        self._per_site = per_site
        self._start = start
        self._ready: deque[Place] = deque()
        self._troubled: deque[Place] = deque()
        """As ready as those, but troubled."""
        self._at_site: Counter[str] = Counter()
        """How many of a site are ready or have a place."""
        self._waiting: dict[str, deque[Place]] = {}
        """Those of sites that have no room for more."""
        self._quick = AT_ONCE
        self._slow = SLOW_AT_ONCE
        self._held_since: dict[Place, float] = {}
        """The quick places that are held, those held longest first; what is looked at once is not looked at again."""
        self._given_way: set[Place] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._under_way = 0
        self._left = asyncio.Event()

    def add(self, claims: Iterable[ClaimedSource]) -> None:
        """Start them as there is room: those of one site far from each other."""
        places = [Place(claim, claim.source.location.partition("://")[2].partition("/")[0]) for claim in claims]
        seen: Counter[str] = Counter()

        def turn(place: Place) -> int:
            seen[place.site] += 1
            return seen[place.site]

        for place in sorted(places, key=turn):
            self._under_way += 1
            if not self._at_site[place.site] or not place.site:
                self._at_site[place.site] += 1
                self._is_ready(place)
            else:
                self._waiting.setdefault(place.site, deque()).append(place)
        self._fill()

    async def fewer_than(self, most: int) -> None:
        """Wait until fewer than so many are waiting or being read."""
        while self._under_way >= most:
            self._left.clear()
            await self._left.wait()

    def leave(self, place: Place) -> None:
        """Give a place to another."""
        self._under_way -= 1
        self._left.set()
        self._held_since.pop(place, None)
        if place in self._given_way:
            self._given_way.remove(place)
            self._slow += 1
        else:
            self._quick += 1
        if waiting := self._waiting.get(place.site):
            self._is_ready(waiting.popleft())
        else:
            self._waiting.pop(place.site, None)
            self._at_site[place.site] -= 1
            if not self._at_site[place.site]:
                del self._at_site[place.site]
        self._fill()

    def close(self) -> None:
        """Start no more."""
        self._ready.clear()
        self._troubled.clear()
        self._waiting.clear()

    def _is_ready(self, place: Place) -> None:
        (self._troubled if place.is_troubled else self._ready).append(place)

    def _next(self) -> Place | None:
        if self._ready:
            return self._ready.popleft()
        if self._troubled and sum(held.is_troubled for held in self._held_since) < TROUBLED_AT_ONCE:
            return self._troubled.popleft()
        return None

    def _fill(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._quick and (place := self._next()):
            self._quick -= 1
            self._held_since[place] = now
            self._start(place)
        self._watch()

    def _watch(self) -> None:
        """One timer for all places: a timer each costs more than asking a site that has nothing new."""
        if self._timer is None and self._held_since:
            oldest = next(iter(self._held_since.values()))
            self._timer = asyncio.get_running_loop().call_at(oldest + SLOW_AFTER, self._let_slow_ones_give_way)

    def _let_slow_ones_give_way(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for place in [place for place, since in self._held_since.items() if since + SLOW_AFTER <= now]:
            del self._held_since[place]
            if self._slow > 0:
                self._slow -= 1
                self._given_way.add(place)
                self._quick += 1
            if self._at_site[place.site] < self._per_site and (waiting := self._waiting.get(place.site)):
                self._at_site[place.site] += 1
                self._is_ready(waiting.popleft())
        self._fill()
