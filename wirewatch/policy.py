"""What the operator says of telling: who hears of what, when, and how often. Values only; `alerts` applies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Who hears of the watch's own troubles; without channels they are only listed."""

    channels: tuple[str, ...] = ()
    repeat: timedelta = timedelta(days=7)
    """How long a trouble that stands is not told again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of the configuration that is about telling and belongs to no single term or channel."""

    notices: NoticeRules = NoticeRules()
