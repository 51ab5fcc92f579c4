"""Several machines in small: a database, a Prefect server, sharded deployments, and workers, each a process.

They poll the made-up sites of `soak.sites`, which see whether anybody is impolite.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.process_tree import descendants
from flows.deploying import WORK_POOL, deployments_file
from soak.memory import runs_below
from soak.prefect_server import PrefectServer
from soak.sink import Sink
from soak.sites import PLANTED, Sites
from storage import open_store

PATIENCE = 180.0
COMMAND = Path(sys.executable).with_name("wirewatch")
DELAY, LIMIT = 0.4, 2
"""What the sites are promised: seconds between the starts of requests, and requests at once."""
EVERY = {"poll": 15, "deliver": 60, "watchdog": 60}
"""Seconds between runs."""


@dataclass(slots=True)
class Verdict:
    """What came of it, beside what had to."""

    published: int
    lost: set[str]
    """Published and not told."""
    twice_stored: int
    again: int
    """Messages that tell of what was told before; those that do not say so are in `silent`."""
    silent: int
    read_again: int
    """Pages that were asked for more than once."""
    most_at_once: int
    least_gap: float

    @property
    def kept(self) -> bool:
        """Whether all promises were kept, whatever was killed."""
        # Half of the delay, as the sites see it: requests do not travel equally fast on a busy machine.
        polite = self.most_at_once <= LIMIT and self.least_gap >= DELAY / 2
        return polite and not (self.lost or self.twice_stored or self.silent)


@dataclass
class Fleet:
    """Started and ended part by part; `end` ends all that is left."""

    folder: Path
    database: str
    sites: Sites
    sink: Sink
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self.prefect = PrefectServer(f"http://127.0.0.1:{self._port}/api")
        self.server: subprocess.Popen[bytes] | None = None
        self._started = 0
        kept = {name: value for name, value in os.environ.items() if not re.match("(PREFECT|WIREWATCH)_", name)}
        self.environ = kept | {
            "PREFECT_API_URL": self.prefect.url,
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PYTHONSAFEPATH": "1",
            "WIREWATCH_DATABASE_URL": self.database,
        }

    def start_server(self) -> None:
        """Start Prefect's server, again perhaps, and wait for it."""
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self._port)]
        self.server = self._start("server.log", command)
        wait_until(self.prefect.answers, "Prefect's server")

    def apply(self) -> None:
        """Make the configuration the one in force."""
        (self.folder / "wirewatch.yaml").write_text(yaml.safe_dump(self._settings()), encoding="utf-8")
        self._say(["apply"])

    def deploy(self, shards: int) -> None:
        """Deploy what is to run often."""
        content = yaml.safe_load(deployments_file().read_text())
        content["deployments"] = [each for each in content["deployments"] if each["name"] in EVERY]
        for each in content["deployments"]:
            each["schedules"] = [{"interval": EVERY[each["name"]]}]
        often = self.folder / "often.yaml"
        often.write_text(yaml.safe_dump(content), encoding="utf-8")
        self._say(["setup-prefect"])
        self._say(["deploy", "--shards", str(shards), "--file", str(often)])

    def start_plain(self, shard: str) -> subprocess.Popen[bytes]:
        """A worker without Prefect."""
        worker = self._start("plain.log", [sys.executable, "-m", "soak.plain", shard])
        self.workers.append(worker)
        return worker

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One worker more."""
        self._started += 1
        name = f"worker-{self._started}"
        command = [
            sys.executable,
            "-m",
            "prefect",
            "worker",
            "start",
            "--pool",
            WORK_POOL,
            "--name",
            name,
            "--limit",
            "2",
        ]
        worker = self._start(f"{name}.log", command)
        self.workers.append(worker)
        return worker

    def working(self) -> list[subprocess.Popen[bytes]]:
        """The workers that have a flow run under way."""
        return [each for each in self.workers if each.poll() is None and runs_below(each.pid)]

    def told(self) -> Counter[str]:
        """How often each address was told."""
        return Counter(url for message in list(self.sink.messages) for url in _addresses(message.text))

    def untold(self) -> set[str]:
        """The addresses that were published and not told yet."""
        return self.sites.published() - set(self.told())

    def verdict(self) -> Verdict:
        """What has come of all that was published."""
        told = self.told()
        seen: set[str] = set()
        silent = 0
        for message in self.sink.messages:
            urls = _addresses(message.text)
            silent += bool(urls & seen) and not message.flagged
            seen |= urls
        with open_store(self.database) as store:
            stored = Counter(each.article.url for each in store.hits())
            articles = store.counts().articles
        return Verdict(
            published=len(self.sites.published()),
            lost=self.sites.published() - set(told) | self.sites.published() ^ set(stored),
            twice_stored=sum(stored.values()) - len(stored) + articles - len(stored),
            again=sum(number - 1 for number in told.values()),
            silent=silent,
            read_again=sum(number - 1 for number in self.sites.pages.values()),
            most_at_once=max(self.sites.most.values(), default=0),
            least_gap=self.sites.least_gap(),
        )

    def said(self, name: str) -> str:
        """What a part has written so far."""
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """SIGKILL to all there is."""
        for part in (*self.workers, self.server):
            if part is not None:
                kill_family(part)

    def _settings(self) -> dict[str, Any]:
        return {
            "network": {"allow": ["127.0.0.0/8"], "per_site_delay": f"{DELAY}s", "per_site_limit": LIMIT},
            "channels": {"desk": {"url": self.sink.url, "flood": 100_000}},
            "defaults": {"channels": ["desk"], "every": "1s"},
            "sources": [{"name": f"courier {number}", "feed": url} for number, url in enumerate(self.sites.feeds())],
            "terms": [PLANTED],
        }

    def _say(self, verb: Sequence[str]) -> None:
        command = [str(COMMAND), *verb]
        said = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if said.returncode:
            raise RuntimeError(f"{' '.join(verb)}: {said.stdout}{said.stderr}")

    def _start(
        self, log: str, command: Sequence[str], environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def kill_family(part: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a part and all below it."""
    for pid in (part.pid, *descendants(part.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    part.wait()


def wait_until(condition: Callable[[], object], what: str | Callable[[], str], seconds: float = PATIENCE) -> None:
    """Wait until something is true; AssertionError says what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what if isinstance(what, str) else what()}"
        time.sleep(0.2)


def _addresses(text: str) -> set[str]:
    return set(re.findall(r"http://127\.30\.\d+\.\d+:\d+/a/\d+-\d+", text))
