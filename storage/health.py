"""How a source is, in a word, since when, and whether people should be told. Pure: a state and a moment in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from storage.values import SourceState
from wirewatch.cadence import HOURS_KNOWN_AFTER, moment_of, rate_in_words
from wirewatch.schedule import PATIENCE, Trouble

QUIET_ITEMS = 7.0
"""So many items expected and none come: by chance alone, one silence in a thousand."""
QUIET_BESIDE_LONGEST = 1.5
"""News comes in bursts: a silence is unusual beside the longest one of late."""
QUIET_TIME = timedelta(hours=2)
FAILURES_TOLD = 3


class Health(StrEnum):
    """`gone`: the site said that there is no such feed any more (410), and it is polled no longer."""

    OK = "ok"
    FAILING = "failing"
    QUIET = "quiet"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is; `since` is None where it is well, or was never polled.

    `is_told`: it stands long enough for a notice. `says` explains the state in a line, with what to do.
    """

    name: str
    health: Health
    since: datetime | None
    a_day: float | None
    """Items a day that it usually has; None while too little is known."""
    says: str
    last_error: str | None
    next_due: datetime | None
    """None while it is paused without an end."""
    is_told: bool = False


def health_of(state: SourceState, now: datetime) -> SourceHealth:
    """How a source is now."""
    health, since, says, is_told = _judged(state, now)
    known = state.cadence is not None and state.cadence.is_known
    paused = health in (Health.PAUSED, Health.GONE)
    return SourceHealth(
        name=state.source.name,
        health=health,
        since=since,
        a_day=state.cadence.a_day if state.cadence is not None and known else None,
        says=says,
        last_error=state.last_error,
        next_due=state.paused_until if paused else state.next_due,
        is_told=is_told,
    )


def _judged(state: SourceState, now: datetime) -> tuple[Health, datetime | None, str, bool]:
    name = state.source.name
    if state.paused and not (state.paused_until and state.paused_until <= now):
        if state.pause_reason == Trouble.GONE:
            says = f"the site says that it is gone (410); mend its address, or `wirewatch sources resume {name}`"
            return Health.GONE, state.paused_at, says, True
        until = f"until {state.paused_until:%Y-%m-%d %H:%M} UTC" if state.paused_until else "until it is resumed"
        return Health.PAUSED, state.paused_at, f"paused {until}", False
    if state.failures:
        times = f"{state.failures} times in a row" if state.failures > 1 else "once"
        return Health.FAILING, state.failing_since, f"failed {times}: {state.last_error}", _is_failing_long(state, now)
    if silence := _unusual_silence(state):
        return Health.QUIET, silence[0], silence[1], True
    return Health.OK, None, "ok" if state.last_polled_at else "not polled yet", False


def _is_failing_long(state: SourceState, now: datetime) -> bool:
    told_after = PATIENCE[state.trouble or Trouble.UNREACHABLE].told_after
    since = state.failing_since or now
    return now - since >= told_after and (state.failures >= FAILURES_TOLD or not told_after)


def _unusual_silence(state: SourceState) -> tuple[datetime, str] | None:
    """Since when a source is unusually quiet, and what to say of it. What was not read cannot be called silence."""
    cadence, upto = state.cadence, state.last_success_at
    if cadence is None or upto is None or not cadence.is_known or cadence.at - cadence.since < HOURS_KNOWN_AFTER:
        return None
    newest = moment_of(cadence.newest)
    missed = cadence.expected(cadence.newest, int(upto.timestamp()))
    if upto - newest < QUIET_TIME or missed < max(QUIET_ITEMS, QUIET_BESIDE_LONGEST * cadence.longest):
        return None
    return newest, f"normally {rate_in_words(cadence.a_day)}, none for {time_in_words(upto - newest)}"


def time_in_words(time: timedelta) -> str:
    """`40 min`, `9 h`, `3 d`."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"
