"""Who holds a lease: a process, told apart so that the lease of one that is known to be dead need not be waited for.

A process is named by its machine's boot, its PID namespace, its number and its start. Another process in the same
namespace of the same boot can see whether it still runs; of all others nothing is known, and their leases run out in
their time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str | None:
    """The name of this process as a holder; None where the system does not tell enough."""
    return _named(os.getpid())


def dead(holders: Iterable[str]) -> list[str]:
    """Those of the holders that certainly run no more."""
    here = _place()
    if here is None:
        return []
    return [holder for holder in holders if holder.startswith(f"{here}/") and not _runs(holder)]


def _runs(holder: str) -> bool:
    number = holder.split("/")[-2]
    return not number.isdigit() or _named(int(number)) == holder


def _named(pid: int) -> str | None:
    here, started = _place(), _start(pid)
    return f"{here}/{pid}/{started}" if here and started else None


@lru_cache(maxsize=1)
def _place() -> str | None:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return None


def _start(pid: int) -> str | None:
    """When a process began, in clock ticks since boot; None where it runs no more or is a zombie."""
    try:
        # The name stands in brackets and may hold anything; the state follows it, the start is 19 fields further.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else fields[19].decode()
