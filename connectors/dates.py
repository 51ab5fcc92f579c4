"""Dates as feeds write them, made aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from dateutil import parser as dateutil_parser

from connectors.month_names import month_number

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier dates are unset clocks (1970) and template defaults, not publication dates."""
TOLERATED_FUTURE = timedelta(days=1)
"""Wrong time zones put items up to a day ahead; what is further ahead is no publication date."""
INTERNET = re.compile(
    r"(?:[A-Za-z]{3},\s+)?(\d{1,2})\s+([A-Z][a-z]{2})\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"(?:\s+(?:([+-])(\d{2})(\d{2})|GMT|UTC?|Z|([ECMP][SD]T)))?"
)
ENGLISH_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s*[-/.年년]\s*(?P<month>\d{1,2})\s*[-/.月월]\s*(?P<day>\d{1,2})(?!\d)\s*[日일]?"
)
DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?\s*(?:de\s+|of\s+|-)?(?P<name>[^\W\d_]{3,})[.,]?"
    r"(?:\s+del?)?[\s-]+(?P<year>\d{4})(?!\d)",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d)", re.IGNORECASE
)
TIME = re.compile(
    r"\D{0,12}?(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(?:([ap])\.?\s?m\b\.?)?", re.IGNORECASE
)
ZONE = re.compile(r"\s*\(?(?:(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})|([A-Z]{1,5}))\b", re.IGNORECASE)
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
    for read in (_iso, _internet, _named_or_ordered, _loose):
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
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text[:4].isdecimal() and text[4:5] == "-" else None


def _internet(text: str) -> datetime | None:
    """RFC 5322, as RSS asks for."""
    found = INTERNET.fullmatch(text)
    if found is None:
        return None
    day, name, year, hour, minute, second, sign, hours, minutes, zone = found.groups()
    if sign:
        ahead = int(hours) * 60 + int(minutes)
        offset = timedelta(minutes=-ahead if sign == "-" else ahead)
    else:
        offset = timedelta(hours=TIME_ZONES.get(zone, 0))
    month = ENGLISH_MONTHS.get(name) or 0
    return datetime(int(year), month, int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC) - offset


def _named_or_ordered(text: str) -> datetime | None:
    """A date whose order cannot be mistaken: the month is named, in any language, or the year comes first."""
    for pattern in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST):
        found = pattern.search(text)
        if found is None:
            continue
        part = found.groupdict()
        month = int(part["month"]) if "month" in part else month_number(part["name"])
        if month:
            hour, minute, second, offset = _time_of_day(text, found.end())
            zone = timezone(timedelta(hours=offset))
            return datetime(int(part["year"]), month, int(part["day"]), hour, minute, second, tzinfo=zone)
    return None


def _time_of_day(text: str, start: int) -> tuple[int, int, int, float]:
    """Hour, minute, second and the zone's offset in hours; midnight UTC where nothing is said."""
    found = TIME.match(text, start)
    if found is None:
        return 0, 0, 0, 0.0
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if half := found.group(4):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    zone = ZONE.match(text, found.end())
    if zone is None:
        return hour, minute, second, 0.0
    sign, hours, minutes, name = zone.groups()
    if name:
        return hour, minute, second, TIME_ZONES.get(name.upper(), 0.0)
    offset = int(hours) + int(minutes) / 60
    return hour, minute, second, -offset if sign == "-" else offset


def _loose(text: str) -> datetime | None:
    zones = {name: int(hours * 3600) for name, hours in TIME_ZONES.items()}
    # A default in an impossible year tells a date that names no year from one that does.
    found = dateutil_parser.parse(text, default=datetime(1, 1, 1, tzinfo=UTC), tzinfos=zones)
    return found if found.year > 1 else None
