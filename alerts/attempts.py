"""When a message that was not accepted is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from wirewatch.identity import digest

SHORTEST_WAIT = timedelta(seconds=1)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


def next_attempt(
    attempts: int, trying_since: datetime, now: datetime, retry_after: float | None, key: bytes
) -> datetime | None:
    """When to try again after `attempts` attempts; None to give up, a day after the first, and keep a dead letter.

    Waits double from 10 s to an hour, with full jitter: each is anything from a second to the whole of it, by `key`, so
    that messages that failed together do not return together, while the same message gives the same time again. Never
    before the `retry_after` seconds that the server asked for; a server that asks for more than a day is taken at its
    word: given up.
    """
    if now - trying_since >= GIVE_UP_AFTER:
        return None
    asked = max(0.0, retry_after or 0.0)
    if not asked <= GIVE_UP_AFTER.total_seconds():
        return None
    doublings = min(max(attempts, 1) - 1, 16)
    longest = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    wait = SHORTEST_WAIT + (longest - SHORTEST_WAIT) * _spread(key, attempts)
    return now + max(wait, timedelta(seconds=asked))


def _spread(key: bytes, attempts: int) -> float:
    """A number in [0, 1) that depends on the message and the attempt only."""
    return int.from_bytes(digest("attempt", key, str(attempts))[:4], "big") / 2**32
