"""A trial of many workers: they, their runs and Prefect's server are killed, started again, and stopped for a while."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.figures import machine, table
from soak.databases import postgres_server
from soak.fleet import Fleet, Verdict, kill_family, wait_until
from soak.memory import runs_below
from soak.sink import Sink
from soak.sites import Sites

SITES = 12
PUBLISH_EVERY, HARM_EVERY = 30.0, 45.0
TROUBLE = 0.03
PATIENCE = 900.0
"""Seconds for what is still to come at the end: a run that was cut off keeps its shard for a minute and a half."""
ASLEEP = 20.0


@dataclass(slots=True)
class Machines:
    """So many workers for so many minutes."""

    folder: Path
    workers: int
    minutes: float
    harms: Counter[str] = field(default_factory=Counter)
    slowest_end: float = 0.0
    """Seconds that a worker took at most to end when it was asked to."""
    _dice: random.Random = field(default_factory=lambda: random.Random(7))
    _fleet: Fleet = field(init=False)

    def run(self) -> tuple[str, bool]:
        """The figures as Markdown, and whether all promises were kept."""
        with ExitStack() as stack:
            database = _new_database(stack.enter_context(postgres_server()))
            sink = stack.enter_context(Sink(self.folder / "desk.jsonl", TROUBLE))
            self._fleet = Fleet(self.folder, database, stack.enter_context(Sites(SITES)), sink)
            stack.callback(self._fleet.end)
            self._fleet.apply()
            self._fleet.start_server()
            self._fleet.deploy(self.workers)
            for _ in range(self.workers):
                self._fleet.start_worker()
            began = time.monotonic()
            self._go_on(began)
            wait_until(lambda: self._revived() and not self._fleet.untold(), "the rest", PATIENCE)
            waited = time.monotonic() - began - 60 * self.minutes
            verdict = self._fleet.verdict()
            return self._figures(verdict, sink.refused, waited), self._kept(verdict)

    def _go_on(self, began: float) -> None:
        harms = [
            self._end_worker,
            self._kill_worker,
            self._kill_worker_and_runs,
            self._kill_run,
            self._kill_server,
            self._stop_run,
        ]
        next_publish, next_harm = began, began + HARM_EVERY
        while (now := time.monotonic()) - began < self.minutes * 60:
            if now >= next_publish:
                self._fleet.sites.publish(1)
                next_publish += PUBLISH_EVERY
            if now >= next_harm:
                harm: Callable[[], str | None] = self._dice.choice(harms)
                if done := harm():
                    self.harms[done] += 1
                    print(f"{now - began:.0f} s: {done}", file=sys.stderr, flush=True)
                    next_harm = now + HARM_EVERY
            self._revived()
            time.sleep(0.5)

    def _revived(self) -> bool:
        """Whoever has ended is started again, as systemd would."""
        fleet = self._fleet
        for worker in [each for each in fleet.workers if each.poll() is not None]:
            fleet.workers.remove(worker)
            fleet.start_worker()
        if fleet.server is not None and fleet.server.poll() is not None:
            fleet.start_server()
        return True

    def _working(self) -> subprocess.Popen[bytes] | None:
        working = self._fleet.working()
        return self._dice.choice(working) if working else None

    def _end_worker(self) -> str | None:
        worker = self._working()
        if worker is None:
            return None
        asked = time.monotonic()
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(60)
        self.slowest_end = max(self.slowest_end, time.monotonic() - asked)
        return "workers ended by SIGTERM"

    def _kill_worker(self) -> str | None:
        if worker := self._working():
            worker.kill()
            return "workers killed, their runs went on"
        return None

    def _kill_worker_and_runs(self) -> str | None:
        if worker := self._working():
            kill_family(worker)
            return "workers killed with their runs"
        return None

    def _kill_run(self) -> str | None:
        if worker := self._working():
            for pid in runs_below(worker.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return "runs killed"
        return None

    def _kill_server(self) -> str | None:
        if self._working() and self._fleet.server is not None:
            kill_family(self._fleet.server)
            return "Prefect's server killed in mid-run"
        return None

    def _stop_run(self) -> str | None:
        """A run sleeps, as on a machine that is suspended, and wakes up again."""
        worker = self._working()
        if worker is None:
            return None
        runs = runs_below(worker.pid)
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in runs:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number is signal.SIGSTOP:
                time.sleep(ASLEEP)
        return f"runs stopped for {ASLEEP:.0f} s"

    def _kept(self, verdict: Verdict) -> bool:
        return verdict.kept and verdict.again <= sum(self.harms.values())

    def _figures(self, verdict: Verdict, refused: int, waited: float) -> str:
        rows = [
            ["articles published", str(verdict.published)],
            ["lost", str(len(verdict.lost))],
            ["stored twice", str(verdict.twice_stored)],
            ["told again, and saying so", str(verdict.again)],
            ["told again without saying so", str(verdict.silent)],
            ["pages read again", str(verdict.read_again)],
            ["requests at once at a site, at most", str(verdict.most_at_once)],
            ["seconds between starts at a site, at least", f"{verdict.least_gap:.2f}"],
            *[[name, str(number)] for name, number in sorted(self.harms.items())],
            ["seconds that a worker took to end, at most", f"{self.slowest_end:.1f}"],
            ["messages refused with 503", str(refused)],
            ["seconds until the last was told", f"{waited:.0f}"],
        ]
        return table([f"{self.minutes:.0f} minutes, {self.workers} workers, {machine()}", ""], rows)


def _new_database(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE machines")
    return make_url(server).set(database="machines").render_as_string(hide_password=False)
