"""One poller in a process of its own, so that its CPU time and memory are its alone.

The measuring process holds a `Contender`; the other end is `python -m benchmarks.contender NAME`, which takes a command
a line on its standard input and answers each with a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.process_tree import PeakMemory, cpu_seconds

WIREWATCH = "wirewatch"
FETCH = "bare fetch"
PARSE = "bare parse"
PAGES = "bare pages"
TRAFILATURA = "trafilatura"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of one tick, and the items it found new."""

    cpu: float
    new: int


class Contender:
    """A poller of `feeds` in a process of its own; ended at exit."""

    def __init__(self, name: str, feeds: list[str]) -> None:
        self.name = name
        self._feeds = feeds

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.contender", self.name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ask("feeds", self._feeds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def tick(self, kind: str = "tick") -> Cost:
        """One tick; `idle` is one that finds nothing due."""
        answer = self._ask(kind)
        return Cost(answer["cpu"], answer["new"])

    def stages(self) -> dict[str, float]:
        """One tick; its CPU seconds by stage, with `all` and the number of `new` items."""
        return dict(self._ask("stages"))

    def article_stages(self) -> dict[str, float]:
        """The same with extraction, which `warm_up_here` has moved into the poller's own process."""
        return dict(self._ask("article_stages"))

    def peak_memory(self) -> float:
        """One tick; the most megabytes that were held meanwhile."""
        with PeakMemory(self._process.pid) as peak:
            self._ask("tick")
        return peak.megabytes

    def with_pages(self) -> None:
        """From now on, read the page of each new item too."""
        self._ask("pages")

    def warm_up_here(self) -> None:
        """A tick with extraction in the poller's own process, as it is from then on; for `article_stages`."""
        self._ask("here")

    def extract(self, pages: list[str]) -> Cost:
        """Extract these pages, which are fetched before the clock starts."""
        answer = self._ask("extract", pages)
        return Cost(answer["cpu"], answer["new"])

    def _ask(self, command: str, argument: object = None) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, argument]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended at “{command}”; its error stands above")
        return json.loads(answer)


class _Worker:
    """The other end."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    def feeds(self, feeds: list[str]) -> None:
        if self._name == WIREWATCH:
            from benchmarks.wirewatch_loop import WirewatchLoop

            self._loop: Any = WirewatchLoop(feeds, self._folder)
        else:
            from benchmarks.bare_loop import BareLoop, Depth

            self._loop = BareLoop(feeds, Depth.FETCH if self._name == FETCH else Depth.PARSE)

    def pages(self, _: None) -> None:
        if self._name == WIREWATCH:
            from wirewatch.model import Pages

            self._loop.set_pages(Pages.ALWAYS)
        else:
            from benchmarks.bare_loop import Depth

            self._loop.depth = Depth.PAGES

    def tick(self, _: None) -> dict[str, float]:
        return _measured(self._loop.tick)

    def idle(self, _: None) -> dict[str, float]:
        return _measured(self._loop.idle_tick)

    def stages(self, _: None) -> dict[str, float]:
        from benchmarks.wirewatch_loop import STAGES

        return self._by_stage(STAGES)

    def here(self, _: None) -> dict[str, float]:
        self._loop.read_here()
        return _measured(self._loop.tick)

    def article_stages(self, _: None) -> dict[str, float]:
        from benchmarks.article_stages import ARTICLE_STAGES

        return self._by_stage(ARTICLE_STAGES)

    def _by_stage(self, stages: Mapping[str, Sequence[tuple[Any, str]]]) -> dict[str, float]:
        from benchmarks.wirewatch_loop import Stopwatch

        with Stopwatch(stages) as seconds:
            cost = _measured(self._loop.tick)
        return {**seconds, "all": cost["cpu"], "new": cost["new"]}

    def extract(self, pages: list[str]) -> dict[str, float]:
        from benchmarks.bare_loop import article_text

        bodies = []
        for url in pages:
            with urllib.request.urlopen(url, timeout=30) as answer:
                bodies.append((answer.read(), url))
        begun = cpu_seconds()
        for body, url in bodies:
            article_text(body, url)
        return {"cpu": cpu_seconds() - begun, "new": len(bodies)}


def _measured(tick: Callable[[], Awaitable[int]]) -> dict[str, float]:
    async def run() -> int:
        return await tick()

    begun = cpu_seconds()
    new = asyncio.run(run())
    return {"cpu": cpu_seconds() - begun, "new": new}


def main(name: str) -> None:
    """Answer commands until the other end hangs up."""
    with tempfile.TemporaryDirectory() as folder:
        worker = _Worker(name, Path(folder))
        for line in sys.stdin:
            command, argument = json.loads(line)
            print(json.dumps(getattr(worker, command)(argument)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
