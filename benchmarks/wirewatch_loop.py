"""wirewatch's poll as a plain function, without Prefect, on a SQLite database of its own; and where its CPU goes."""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import local
from typing import Any

import connectors
import connectors.feeds
import extraction
import storage
import watchlist
from flows import pipeline
from flows.watch import Kept, Watch
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.definitions import definitions
from wirewatch.model import Channel, NetworkPolicy, Pages, Source, SourceKind, Term

LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))
"""The measured sites are on loopback; waiting between two requests to one of them is not what is measured."""

PLANTED = "Hayat Tahrir al-Sham"
QUIET_TERMS = 94
TERMS = (
    f'"{PLANTED}"',
    f'title:"{PLANTED}" OR "{PLANTED}" NEAR/20 diplomat*',
    "Taliban NEAR/12 (delist* OR remov* OR suspend*)",
    "Hmeimim OR Khmeimim",
    '"ISIS-K" OR "Islamic State Khorasan"',
    "sanction+ AND Latakia NOT football",
)

STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "prepare": ((Watch, "load"),),
    "claim and look up": (
        (storage.Store, "claim_sources"),
        (storage.Store, "due_pages"),
        (storage.Store, "unknown_articles"),
        (storage.Store, "article"),
    ),
    "parse": ((connectors.feeds, "parse_feed"), (connectors.feeds, "items_of")),
    "extract": ((extraction, "extract_lightly"),),
    "match": ((pipeline, "hits_of"), (watchlist, "lexemes")),
    "write": ((storage.Store, "write"), (storage.Store, "store_unchanged")),
}
"""Stage -> the functions it is made of; none of them calls another one of them."""


class WirewatchLoop:
    """A poller of some feeds; each `tick` finds them all due."""

    def __init__(self, feeds: list[str], folder: Path) -> None:
        self._database = f"sqlite:///{folder / 'wirewatch.db'}"
        self._feeds = feeds
        self._ahead = timedelta(0)
        self._kept = Kept(extraction.Workers())
        self.set_pages(Pages.NEVER)
        self._store = storage.open_store(self._database)

    def read_here(self) -> None:
        """From now on, without workers: extraction in this process, so that a stopwatch sees it."""
        from benchmarks.article_stages import WorkersHere

        self._kept = Kept(WorkersHere())

    def set_pages(self, pages: Pages) -> None:
        """Apply the configuration with this setting for all feeds, in a process of its own, as people do."""
        wanted = json.dumps([self._database, self._feeds, pages, self._now().isoformat()])
        subprocess.run([sys.executable, "-m", "benchmarks.wirewatch_loop"], input=wanted, text=True, check=True)

    async def tick(self) -> int:
        """A tick when all are due again; gives the number of new articles."""
        self._ahead += timedelta(minutes=23)  # the turn after the first is up to one and a half intervals away
        return await self.idle_tick()

    async def idle_tick(self) -> int:
        """A tick at once, which finds nothing due."""
        async with connectors.Http(LOOPBACK, clock=self._now) as http:
            report = await pipeline.poll(self._store, http, self._now, limit=len(self._feeds), kept=self._kept)
        if any(failure.where.startswith("source") for failure in report.failures):
            raise RuntimeError(f"{report.failures[0].where}: {report.failures[0].what}")
        return report.counts["new_articles"]

    def _now(self) -> datetime:
        return utc_now() + self._ahead


def apply(database: str, feeds: list[str], pages: str, now: str) -> None:
    """Watch these feeds for the hundred terms."""
    sources = tuple(
        Source(f"feed {number}", SourceKind.FEED, url, timedelta(minutes=15), pages=Pages(pages))
        for number, url in enumerate(feeds)
    )
    queries = (*TERMS, *(f'"Quiet Name {number}" OR quietname{number}' for number in range(QUIET_TERMS)))
    terms = tuple(Term(query, query, channels=("screen",)) for query in queries)
    configuration = Configuration((Channel("screen", "screen://"),), sources, (), terms, LOOPBACK)
    with storage.open_store(database) as store:
        store.apply(configuration, definitions(configuration), datetime.fromisoformat(now))


class Stopwatch:
    """CPU time of each stage, taken around its functions while it is entered; `seconds` has them by stage.

    What a stage's function spends in that of another stage is the other's.
    """

    def __init__(self, stages: Mapping[str, Sequence[tuple[Any, str]]]) -> None:
        self.seconds = dict.fromkeys(stages, 0.0)
        self._stages = stages
        self._originals: list[tuple[Any, str, Any]] = []
        self._inner = local()

    def __enter__(self) -> dict[str, float]:
        for stage, functions in self._stages.items():
            for owner, name in functions:
                original = inspect.getattr_static(owner, name)
                self._originals.append((owner, name, original))
                inner = original.__func__ if isinstance(original, classmethod) else original
                timed = self._timed(stage, inner)
                setattr(owner, name, classmethod(timed) if isinstance(original, classmethod) else timed)
        return self.seconds

    def __exit__(self, *_: object) -> None:
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            before = getattr(self._inner, "seconds", 0.0)
            self._inner.seconds = 0.0
            begun = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                spent = time.thread_time() - begun
                self.seconds[stage] += spent - self._inner.seconds
                self._inner.seconds = before + spent

        return timed


if __name__ == "__main__":
    apply(*json.load(sys.stdin))
