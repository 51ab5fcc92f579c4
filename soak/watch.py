"""A news watch in miniature that can be killed at any instant: every cycle begins with a copy of one database."""

from __future__ import annotations

import asyncio
import gc
import io
import itertools
import json
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from sqlalchemy import Engine, event

import alerts
import connectors
import extraction
from flows import applying, backfilling, outbox, pipeline, request
from flows.watch import Kept
from soak.desk import BROKEN_PAGE, PAGES, START, STORY, Desk, forked
from soak.harm import ASLEEP, Clock, Harm, Observed, listen_between_transactions
from storage import Store, open_store
from wirewatch.model import Channel

FILES = {
    "Convoy reaches the base": "Supplies reached Hmeimim, and a ship is on its way to Tartus.",
    "Harbour dues to rise": "The dues that ships pay in Tartus will rise.",
    "Rain in the north": "Nothing of note was said.",
}
SETTINGS = {
    "network": {"allow": ["127.0.0.0/8"], "per_site_delay": "0s", "per_site_limit": 8},
    "defaults": {"channels": ["screen", "desk"]},
    "terms": [
        {"name": "Hmeimim", "channels": ["desk", "hourly"]},
        "Tartus",
        "tariff*",
        {"name": "quiet", "query": '"nothing of note"', "channels": ["desk"], "group_wait": "5m"},
    ],
}
LATER_TERM = {"name": "lorries", "query": "lorries OR bread"}


@dataclass(frozen=True)
class Received:
    """One message as a channel got it, with the articles that it tells of."""

    channel: str
    titles: tuple[str, ...]
    flagged: bool
    digest: bool

    @property
    def told(self) -> list[tuple[str, str]]:
        """Channel and article, for each."""
        return [(self.channel, title) for title in self.titles]


class Watch:
    """The watch: `run` does a run's work in a forked process, `kill_at` its n-th statement, commit or send."""

    def __init__(self, folder: Path, desk: Desk, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.desk = desk
        self.settings = settings
        self.database = ""
        self.screen = folder / "screen.txt"
        self.events = folder / "events"

    def apply(self, database: str, settings: dict[str, Any] | None = None) -> None:
        """Make the settings the configuration in force."""
        (self.folder / "wirewatch.yaml").write_text(yaml.safe_dump(settings or self.settings))
        with open_store(database) as store:
            applied = applying.apply_checked(store, applying.check_file(self.folder / "wirewatch.yaml"), START)
        assert not applied.file.errors

    def begin(self, fresh: Callable[[], str]) -> None:
        """Start over, with a fresh copy of a database."""
        self.database = fresh()
        for file in (self.screen, self.desk.log, self.events):
            file.unlink(missing_ok=True)

    def run(self, hours: int, *, work: str = "poll", kill_at: int | None = None) -> int | None:
        """A run's work so many hours after the start; the number of its events, None if it was killed."""
        return self._end(*self._start(hours, work, kill_at))

    def sleep(self, at: int, *, work: str = "poll", hours: int = 0) -> bool:
        """A run that sleeps after its n-th transaction until another, two hours later, has done its work.

        Then it wakes up, finds that it is two hours later, and goes on. False where it had ended before.
        """
        clock = Clock(START + timedelta(hours=hours))
        sleeper = forked(lambda: self._work(clock, work, Harm(at, clock)))
        _, status = os.waitpid(sleeper, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            assert status == 0, "a run failed: its traceback is above"
            return False
        try:
            self.run(hours + ASLEEP, work=work)
        finally:
            os.kill(sleeper, signal.SIGCONT)
        self._end(sleeper, None)
        return True

    def _start(self, hours: int, work: str, kill_at: int | None) -> tuple[int, int | None]:
        clock = Clock(START + timedelta(hours=hours))
        return forked(lambda: self._work(clock, work, Harm(kill_at))), kill_at

    def _end(self, child: int, kill_at: int | None) -> int | None:
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and kill_at is not None:
            return None
        assert status == 0, "a run failed: its traceback is above"
        return int(self.events.read_text())

    def cycle(self, kills: Sequence[int], *, work: str = "poll", workers: int = 1, hours: int = 0) -> int:
        """Runs that are killed, then one that is not, and one that delivers what waited; how many kills took place.

        Of several workers, all are at it at once, and the first of them are killed.
        """
        if workers > 1:
            children = [self._start(hours, work, kill_at) for kill_at in (*kills, *[None] * (workers - len(kills)))]
            killed = sum(self._end(*child) is None for child in children)
        else:
            killed = sum(self.run(hours + at, work=work, kill_at=each) is None for at, each in enumerate(kills))
        self.run(hours + len(kills), work=work)
        self.run(hours + len(kills) + 1, work="deliver")
        return killed

    def hits(self) -> set[tuple[str, str, str, str]]:
        with open_store(self.database) as store:
            return {
                (each.article.title, each.hit.term, each.hit.visibility.value, each.hit.origin.value)
                for each in store.hits()
            }

    def digests(self) -> dict[str, list[int]]:
        """For each channel, the numbers of hits that its deliveries tell."""
        found: dict[str, list[int]] = {}
        with open_store(self.database) as store:
            for delivery in store.deliveries():
                found.setdefault(delivery.channel, []).append(len(delivery.hits))
        return found

    def received(self) -> list[Received]:
        """What all channels got, each in its order."""
        sent = [json.loads(line) for line in self.desk.log.read_text().splitlines()] if self.desk.log.exists() else []
        texts = [(channel, f"{title}\n{message}") for channel, title, message in sent]
        printed = self.screen.read_text() if self.screen.exists() else ""
        texts += [("screen", text) for text in re.split(r"(?<=\n)\f", printed) if text.strip()]
        titles = (*FILES, *PAGES, BROKEN_PAGE)
        return [
            Received(
                channel,
                tuple(title for title in titles if title in text),
                "Possible repeat" in text,
                "Digest: " in text,
            )
            for channel, text in texts
        ]

    def _work(self, clock: Clock, work: str, harm: Harm) -> None:
        sys.stdout = self.screen.open("a")
        counted = itertools.count(1)
        last = [0]

        read_last = [False]

        def execute(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            reads = statement.startswith(("BEGIN", "SELECT"))
            if not (reads and read_last[0]):  # else nothing has happened since the instant before
                happen()
            read_last[0] = reads

        def happen(*_: object) -> None:
            read_last[0] = False
            last[0] = next(counted)
            if last[0] == harm.at:
                harm.happens()

        before, after = happen, happen
        if harm.sleeps:
            before, after = listen_between_transactions(happen)
        else:
            event.listen(Engine, "before_cursor_execute", execute)
            event.listen(Engine, "commit", happen)
        open_channel = alerts.open_channel

        def open_observed(channel: Channel, environ: Mapping[str, str]) -> Observed:
            return Observed(open_channel(channel, environ), before, after)

        with mock.patch.object(alerts, "open_channel", open_observed), open_store(self.database) as store:
            asyncio.run(WORK[work](store, clock))
        self.events.write_text(str(last[0]))


class ReadHere(extraction.Workers):
    """Reads documents in the process that is to be killed: it was forked, and forked processes share no workers."""

    async def _run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)


async def poll_and_deliver(store: Store, clock: Callable[[], datetime]) -> None:
    """What a poll run does."""
    configuration = store.configuration()
    assert configuration is not None
    async with connectors.Http(configuration.network, clock=clock) as http:
        await pipeline.poll(store, http, clock, kept=Kept(ReadHere()))
    await outbox.deliver(store, {}, clock)


async def backfill_and_deliver(store: Store, clock: Callable[[], datetime]) -> None:
    """What a backfill run does."""
    backfilling.backfill(store, request.Request(), clock)
    await outbox.deliver(store, {}, clock)


async def deliver(store: Store, clock: Callable[[], datetime]) -> None:
    """Send what waited."""
    await outbox.deliver(store, {}, clock)


WORK = {"poll": poll_and_deliver, "backfill": backfill_and_deliver, "deliver": deliver}


def settings(desk: Desk, screen: str = "screen://") -> dict[str, Any]:
    """The configuration: a channel told at once, one by the hour, and a screen."""
    channels = {
        "screen": {"url": screen},
        "desk": {"url": f"json://{desk.base}/desk"},
        "hourly": {"url": f"json://{desk.base}/hourly", "digest": {"every": "hour"}},
    }
    sources = [{"name": "inbox", "folder": "./inbox"}, {"name": "wire", "feed": f"http://{desk.base}/rss"}]
    return SETTINGS | {"channels": channels, "sources": sources}


def with_later_term(settings: dict[str, Any]) -> dict[str, Any]:
    """The configuration with a term that was added after a poll."""
    return settings | {"terms": [*settings["terms"], LATER_TERM]}


@contextmanager
def prepared(folder: Path, desk: Desk, settings: dict[str, Any]) -> Iterator[Watch]:
    """The watch with its inbox, when all that it needs is loaded: what is forked shares it."""
    _fill_inbox(folder)
    watch = Watch(folder, desk, settings)
    once = f"sqlite:///{folder}/once.db"
    watch.apply(once)
    with redirect_stdout(io.StringIO()), open_store(once) as store:
        asyncio.run(poll_and_deliver(store, Clock(START)))
    desk.log.unlink(missing_ok=True)
    gc.collect()
    gc.freeze()
    yield watch


def _fill_inbox(folder: Path) -> None:
    (folder / "inbox").mkdir()
    for number, (title, text) in enumerate(FILES.items()):
        file = folder / "inbox" / f"{number}.txt"
        file.write_text(STORY.format(title=title, text=text))
        os.utime(file, (1_700_000_000, 1_700_000_000))


def repeats(received: Sequence[Received]) -> Counter[tuple[str, str]]:
    """How often each article was told again to each channel; every later message must say that it may be a repeat."""
    seen: Counter[tuple[str, str]] = Counter()
    for message in received:
        for told in message.told:
            assert not seen[told] or message.flagged, f"repeated without saying so: {message}"
            seen[told] += 1
    return Counter({told: times - 1 for told, times in seen.items() if times > 1})
