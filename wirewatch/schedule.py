"""When a source is polled next: after a success by its own clock, after a failure by what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zlib import crc32

from wirewatch.cadence import Cadence
from wirewatch.errors import BlockedAddress, FetchError, NotAFeed, UnsetSecret
from wirewatch.model import Source

GONE = 410
TICK = timedelta(minutes=1)
"""How often it is seen what is due, by runs that do not stay."""
LONGEST_HOLD = timedelta(hours=1)
"""Of a site for what one of its feeds was told: the others may be well."""


class Trouble(StrEnum):
    """What kind of failure a poll met: how long to wait and when to tell depends on it."""

    UNREACHABLE = "unreachable"
    """No name, no connection, no answer in time, or one that broke off."""
    SERVER = "server"
    """5xx."""
    THROTTLED = "throttled"
    """429, or 503 that says when to come again."""
    NOT_A_FEED = "not a feed"
    REFUSED = "refused"
    """4xx."""
    FORBIDDEN = "forbidden"
    """The address is not one that may be asked, or leads nowhere, or a secret is not set."""
    GONE = "gone"
    """410."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a kind of failure is met: the wait after the first, doubled with each; the longest; when people are told."""

    first: timedelta
    longest: timedelta
    told_after: timedelta


def _patience(first: int, longest: int, told_after: int) -> Patience:
    return Patience(timedelta(minutes=first), timedelta(minutes=longest), timedelta(minutes=told_after))


PATIENCE = {
    Trouble.UNREACHABLE: _patience(1, 60, 360),
    Trouble.SERVER: _patience(1, 120, 360),
    Trouble.THROTTLED: _patience(5, 360, 1440),
    Trouble.NOT_A_FEED: _patience(5, 360, 180),
    Trouble.REFUSED: _patience(15, 1440, 60),
    Trouble.FORBIDDEN: _patience(15, 360, 0),
    Trouble.GONE: _patience(1440, 1440, 0),
}
"""In minutes. What a server or network does passes by itself more often than what an address does."""


def trouble_of(error: FetchError) -> Trouble:
    """The kind of a failed poll."""
    status = error.status or 0
    if isinstance(error, NotAFeed):
        return Trouble.NOT_A_FEED
    if isinstance(error, BlockedAddress | UnsetSecret) or (not status and not error.temporary):
        return Trouble.FORBIDDEN
    if status == GONE:
        return Trouble.GONE
    if status == 429 or (status == 503 and error.retry_after):
        return Trouble.THROTTLED
    if 400 <= status < 500 and not error.temporary:
        return Trouble.REFUSED
    return Trouble.SERVER if status >= 300 else Trouble.UNREACHABLE


def site_held_for(error: FetchError) -> timedelta | None:
    """How long a site is to be left alone, with all its feeds and pages, after one of them was refused; None: not."""
    if not error.retry_after or error.status not in (429, 503):
        return None
    return min(timedelta(seconds=error.retry_after), LONGEST_HOLD)


def due_after_success(source: Source, cadence: Cadence | None, now: datetime, tick: timedelta = TICK) -> datetime:
    """The next turn of the source; `tick` is how often it is seen what is due.

    Each source has turns of its own, `every` apart: those that were read together, as after an hour of downtime, are
    spread again by their next turn, which is half to one and a half `every` away; from then on it is `every`. A tick
    may read a source late by more than half of a short `every`: it leaves no turn out for that. A source whose turns
    are no longer apart than the ticks is read by each of them.
    """
    phase = _phase(source.name)
    if source.adaptive is not None:
        wait = source.adaptive.wait(cadence, source.every, now)
        return now + min(max(wait * (0.9 + 0.2 * phase), source.adaptive.least), source.adaptive.most)
    if source.every <= tick:
        return now + source.every / 4
    every = source.every.total_seconds()  # numbers: every source that is polled comes here, and time spans are slow
    earliest = now.timestamp() + (every / 2 if source.every > 5 * tick else 0.0)
    turns = (earliest - every * phase) // every + 1
    return datetime.fromtimestamp(every * (turns + phase), UTC)


def due_after_failure(source: Source, error: FetchError, failures: int, now: datetime) -> datetime:
    """When a source is tried again after so many failures in a row, this one counted; never before Retry-After."""
    patience = PATIENCE[trouble_of(error)]
    backoff = patience.first * (1 << min(failures - 1, 20))
    wait = min(max(source.every, backoff), max(source.every, patience.longest))
    wait = max(wait, timedelta(seconds=error.retry_after or 0))
    return now + wait * (1 + 0.1 * _phase(source.name))


def _phase(name: str) -> float:
    """0 to 1: where the turns of a source lie, so that sources are spread evenly."""
    return crc32(name.encode("utf-8", "surrogatepass")) / 2**32
