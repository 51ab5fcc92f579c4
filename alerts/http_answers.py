"""What HTTP answers and failures mean for a message."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from alerts.outcomes import Fate, Outcome

_WORTH_ANOTHER_TRY = frozenset({408, 421, 423, 425, 429})


def fate_of_status(status: int) -> Fate:
    """What a status means: 2xx accepted; server trouble and rate limits pass, refusals and redirects stay."""
    if 200 <= status < 300:
        return Fate.ACCEPTED
    return Fate.TEMPORARY if status >= 500 or status in _WORTH_ANOTHER_TRY else Fate.PERMANENT


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or a date; None where it makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    return seconds if 0 <= seconds < float("inf") else None


def outcome_of_failure(recipient: str, error: Exception) -> Outcome:
    """What a request that got no answer means: uncertain, unless it never reached the server."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        reason = next(cause for cause in causes if isinstance(cause, ssl.SSLError))
        return Outcome(recipient, Fate.TEMPORARY, f"TLS failed: {getattr(reason, 'verify_message', '') or reason}")
    if isinstance(error, requests.ConnectTimeout) or any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes
    ):
        return Outcome(recipient, Fate.TEMPORARY, f"cannot connect: {_reason(causes)}")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return Outcome(recipient, Fate.PERMANENT, "the address cannot be requested")
    said = (
        "no answer in time"
        if isinstance(error, requests.Timeout | ReadTimeoutError)
        else "the connection broke before an answer"
    )
    return Outcome(recipient, Fate.UNCERTAIN, f"{said}; the message may have arrived")


def _causes(error: BaseException) -> list[BaseException]:
    """The error and all that it says it came from, outermost first."""
    causes: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in causes:
            causes.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return causes


def _reason(causes: list[BaseException]) -> str:
    """The operating system's word for it, where there is one."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return "no answer in time"
