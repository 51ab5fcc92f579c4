"""CPU time and memory of a process with all its descendants, read from Linux's /proc."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.02
"""Seconds between two looks at the memory."""


def cpu_seconds() -> float:
    """User and system time of this process, its ended children, and its living descendants."""
    ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own = sum(usage.ru_utime + usage.ru_stime for usage in ended)
    return own + sum(_living_cpu(pid) for pid in descendants(os.getpid()))


def cpu_seconds_of(pid: int) -> float:
    """User and system time of another process, of its living descendants, and of those whose end was waited for."""
    return sum(_living_cpu(each) for each in (pid, *descendants(pid)))


def _living_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS  # utime, stime, and those of its ended children


def descendants(pid: int) -> Iterator[int]:
    """All living processes below one."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def children(pid: int) -> list[int]:
    """The living processes that one has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def megabytes(pid: int) -> float:
    """Proportional set size of a process and its descendants: shared pages count by share."""
    return sum(_kilobytes(each, "Pss:") for each in (pid, *descendants(pid))) / 1024


def own_megabytes(pid: int) -> float:
    """What one process alone has put into memory; what it only reads from files, as programs are, does not count."""
    return (_kilobytes(pid, "Anonymous:") + _kilobytes(pid, "Swap:")) / 1024


def _kilobytes(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


class PeakMemory:
    """Watches the memory of a process tree while it is entered; then `megabytes` is the most that was seen."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self.megabytes = max(self.megabytes, megabytes(self._pid))

    def __enter__(self) -> Self:
        self.megabytes = megabytes(self._pid)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
