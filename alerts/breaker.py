"""When a channel that keeps failing is left alone for a while: pure rules over failures in a row."""

from __future__ import annotations

from datetime import timedelta

TRIPS_AFTER = 5
"""Failures in a row after which a channel is paused."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
"""So long at most do alerts wait for a channel that is well again."""


def pause_after(failures: int, retry_after: float | None = None) -> timedelta | None:
    """How long to send nothing to a channel that failed so often in a row; None where it is not yet paused.

    After the pause one message is tried: if it is refused as well, the pause doubles, up to a quarter of an hour.
    """
    if failures < TRIPS_AFTER:
        return None
    pause = min(FIRST_PAUSE * (1 << min(failures - TRIPS_AFTER, 8)), LONGEST_PAUSE)
    return max(pause, min(timedelta(seconds=retry_after or 0), LONGEST_PAUSE))
