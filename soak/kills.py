"""Random SIGKILLs: at statements, commits and sends of polls, deliveries and backfills, by one worker and by three."""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import machine, table
from soak.databases import Databases, Fresh, Postgres, Sqlite, postgres_server
from soak.desk import START, Desk
from soak.watch import Watch, prepared, repeats, settings, with_later_term

PLACES = ("sqlite", "postgres")
CREWS = (1, 3)
WORKS = ("poll", "poll", "poll", "backfill")
PAIRS = 0.3
"""Share of cycles with two kills."""


@dataclass(slots=True)
class Tally:
    """What came of the cycles of one kind."""

    cycles: int = 0
    kills: int = 0
    lost: int = 0
    repeats: int = 0
    silent: int = 0
    """Repeats that do not say so, or more of them than there were kills."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What runs give that nobody kills."""

    hits: set[tuple[str, str, str, str]]
    told: set[tuple[str, str]]
    events: int


@dataclass(slots=True)
class Kills:
    """So many kills, or as many as fit into the time."""

    folder: Path
    number: int
    seconds: float
    seed: int = 22
    tallies: dict[tuple[str, int, str], Tally] = field(default_factory=dict)

    def run(self) -> tuple[str, bool]:
        """The figures as Markdown, and whether all promises were kept."""
        began = time.monotonic()
        with ExitStack() as stack:
            desk = Desk(self.folder)
            stack.callback(desk.stop)
            webhooks = settings(desk, screen=f"json://{desk.base}/screen")
            watch = stack.enter_context(prepared(self.folder, desk, webhooks))
            server = stack.enter_context(postgres_server())
            kinds: dict[str, Databases] = {"sqlite": Sqlite(self.folder), "postgres": Postgres(server)}
            self._cycles(watch, dict(_starts(watch, kinds)), began)
        spent = time.monotonic() - began
        good = not any(tally.lost or tally.silent for tally in self.tallies.values())
        return self._figures(spent), good

    def _cycles(self, watch: Watch, starts: dict[tuple[str, str], Fresh], began: float) -> None:
        chosen = random.Random(self.seed)
        expected = {each: _expected(watch, fresh, each[1]) for each, fresh in starts.items()}
        for place, workers, work in itertools.cycle(itertools.product(PLACES, CREWS, WORKS)):
            kills = sum(tally.kills for tally in self.tallies.values())
            if kills >= self.number or time.monotonic() - began > self.seconds:
                return
            wanted = expected[place, work]
            at = [chosen.randint(1, wanted.events) for _ in range(1 + (chosen.random() < PAIRS))]
            watch.begin(starts[place, work])
            killed = watch.cycle(at, work=work, workers=workers, hours=_hours(work))
            self._count((place, workers, work), watch, wanted, at, killed)

    def _count(self, kind: tuple[str, int, str], watch: Watch, wanted: Expected, at: list[int], killed: int) -> None:
        tally = self.tallies.setdefault(kind, Tally())
        received = watch.received()
        seen = Counter(told for message in received for told in message.told)
        lost = len(wanted.hits ^ watch.hits()) + len(wanted.told ^ set(seen))
        again = sum(number - 1 for number in seen.values())
        messages = sum(message.flagged for message in received)
        try:
            repeats(received)
            silent = 0
        except AssertionError:
            silent = 1
        silent += max(seen.values(), default=1) - 1 > killed
        tally.cycles += 1
        tally.kills += killed
        tally.lost += lost
        tally.repeats += min(again, messages)
        tally.silent += silent
        if lost or silent:
            print(f"{kind}, killed at {at}: {lost} lost, {silent} silent: {received}", file=sys.stderr, flush=True)

    def _figures(self, spent: float) -> str:
        rows = [
            [f"{place}, {workers} worker{'s' * (workers > 1)}, {work}", *map(str, _row(tally))]
            for (place, workers, work), tally in sorted(self.tallies.items())
        ]
        whole = [sum(column) for column in zip(*map(_row, self.tallies.values()), strict=True)]
        heads = [f"{spent / 60:.0f} minutes", "cycles", "kills", "lost", "repeats that say so", "repeats that do not"]
        return f"{table(heads, [*rows, ['all', *map(str, whole)]])}\n\n{machine()}"


def _row(tally: Tally) -> list[int]:
    return [tally.cycles, tally.kills, tally.lost, tally.repeats, tally.silent]


def _hours(work: str) -> int:
    return 2 if work == "backfill" else 0


def _starts(watch: Watch, kinds: dict[str, Databases]) -> Iterator[tuple[tuple[str, str], Fresh]]:
    """For each kind of database and work, how a cycle begins."""
    for name, databases in kinds.items():
        fresh = databases.copies(watch.apply)
        yield (name, "poll"), fresh

        watch.begin(fresh)
        watch.cycle([])
        later = databases.copies(lambda url: watch.apply(url, with_later_term(watch.settings)), of=watch.database)
        yield (name, "backfill"), later


def _expected(watch: Watch, fresh: Fresh, work: str) -> Expected:
    watch.begin(fresh)
    events = watch.run(_hours(work), work=work)
    watch.run(_hours(work) + 1, work="deliver")
    assert events is not None and START
    told = {each for message in watch.received() for each in message.told}
    return Expected(watch.hits(), told, events)
