"""An installation as a user has one: a folder with a configuration, the command, and Prefect, all in processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from flows.files import article_of_file
from storage import open_store
from wirewatch.settings import Settings

PATIENCE = 120
COMMAND = Path(sys.executable).with_name("wirewatch")
CONFIGURATION = """\
channels:
  screen: {url: "screen://"}
defaults: {channels: [screen]}
sources:
  - {name: inbox, folder: ./inbox, every: 1s}
terms:
  - Hmeimim
  - {name: Tartus pier, query: pier NEAR/3 Tartus}
"""
FLEET = (
    "Supply flights to Hmeimim fall to a new low\n\n"
    "Transport aircraft landed at Hmeimim only twice in October, tracking data showed on Friday, and the pier at "
    "Tartus stood empty.\n\n"
    "The harbor master said that no ship had been announced for the coming month either.\n"
)
ORCHARDS = (
    "Apple harvest begins early in the valley\n\n"
    "Growers in the valley began to pick two weeks early this autumn, after a summer that brought little rain.\n\n"
    "The cooperative expects the pier at Tartus to take most of the fruit that is sold abroad.\n"
)
RAIN = (
    "Rain returns to the plateau\n\n"
    "After two dry years the first storms of the season filled the reservoirs above the town, the water board said.\n"
)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def below(ancestor: int) -> list[int]:
    """The processes below one."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found = [ancestor]
    for one in found:
        found += [pid for pid, parent in parents if parent == one]
    return found[1:]


def end_family(ancestor: int) -> None:
    for pid in [ancestor, *below(ancestor)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@dataclass
class Installation:
    """A folder with wirewatch.yaml and an inbox, and the environment its commands run in."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    configuration: ClassVar = CONFIGURATION
    fleet: ClassVar = FLEET
    """Two hits of the configuration."""
    orchards: ClassVar = ORCHARDS
    """One hit."""
    rain: ClassVar = RAIN
    """None."""

    def configure(self, text: str = CONFIGURATION) -> None:
        (self.folder / "inbox").mkdir(exist_ok=True)
        (self.folder / "wirewatch.yaml").write_text(text, encoding="utf-8")

    def drop(self, name: str, text: str) -> bytes:
        """Put a file into the inbox as a move does, long written; its article's key."""
        made = self.folder / name
        made.write_text(text, encoding="utf-8")
        os.utime(made, (time.time() - 600,) * 2)
        there = made.rename(self.folder / "inbox" / name)
        return article_of_file(there).key

    def command(self, *arguments: str) -> list[str]:
        return [str(COMMAND), *arguments]

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def start(self, name: str, *arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a command whose output goes to the file `name`."""
        with (self.folder / name).open("wb") as output:
            return subprocess.Popen(
                [*arguments],
                cwd=cwd or self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")

    @property
    def database(self) -> str:
        return Settings(self.folder / "wirewatch.yaml", None).resolved_database_url()

    def hits(self) -> set[tuple[bytes, str]]:
        store = open_store(self.database)
        try:
            return {(found.article.key, found.hit.term) for found in store.hits()}
        finally:
            store.close()

    def told(self) -> list[tuple[str, str, str, list[tuple[bytes, str]]]]:
        """Every delivery: channel, kind, state and hits."""
        store = open_store(self.database)
        try:
            found = store.deliveries()
        finally:
            store.close()
        return sorted((one.channel, one.kind.value, one.state.value, sorted(one.hits)) for one in found)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def running() -> Callable[[int], bool]:
    """Whether a process runs."""
    return alive


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("installation")
    kept = {name: value for name, value in os.environ.items() if not re.match("(PREFECT|WIREWATCH)_", name)}
    made = Installation(folder, kept | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"})
    made.configure()
    return made


@pytest.fixture(scope="session")
def family() -> Callable[[int], list[int]]:
    """The processes below one."""
    return below


@pytest.fixture(scope="session")
def kill_all() -> Callable[[int], None]:
    """SIGKILL to a process and all below it."""
    return end_family


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], object], str | Callable[[], str]], None]:
    """Wait until something is true; what is waited for goes into the failure."""

    def wait(condition: Callable[[], object], what: str | Callable[[], str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what if isinstance(what, str) else what()}"
            time.sleep(0.2)

    return wait


@pytest.fixture(scope="module")
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the tests of a module, the last one first, with all below them."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in reversed(processes):
        end_family(process.pid)
        process.wait()
