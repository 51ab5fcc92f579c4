"""Deliveries that tell of no hit: troubles of the watch, heartbeats, terms that turn to digests."""

from __future__ import annotations

from datetime import datetime

from wirewatch.identity import digest
from wirewatch.model import Delivery, DeliveryKind


def notice(channel: str, subject: str, text: str, now: datetime, *, key: tuple[str, ...]) -> Delivery:
    """A delivery that tells of no hit; equal keys are one notice."""
    return Delivery(
        key=digest("notice", channel, *key),
        channel=channel,
        kind=DeliveryKind.NOTICE,
        hits=(),
        created_at=now,
        next_at=now,
        subject=subject,
        text=text,
    )
