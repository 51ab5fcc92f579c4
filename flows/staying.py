"""A poll that stays: tick after tick in one process, until shortly before the schedule starts its successor.

A process for every minute would spend nearly all of a quiet day on being started. Never imports Prefect.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import extraction
import storage
from connectors import Http
from flows import outbox, pipeline
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.watch import Kept
from wirewatch.clock import Clock, utc_now
from wirewatch.errors import StorageError
from wirewatch.schedule import TICK

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=5)
"""How often it is seen whether something is due."""
FLOOR = timedelta(minutes=1)
"""After so long a tick looks at everything, due or not: at digests, and at what only a run finds."""
AHEAD = timedelta(seconds=20)
"""The stay ends so long before its successor's time, of which a worker asks for its place 10 s early."""
CALLED_OFF = timedelta(seconds=10)
"""A run that is at work so late after its end has had its successor called off, and stays in its place."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stay:
    """How long a run stays whose schedule starts one at every full `period` of the clock; no period: for one tick."""

    def __init__(
        self, period: timedelta, clock: Clock = utc_now, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._period = period
        self._clock = clock
        self._sleep = sleep
        self._until = self._end_after(clock())
        self._looked_at = clock()

    @property
    def tick(self) -> timedelta:
        """How often it is seen what is due."""
        return LOOK if self._period else TICK

    async def rest(self, is_due: Callable[[], bool]) -> bool:
        """Wait until something is due, or long enough for a look at everything; False where it is time to leave."""
        while not self._is_over():
            await self._wait(LOOK)
            now = self._clock()
            is_fresh = timedelta(0) <= now - self._looked_at < FLOOR  # not after the clock was set back, either
            if now < self._until and (not is_fresh or is_due()):
                self._looked_at = now
                return True
        return False

    async def rest_from_trouble(self) -> bool:
        """Wait before another try; False where the successor will try it."""
        if self._is_over():
            return False
        await self._wait(FLOOR)
        return not self._is_over()

    async def _wait(self, time: timedelta) -> None:
        await self._sleep(min(time, self._until - self._clock()).total_seconds())

    def _is_over(self) -> bool:
        now = self._clock()
        if self._period and not -CALLED_OFF < self._until - now <= self._period:
            self._until = self._end_after(now)
        return now >= self._until

    def _end_after(self, now: datetime) -> datetime:
        if not self._period:
            return now
        successor = ((now + AHEAD - _EPOCH) // self._period + 1) * self._period
        return _EPOCH + successor - AHEAD


class Ticks:
    """The ticks of one run of the poll, each followed by the delivery of what it found; `report` is of all of them."""

    def __init__(self, limit: int, shard: tuple[int, int] | None = None, clock: Clock = utc_now) -> None:
        self.report = DeliveryReport()
        self._limit = limit
        self._shard = shard
        self._clock = clock

    async def run(self, stay: Stay) -> None:
        """Tick at once, and then whenever something is due; StorageError where the last try failed."""
        with extraction.Workers() as workers:
            kept = Kept(workers, stay.tick)
            while True:
                try:
                    if not await self._under_one_configuration(stay, kept):
                        return
                except StorageError as error:
                    if not await stay.rest_from_trouble():
                        raise
                    log.warning("the poll is tried again: %s", error)

    async def _under_one_configuration(self, stay: Stay, kept: Kept) -> bool:
        """True where another one was applied: it may have other rules for the network. False where it is time to go."""
        async with opened() as (store, http):
            version = store.config_version()
            while store.config_version() == version:
                await self._tick(store, http, kept)
                if not await stay.rest(lambda: self._is_due(store)):
                    return False
        return True

    async def _tick(self, store: storage.Store, http: Http, kept: Kept) -> None:
        async def deliver() -> None:
            delivered = await outbox.deliver(store, os.environ, self._clock)
            self.report.merge(delivered)
            self.report.sent += delivered.sent

        polled = await pipeline.poll(
            store, http, self._clock, limit=self._limit, shard=self._shard, then=deliver, kept=kept
        )
        self.report.merge(polled)
        await deliver()  # what the pages gave that were tried again

    def _is_due(self, store: storage.Store) -> bool:
        now = self._clock()
        return store.is_poll_due(now, self._shard) or outbox.is_due(store, now)
