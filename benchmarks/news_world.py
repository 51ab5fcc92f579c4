"""The made-up news sites that pollers are measured on: `tools/news_world.py` of the shared folder, as a process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parent.parent
CONTROL = "127.10.0.1"
"""Where the first of its sites is; it answers the control addresses too."""
START_SECONDS = 60.0


class NoNewsWorld(Exception):
    """There is no news_world.py to measure on, or it does not start."""


def script() -> Path:
    """Where the server is; NoNewsWorld says where it was looked for."""
    shared = Path(os.environ.get("WIREWATCH_SHARED") or PROJECT.parent / "shared")
    path = shared / "tools" / "news_world.py"
    if not path.is_file():
        raise NoNewsWorld(
            f"there is no {path}; set WIREWATCH_SHARED to the folder that holds tools/news_world.py, "
            "or put that folder beside the project as shared/"
        )
    return path


class NewsWorld:
    """A running world of `feeds` feeds on `hosts` sites; stopped at exit."""

    def __init__(self, feeds: int, hosts: int, options: Sequence[str] = ()) -> None:
        self._port = _free_port()
        size = ["--feeds", str(feeds), "--hosts", str(hosts), "--port", str(self._port)]
        self._command = [sys.executable, str(script()), *size, *options]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        patience = time.monotonic() + START_SECONDS
        while True:
            try:
                self.control("stats")
                return self
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > patience:
                    self._stop()
                    raise NoNewsWorld(f"the news world does not start: {error}") from None
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def control(self, what: str) -> str:
        """Ask one of its control addresses, e.g. `tick?change=1`."""
        with urlopen(f"http://{CONTROL}:{self._port}/_world/{what}", timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def feeds(self) -> list[str]:
        return self.control("feeds").split()

    def newest_pages(self, last: int) -> list[str]:
        """The addresses of each feed's `last` newest articles."""
        return self.control(f"articles?last={last}").split()

    def tick(self) -> None:
        """New items in every feed."""
        self.control("tick?change=1")

    def requests(self, kind: str) -> int:
        """How many answers of a kind (`feed 304`, `a 200`) it has given since the last call of `forget_requests`."""
        return int(json.loads(self.control("stats")).get(kind, 0))

    def forget_requests(self) -> None:
        self.control("reset-stats")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((CONTROL, 0))
        port: int = probe.getsockname()[1]
    return port
