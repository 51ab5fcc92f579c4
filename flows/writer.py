"""Many sources, few transactions: while one is being stored, the others that are read wait and share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import storage
from wirewatch.errors import StorageError
from wirewatch.model import Hit, Origin

BATCH = 200
"""Articles in one transaction, at most."""


@dataclass(slots=True, eq=False)
class Outcome:
    """What was read from one source and is still to be stored."""

    articles: list[storage.Indexed] = field(default_factory=list)
    origins: dict[bytes, Origin] = field(default_factory=dict)
    """By an article's key, the origin of the hits in it."""
    hits: list[Hit] = field(default_factory=list)
    progress: list[storage.Progress] = field(default_factory=list)
    documents: storage.Documents = field(default_factory=storage.Documents)
    matched_with: int | None = None
    """The version of the configuration that decided the hits."""


class Resting:
    """Sources that have not changed: nobody waits until that is stored, so that many share a transaction."""

    def __init__(self, store: Callable[[Sequence[storage.Progress]], None]) -> None:
        self._store = store
        self._waiting: list[storage.Progress] = []

    async def add(self, progress: storage.Progress) -> None:
        """Store it soon, at the latest when `settle` is called; raises StorageError."""
        self._waiting.append(progress)
        if len(self._waiting) >= BATCH:
            await self.settle()

    async def settle(self) -> None:
        """Store what waits; raises StorageError."""
        taken, self._waiting = self._waiting, []
        if taken:
            await asyncio.to_thread(self._store, taken)


class Writer:
    """Stores outcomes through `store`, which is called in a thread, for one batch after the other."""

    def __init__(self, store: Callable[[storage.Batch], storage.Written]) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._waiting: dict[Outcome, None] = {}

    async def write(self, outcome: Outcome) -> storage.Written:
        """Store an outcome and those that wait beside it; the one that did so is given what was new in all of them.

        Raises StorageError. Any other error is of this outcome alone: those beside it are stored.
        """
        self._waiting[outcome] = None
        try:
            async with self._turn:
                if outcome not in self._waiting:  # stored by one that came earlier
                    return storage.Written()
                together = self._batch()
                try:
                    return await self._write(together)
                except StorageError:
                    raise
                except Exception:  # one of them cannot be stored; which one, each finds out alone
                    if together == [outcome]:
                        raise
                    return await self._write([outcome])
        finally:
            self._waiting.pop(outcome, None)

    def _batch(self) -> list[Outcome]:
        """Those that have waited longest: as many as a batch holds, and one at least."""
        waiting = list(self._waiting)
        articles = list(accumulate(len(each.articles) for each in waiting))
        return [each for each, so_far in zip(waiting, articles, strict=True) if so_far <= BATCH] or waiting[:1]

    async def _write(self, together: Sequence[Outcome]) -> storage.Written:
        documents = storage.Documents()
        for each in together:
            documents.add(each.documents)
        batch = storage.Batch(
            tuple(indexed for each in together for indexed in each.articles),
            tuple(hit for each in together for hit in each.hits),
            tuple(progress for each in together for progress in each.progress),
            documents=documents,
            matched_with=min((each.matched_with for each in together if each.matched_with is not None), default=None),
        )
        written = await asyncio.to_thread(self._store, batch)
        for each in together:
            self._waiting.pop(each, None)
        return written
