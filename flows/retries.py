"""Pages that could not be loaded when their items were new: tried again beside the sources, for a bounded time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import storage
from flows.articles import Articles
from flows.progress import origin_of
from flows.writer import Outcome
from wirewatch.clock import Clock
from wirewatch.model import Origin, Source

AT_ONCE = 8
SECONDS = 25.0
"""A page's deadline and a little: what is not tried by then is tried by a later tick, so that hanging pages hold up
none."""


class Retries:
    """The retries of one tick."""

    def __init__(
        self,
        store: storage.Store,
        articles: Articles,
        sources: Mapping[str, Source],
        write: Callable[[Outcome], Awaitable[None]],
        clock: Clock,
        shard: tuple[int, int] | None,
    ) -> None:
        self._store = store
        self._shard = shard
        self._articles = articles
        self._sources = sources
        self._write = write
        self._clock = clock
        self._sites: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One retry at a site leaves the site's other place to what is new."""

    async def run(self) -> None:
        """Try what is due until nothing is, or the time is over."""
        deadline = asyncio.get_running_loop().time() + SECONDS
        while asyncio.get_running_loop().time() < deadline:
            due = await asyncio.to_thread(self._store.due_pages, self._clock(), AT_ONCE, shard=self._shard)
            if not due:
                return
            await asyncio.gather(*(self._again(page, deadline) for page in due))

    async def _again(self, page: storage.PendingPage, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline), self._sites[urlsplit(page.item.url).netloc]:
                indexed = await self._articles.of_pending(page)
        except TimeoutError:  # its lease runs out, and it is tried again
            return
        source, now = self._sources.get(page.item.source), self._clock()
        origin = origin_of(indexed.article, source, page.first_polled_at, now) if source else Origin.POLL
        await self._write(Outcome([indexed], {indexed.article.key: origin}))
