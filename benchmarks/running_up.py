"""An installation in a folder of its own, run by `wirewatch up`, with sources of a made-up world."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from benchmarks.process_tree import cpu_seconds_of
from storage import open_store

TERM = "planted"
PATIENCE = 200.0
"""Seconds for Prefect's server, and for the first poll after it."""
STOP_SECONDS = 30.0


def watching(feeds: Sequence[str], channel: str, query: str, **defaults: str) -> dict[str, Any]:
    """A configuration: these feeds, one term, one channel; `defaults` as in the file."""
    return {
        "network": {"allow": ["127.0.0.0/8"], "per_site_delay": "0s"},
        "channels": {"desk": {"url": channel, "flood": 100_000}},
        "defaults": {"channels": ["desk"], **defaults},
        "sources": [{"name": f"courier {number}", "feed": url} for number, url in enumerate(feeds)],
        "terms": [{"name": TERM, "query": query}],
    }


class Installation:
    """`wirewatch up` while it is entered; what it says goes to `up.log`."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._folder = folder
        (folder / "wirewatch.yaml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        port, pages_port = free_ports(2)
        self.api = f"http://127.0.0.1:{port}/api"
        self.database = f"sqlite:///{folder}/.wirewatch/wirewatch.db"
        self._arguments = ["up", "--port", str(port), "--pages-port", str(pages_port)]

    def __enter__(self) -> Self:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "WIREWATCH_"))}
        environ = kept | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false"}
        command = [sys.executable, "-m", "console", *self._arguments]
        with (self._folder / "up.log").open("wb") as log:
            self._up = subprocess.Popen(command, cwd=self._folder, env=environ, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._up.send_signal(signal.SIGTERM)
        try:
            self._up.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()

    def wait_for_articles(self, number: int) -> None:
        """Wait for the first poll to have stored so many; RuntimeError with what `up` said where it does not."""
        self.wait_for(lambda: self._articles() >= number, f"{number} articles")

    def wait_for(self, done: Callable[[], bool], what: str) -> None:
        """Wait until it is so; RuntimeError where it is not in time, or where `up` has ended."""
        patience = time.monotonic() + PATIENCE
        while not done():
            if self._up.poll() is not None or time.monotonic() > patience:
                said = (self._folder / "up.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"waited in vain for {what}:\n{said}")
            time.sleep(0.5)

    def cpu_seconds(self) -> float:
        """What it has cost so far: server, worker and runs."""
        return cpu_seconds_of(self._up.pid)

    def kilobytes(self) -> float:
        """The size of our database, without what is free in it."""
        return kilobytes(self._folder / ".wirewatch" / "wirewatch.db")

    def prefect_kilobytes(self) -> float:
        """The size of Prefect's database, without what is free in it."""
        return kilobytes(self._folder / ".wirewatch" / "prefect" / "prefect.db")

    def _articles(self) -> int:
        if not Path(self.database.removeprefix("sqlite:///")).exists():
            return 0
        with open_store(self.database) as store:
            return store.counts().articles


def kilobytes(database: Path) -> float:
    """The size of a SQLite database in use, its write-ahead log included, without its free pages."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return float((pages - free) * size) / 1024


def free_ports(number: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
