"""What became of a message at each recipient, and what that means for the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerts.cleaning import clean_text, shorten
from wirewatch.errors import PermanentDeliveryError, TemporaryDeliveryError
from wirewatch.secrets import redact

_SAID_LENGTH = 400


class Fate(StrEnum):
    """`uncertain`: the connection broke after the message was handed over, so it may have been accepted."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    UNCERTAIN = "uncertain"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recipient's fate; `said` is what the server answered, or what went wrong."""

    recipient: str
    fate: Fate
    said: str
    retry_after: float | None = None


def settle(channel: str, outcomes: Sequence[Outcome], secrets: frozenset[str], before: Sequence[str] = ()) -> str:
    """What the server said where all accepted; else the DeliveryError that says who did not.

    As long as another attempt may reach someone the failure is temporary. `before` are recipients that accepted in
    earlier attempts.
    """
    accepted = tuple(dict.fromkeys([*before, *(one.recipient for one in outcomes if one.fate is Fate.ACCEPTED)]))
    refused = [one for one in outcomes if one.fate is not Fate.ACCEPTED]
    if not refused:
        return _line(_said(outcomes), secrets) or "accepted before"
    text = f"channel {channel}: {_said(refused)}"
    if accepted:
        text += f" (accepted for {', '.join(filter(None, accepted))})"
    text = _line(text, secrets)
    waiting = [one for one in refused if one.fate is not Fate.PERMANENT]
    if not waiting:
        raise PermanentDeliveryError(text, accepted=accepted)
    asked = [one.retry_after for one in waiting if one.retry_after is not None]
    raise TemporaryDeliveryError(
        text,
        retry_after=max(asked, default=None),
        uncertain=any(one.fate is Fate.UNCERTAIN for one in waiting),
        accepted=accepted,
    )


def _said(outcomes: Sequence[Outcome]) -> str:
    """What was said, each text once, with the recipients it was said of."""
    recipients: dict[str, list[str]] = {}
    for one in outcomes:
        recipients.setdefault(one.said, []).append(one.recipient)
    return "; ".join(
        f"{said} ({', '.join(named)})" if (named := [name for name in names if name]) else said
        for said, names in recipients.items()
    )


def _line(text: str, secrets: frozenset[str]) -> str:
    # Redacted before it is cut: half a secret would not be recognised.
    return shorten(clean_text(redact(text, secrets)), _SAID_LENGTH)
