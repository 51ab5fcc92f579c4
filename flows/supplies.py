"""Where a backfill takes its articles from: cut into slices beforehand, given in portions, from any portion on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import storage
import watchlist
from flows.request import Request
from flows.writer import BATCH
from wirewatch.candidates import Candidates
from wirewatch.model import Article, Failure

SLICE = 5_000
"""Articles of the archive in a slice: what one Dask task works off, and what one `resume` looks up again."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What is matched and stored together: at most BATCH articles, or so. `cursor` says how to go on behind it."""

    articles: tuple[Article, ...]
    cursor: str
    new: tuple[storage.Indexed, ...] = ()
    """Those of the articles that are to be stored."""
    failures: tuple[Failure, ...] = ()


class Supply(Protocol):
    """Articles to take through terms."""

    def slices(self) -> Iterator[storage.PlannedSlice]:
        """What there is, in slices that are worked off by themselves."""
        ...

    def portions(self, part: Any, cursor: str | None) -> Iterator[Portion]:
        """A slice's articles behind a cursor."""
        ...

    def missing(self) -> list[str]:
        """What was there once and is not any more, for people to read."""
        ...


class ArchiveSupply:
    """The stored articles that may match; of the others nothing is read."""

    def __init__(self, store: storage.Store, request: Request, wanted: Candidates) -> None:
        self._store = store
        self._request = request
        self._wanted = wanted

    def slices(self) -> Iterator[storage.PlannedSlice]:
        asked = self._request
        ranges = self._store.archive_ranges(
            self._wanted,
            watchlist.LEXEMES_VERSION,
            SLICE,
            since=asked.since,
            until=asked.until,
            sources=asked.sources or None,
        )
        for after, last, size in ranges:
            yield storage.PlannedSlice({"after": after.hex(), "last": last.hex()}, size)

    def portions(self, part: Any, cursor: str | None) -> Iterator[Portion]:
        after, last = bytes.fromhex(cursor or part["after"]), bytes.fromhex(part["last"])
        asked = self._request
        found = self._store.archive(
            self._wanted,
            watchlist.LEXEMES_VERSION,
            since=asked.since,
            until=asked.until,
            sources=asked.sources or None,
            after=after,
            last=last,
            slice_size=BATCH,
        )
        for articles in found:
            yield Portion(tuple(articles), articles[-1].key.hex())

    def missing(self) -> list[str]:
        return [*self._let_go(), *self._passed_over()]

    def _let_go(self) -> list[str]:
        gone = self._store.let_go().get("articles")
        if gone is None or (self._request.since is not None and self._request.since >= gone.before):
            return []
        return [
            f"articles without a hit are not kept for ever: {gone.total:,} of those fetched before "
            f"{gone.before:%Y-%m-%d} are gone, and with them what the terms would have found there"
        ]

    def _passed_over(self) -> list[str]:
        asked = self._request
        seen = self._store.count_passed_over(asked.since, asked.until, asked.sources or None)
        return [
            f"source {name} keeps only articles with hits: {number:,} that had none when they were read are not there "
            "to be looked through"
            for name, number in seen.items()
        ]
