"""The values of long work: a backfill, and the slices it is worked off in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from wirewatch.model import Failure


class BackfillState(StrEnum):
    """`stopped` and `failed` go on with `--resume`, `cancelled` too; only `done` does not."""

    RUNNING = "running"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class PlannedSlice:
    """What one slice is to take: `part` says it to those who work it off; `size` is in articles, where known."""

    part: Mapping[str, Any]
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SliceProgress:
    """How far a slice came; stored only while `attempt` is its last claim and nobody has cancelled the backfill."""

    backfill: int
    number: int
    attempt: int
    cursor: str | None
    done: bool
    counts: Mapping[str, int]
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class ClaimedSlice:
    """A slice that is this worker's until another claims it; the counts are of what is stored of it."""

    number: int
    attempt: int
    part: Mapping[str, Any]
    size: int | None
    cursor: str | None
    counts: Mapping[str, int]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class StoredBackfill:
    """A backfill as listings show it; `total` is in articles, where all its slices know theirs."""

    id: int
    request: Mapping[str, Any]
    versions: Mapping[str, int]
    state: BackfillState
    created_at: datetime
    changed_at: datetime
    error: str | None
    slices: int
    slices_done: int
    total: int | None
    counts: Mapping[str, int]
    failures: tuple[Failure, ...] = field(default=(), repr=False)
