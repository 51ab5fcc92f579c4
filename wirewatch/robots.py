"""What a site says of robots, as it is remembered between polls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RobotsAccess(StrEnum):
    """What a site's robots.txt lets be fetched (RFC 9309)."""

    RULES = "rules"
    """What its rules say."""
    ALL = "all"
    """It has none."""
    NONE = "none"
    """It could not be had: nothing may be fetched until it can."""


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """A site's robots.txt when it was last asked for; `rules` is its text."""

    asked_at: datetime
    access: RobotsAccess
    rules: str = ""
