"""What the settings of `wirewatch.yaml` are made of: durations, texts, and groups that refuse keys they do not know."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: object) -> timedelta:
    """Read `30s`, `15m`, `1h` or `2d`; ValueError says what was expected."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", str(text).strip())
    if not found:
        raise ValueError(f"“{text}” is not a duration; write 30s, 15m, 1h or 2d")
    return timedelta(**{_DURATION_UNITS[found[2]]: float(found[1])})


def as_text(value: object) -> object:
    """A number as the text that it was written as; anything else as it is."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Text = Annotated[str, BeforeValidator(as_text), Field(min_length=1)]


class Strict(BaseModel):
    """Refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
