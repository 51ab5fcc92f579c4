"""The kinds of values that `wirewatch.yaml` is made of, as pydantic reads them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DAY_MINUTES = 24 * 60


def parse_duration(text: object) -> timedelta:
    """Read `30s`, `15m`, `1h` or `2d`; ValueError says what was expected."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", str(text).strip())
    if not found:
        raise ValueError(f"“{text}” is not a duration; write 30s, 15m, 1h or 2d")
    return timedelta(**{_DURATION_UNITS[found[2]]: float(found[1])})


def parse_clock(text: object) -> int:
    """Read a time of day such as `08:30` as minutes; ValueError says what was expected.

    YAML reads an unquoted 18:30 as a number to the base of sixty, which is just that.
    """
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text < _DAY_MINUTES:
        return text
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", str(text).strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f'“{text}” is not a time of day; write "08:00"')
    return int(found[1]) * 60 + int(found[2])


def parse_zone(text: object) -> str:
    """Read a time zone's name; ValueError says what was expected."""
    try:
        return ZoneInfo(str(text)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{text}” is not a time zone; write one such as Europe/Berlin or UTC") from None


def parse_budget(text: object) -> int:
    """Read `10/h`; ValueError says what was expected."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    found = re.fullmatch(r"(\d+)\s*/\s*h", str(text).strip())
    if not found:
        raise ValueError(f"“{text}” is not a budget; write 10/h for ten alerts an hour")
    return int(found[1])


def as_text(value: object) -> object:
    """A number that stands where a text is wanted, as a text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Clock = Annotated[int, BeforeValidator(parse_clock)]
TimeZone = Annotated[str, BeforeValidator(parse_zone)]
Budget = Annotated[int, BeforeValidator(parse_budget), Field(ge=1)]
Text = Annotated[str, BeforeValidator(as_text), Field(min_length=1)]


class Strict(BaseModel):
    """Refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
