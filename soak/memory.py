"""What each lasting part of `wirewatch up` holds in memory, and how that grows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.process_tree import children, descendants, own_megabytes

RUNS = (b"prefect.engine", b"prefect.flow_engine", b"_workspace_supervisor")
"""What the command lines of the processes of a flow run say."""
PARTS = {b"prefect\0server": "server", b"uvicorn": "server", b"prefect\0worker": "worker", b"console\0pages": "pages"}
UP = "up"


def runs_below(pid: int) -> list[int]:
    """The processes of flow runs below one."""
    return [each for each in descendants(pid) if _is_run(_command(each))]


@dataclass(slots=True)
class Memory:
    """Looks at the parts, run by run of the trial; what flow runs hold is no part's."""

    looks: list[dict[str, float]] = field(default_factory=list)
    """Megabytes by part."""

    def look(self, up: int) -> None:
        """See what the parts below `up` hold now."""
        held: dict[str, float] = {}
        _add(up, UP, held)
        self.looks.append(held)

    def rows(self) -> list[list[str]]:
        """A row for each part, medians by thirds of the time."""
        names = sorted({name for look in self.looks for name in look})
        return [
            [f"megabytes of its own, {name}, by thirds", thirds([look.get(name, 0.0) for look in self.looks])]
            for name in names
        ]


def thirds(values: Sequence[float]) -> str:
    """The median (and the most) of each third."""
    size = max(1, -(-len(values) // 3))
    parts = [values[start : start + size] for start in range(0, len(values), size)]
    return ", ".join(f"{statistics.median(part):.0f} ({max(part):.0f})" for part in parts)


def _add(pid: int, part: str, held: dict[str, float]) -> None:
    command = _command(pid)
    if _is_run(command):
        return
    part = next((name for words, name in PARTS.items() if words in command), part)
    held[part] = held.get(part, 0.0) + own_megabytes(pid)
    for child in children(pid):
        _add(child, part, held)


def _is_run(command: bytes) -> bool:
    return any(name in command for name in RUNS)


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
