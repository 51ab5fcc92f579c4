"""`wirewatch up` on a made-up world of news for a given time, with faults on both sides and runs that are killed.

At the end: was every planted hit told once, did memory stay flat, did the lag?
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks.figures import machine, table
from benchmarks.news_world import CONTROL, NewsWorld
from benchmarks.process_tree import megabytes
from benchmarks.running_up import free_ports
from soak.memory import Memory, runs_below, thirds
from soak.planted import PLANTED, SOUND, Twin
from soak.sink import Sink
from storage import open_store
from wirewatch.telling import Fate

COMMAND = Path(sys.executable).with_name("wirewatch")
TERM = "HTS"
FEEDS, HOSTS = 40, 20
OPTIONS = ("--items", "12", "--plant", f"{PLANTED}:0.1", "--wire", "0", "--faults", "0.2")
TICK, CHANGE = 60.0, 0.5
LOOK = 10.0
KILL_EVERY = 100.0
TROUBLE = 0.03
PATIENCE = 600.0
"""Seconds: for the first poll, and at the end for what is still to come."""


@dataclass(slots=True)
class Looks:
    """What was seen on the way."""

    memory: Memory = field(default_factory=Memory)
    """What lives on between runs: `up`, server and worker."""
    last: float = -LOOK
    """When memory was looked at, in seconds since the start."""
    peak: float = 0.0
    """The most megabytes of all together, runs included."""
    waiting: list[int] = field(default_factory=list)
    """Before each tick: how many planted hits were published, and neither told nor withheld yet."""
    withheld: list[int] = field(default_factory=list)
    """Before each tick: how many were withheld so far, as they add nothing to one that was told."""
    kills: int = 0


class Soak:
    """One trial in a folder of its own."""

    def __init__(self, folder: Path, minutes: float) -> None:
        self._folder = folder
        self._seconds = minutes * 60
        self._looks = Looks()
        self._must: dict[str, float] = {}
        """Address of a planted article -> when it was published."""
        self._may: set[str] = set()
        self._dice = random.Random(7)

    def run(self) -> tuple[str, bool]:
        """The figures as Markdown, and whether all promises were kept."""
        with ExitStack() as stack:
            world = stack.enter_context(NewsWorld(FEEDS, HOSTS, OPTIONS))
            self._sink = stack.enter_context(Sink(self._folder / "desk.jsonl", TROUBLE))
            feeds = world.feeds()
            port = int(feeds[0].split(":")[2].split("/")[0])
            self._twin = Twin(("--feeds", str(FEEDS), "--hosts", str(HOSTS), *OPTIONS), port)
            self._configure(feeds)
            up = stack.enter_context(self._up())
            stack.callback(_end, up)
            self._wait_for_first_poll(up)
            began = time.monotonic()
            self._ticks(world, up, began)
            self._wait_for_rest()
            return self._figures(time.monotonic() - began)

    def _configure(self, feeds: Sequence[str]) -> None:
        settings = {
            "network": {"allow": ["127.0.0.0/8"]},
            "channels": {"desk": {"url": self._sink.url, "flood": 100_000}},
            "defaults": {"channels": ["desk"], "every": "1m"},
            "sources": [{"name": f"courier {number}", "feed": url} for number, url in enumerate(feeds)],
            "terms": [{"name": TERM, "query": f'"{PLANTED}"'}],
        }
        (self._folder / "wirewatch.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")

    def _up(self) -> subprocess.Popen[bytes]:
        port = free_ports(2)
        command = [str(COMMAND), "up", "--port", str(port[0]), "--pages-port", str(port[1])]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "WIREWATCH_"))}
        environ = kept | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false"}
        with (self._folder / "up.log").open("wb") as log:
            return subprocess.Popen(command, cwd=self._folder, env=environ, stdout=log, stderr=log)

    @property
    def _database(self) -> str:
        return f"sqlite:///{self._folder}/.wirewatch/wirewatch.db"

    def _wait_for_first_poll(self, up: subprocess.Popen[bytes]) -> None:
        patience = time.monotonic() + PATIENCE
        while self._stored() < self._twin.items:
            if up.poll() is not None or time.monotonic() > patience:
                said = (self._folder / "up.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"the first poll did not come ({self._stored()} of {self._twin.items}):\n{said}")
            time.sleep(2)

    def _stored(self) -> int:
        with suppress(Exception), open_store(self._database) as store:  # it may not be there yet
            return store.counts().articles
        return 0

    def _ticks(self, world: NewsWorld, up: subprocess.Popen[bytes], began: float) -> None:
        next_tick, next_kill = began, began + KILL_EVERY
        while (now := time.monotonic()) - began < self._seconds:
            if up.poll() is not None:
                raise RuntimeError(f"`wirewatch up` ended by itself with {up.returncode}: see up.log")
            if now >= next_tick:
                self._count_waiting()
                must, may = self._twin.tick(CHANGE)
                world.control(f"tick?change={CHANGE}")
                self._must |= dict.fromkeys(must, time.monotonic())
                self._may |= may
                next_tick += TICK
            runs = runs_below(up.pid)
            if now >= next_kill and runs:
                with suppress(ProcessLookupError):
                    os.kill(self._dice.choice(runs), signal.SIGKILL)
                    self._looks.kills += 1
                    next_kill = now + KILL_EVERY
            self._look(up.pid, now - began)
            time.sleep(LOOK / 10 if now >= next_kill else LOOK / 4)

    def _count_waiting(self) -> None:
        untold = set(self._must) - set(self._told())
        withheld = untold & self._withheld()
        self._looks.waiting.append(len(untold) - len(withheld))
        self._looks.withheld.append(len(withheld))

    def _look(self, pid: int, seconds: float) -> None:
        if seconds - self._looks.last < LOOK:
            return
        self._looks.last = seconds
        self._looks.peak = max(self._looks.peak, megabytes(pid))
        self._looks.memory.look(pid)

    def _told(self) -> dict[str, float]:
        """Addresses in messages, and when the first of them came."""
        first: dict[str, float] = {}
        for message in list(self._sink.messages):
            for url in _addresses(message.text):
                first.setdefault(url, message.at)
        return first

    def _wait_for_rest(self) -> None:
        patience = time.monotonic() + PATIENCE
        while set(self._must) - set(self._told()) - self._withheld() and time.monotonic() < patience:
            time.sleep(2)

    def _withheld(self) -> set[str]:
        """Addresses of what was not told for a reason that is stored: made-up sites share their sentences."""
        with open_store(self._database) as store:
            withheld = {each.article_key for each in store.tellings(term=TERM, fates=[Fate.WITHHELD])}
            return {each.article.url for each in store.hits() if each.article.key in withheld}

    def _figures(self, seconds: float) -> tuple[str, bool]:
        told = self._told()
        times = Counter(url for message in self._sink.messages for url in _addresses(message.text))
        withheld = (set(self._must) & self._withheld()) - set(told)
        lost = set(self._must) - set(told) - withheld
        strange = set(told) - set(self._must) - self._may
        again = {url: number - 1 for url, number in times.items() if number > 1}
        flagged = sum(message.flagged for message in self._sink.messages)
        kept = not lost and not strange and sum(again.values()) <= flagged
        lags = [told[url] - at for url, at in sorted(self._must.items(), key=lambda each: each[1]) if url in told]
        rows = [
            ["planted articles in sound feeds", str(len(self._must))],
            ["told", str(len(set(self._must) & set(told)))],
            ["withheld as adding nothing to one that was told", str(len(withheld))],
            ["lost", str(len(lost))],
            ["told and not planted", str(len(strange))],
            ["told again / messages that say so", f"{sum(again.values())} / {flagged}"],
            ["runs killed", str(self._looks.kills)],
            ["messages refused with 503", str(self._sink.refused)],
            ["feeds at fault", f"{sum(fault not in SOUND for fault in self._twin.faults)} of {FEEDS}"],
            ["lag in seconds by thirds, median (most)", thirds(lags)],
            ["published and not yet decided at ticks, by thirds", thirds(self._looks.waiting)],
            ["withheld so far at ticks, by thirds", thirds(self._looks.withheld)],
            *self._looks.memory.rows(),
            ["megabytes at most, runs included", f"{self._looks.peak:.0f}"],
        ]
        head = [f"{seconds / 60:.0f} minutes, {FEEDS} feeds, {machine()}", ""]
        return table(head, rows), kept


def _addresses(text: str) -> set[str]:
    words = (word.strip("()[]<>\"'.,;") for word in text.split())
    return {word for word in words if word.startswith(f"http://{CONTROL.rpartition('.')[0]}.") and "/a/" in word}


def _end(up: subprocess.Popen[bytes]) -> None:
    up.send_signal(signal.SIGTERM)
    try:
        up.wait(30)
    except subprocess.TimeoutExpired:
        up.kill()
        up.wait()
