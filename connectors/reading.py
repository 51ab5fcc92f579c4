"""What every connector takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from wirewatch.model import Cursor, Failure, Item, Source


@dataclass(frozen=True, slots=True)
class Reading:
    """What one read of a source gave.

    Store `cursor` in the transaction that stores what became of `items`, never before. Its `files` holds only stamps
    that are new or changed: lay them over the stored ones.
    """

    items: tuple[Item, ...]
    cursor: Cursor
    unchanged: bool = False
    failures: tuple[Failure, ...] = ()
    more: bool = False
    """There is more to read now: store this reading, then read again."""
    whole: bool = True
    """False where the source broke off: what is left unread comes with a later poll."""
    known: int = 0
    """Items beside these that are what they were at the last read."""
    waiting: int = 0
    """Files that are still being written; the next poll sees them."""


@runtime_checkable
class Settling(Protocol):
    """A connector that does something to what it has read, once that is stored."""

    async def settle(self, source: Source, cursor: Cursor, now: datetime) -> tuple[Failure, ...]:
        """Do what the source's `after:` asks for with all that `cursor` says is read; what fails is tried again."""
        ...


class Connector(Protocol):
    """One kind of source."""

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """What is new since `cursor`; raises FetchError when nothing of the source could be read."""
        ...
