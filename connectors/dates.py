"""Dates as feeds write them, made aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier dates are unset clocks (1970) and template defaults, not publication dates."""
TOLERATED_FUTURE = timedelta(days=1)
"""Wrong time zones put items up to a day ahead; what is further ahead is no publication date."""
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*")
LONGEST = 100
TIME_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "IST": 5.5, "JST": 9, "KST": 9,
}  # fmt: skip


def parse_date(text: str | None) -> datetime | None:
    """The moment a date names, aware UTC; without a zone it is taken as UTC. None where it cannot be read."""
    if not text or len(text) > LONGEST:
        return None
    text = text.strip()
    for read in (_iso, _internet, _year_first, _loose):
        try:
            found = read(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if found is not None:
            return _utc(found)
    return None


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment, unless no article can have been published then."""
    if moment is None or not OLDEST <= moment <= now + TOLERATED_FUTURE:
        return None
    return moment


def _utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text[:4].isdecimal() and text[4:5] == "-" else None


def _internet(text: str) -> datetime | None:
    """RFC 5322, as RSS asks for."""
    return parsedate_to_datetime(text) if ":" in text else None


def _year_first(text: str) -> datetime | None:
    found = YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _loose(text: str) -> datetime | None:
    zones = {name: int(hours * 3600) for name, hours in TIME_ZONES.items()}
    cleaned = re.sub(r"\b([ap])\.\s?m\.", r"\1m", re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text, flags=re.IGNORECASE))
    # A default in an impossible year tells a date that names no year from one that does.
    found = dateutil_parser.parse(cleaned, default=datetime(1, 1, 1, tzinfo=UTC), tzinfos=zones)
    return found if found.year > 1 else None
