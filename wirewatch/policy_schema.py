"""The keys of `wirewatch.yaml` that say who hears of what, when, and how often."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import Field, field_validator, model_validator

from wirewatch.policy import Every, GroupBy, Severity, Weekday
from wirewatch.shapes import Budget, Clock, Duration, Strict, Text, TimeZone
from wirewatch.telling import LAST_TOLD_WINDOW

SHORTEST_SCHEDULE = timedelta(minutes=10)
"""Less, and every pause between two runs as they are deployed would be an alarm."""


class ScheduleSettings(Strict):
    """`digest:` and `heartbeat:`; `digest: day` is short for `{every: day}`."""

    every: Every = Every.DAY
    at: Clock | None = None
    day: Weekday = Weekday.MONDAY
    timezone: TimeZone | None = None
    breach: Severity | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"every": value} if isinstance(value, str) else value


class QuietSettings(Strict):
    """`quiet_hours:`"""

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    timezone: TimeZone | None = None
    breach: Severity | None = Severity.HIGH
    days: list[Weekday] = Field(default_factory=lambda: list(Weekday), min_length=1)

    @model_validator(mode="after")
    def _not_empty(self) -> QuietSettings:
        if self.start == self.end:
            raise ValueError("quiet hours end at another time than they begin")
        return self


class ChannelSettings(Strict):
    """One channel: where alerts go, and when it may be spoken to."""

    url: Text
    digest: ScheduleSettings | None = None
    heartbeat: ScheduleSettings | None = None
    quiet_hours: QuietSettings | None = None
    flood: int = Field(default=50, ge=1)
    follow_ups: Duration | None = None
    template: Text | None = None


class PaceSettings(Strict):
    """How urgently and how often hits are told: of a term, or of all terms of a group."""

    channels: list[Text] | None = None
    severity: Severity | None = None
    digest: ScheduleSettings | None = None
    group_wait: Duration | None = None
    group_by: GroupBy | None = None
    at_most_every: Duration | None = None
    budget: Budget | None = None

    @field_validator("at_most_every")
    @classmethod
    def _within_memory(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value > LAST_TOLD_WINDOW:
            raise ValueError(f"at most {LAST_TOLD_WINDOW.days}d; for less often, use a digest")
        return value


class RouteSettings(Strict):
    """Hits that fit all conditions go to these channels."""

    channels: list[Text] = Field(min_length=1)
    sources: list[Text] = Field(default_factory=list)
    languages: list[Text] = Field(default_factory=list)
    terms: list[Text] = Field(default_factory=list)
    groups: list[Text] = Field(default_factory=list)
    severity: Severity | None = None
    instead: bool = False


class NoticeSettings(Strict):
    """Who hears of the watch's own troubles."""

    channels: list[Text] = Field(default_factory=list)
    repeat: Duration = timedelta(days=7)


class AlarmSettings(Strict):
    """When silence, or noise, is worth a notice."""

    schedule: Duration = timedelta(minutes=15)
    channel: Duration = timedelta(minutes=30)
    term_silence: Duration = timedelta(days=14)
    spike: float = Field(default=6.0, ge=0)
    spike_least: int = Field(default=10, ge=1)

    @field_validator("schedule")
    @classmethod
    def _longer_than_a_round(cls, value: timedelta) -> timedelta:
        if timedelta(0) < value < SHORTEST_SCHEDULE:
            raise ValueError("the poll and the watchdog run every five minutes; write 10m or more, or 0s for no alarm")
        return value


def check_public_url(url: str | None) -> str | None:
    """An address that links may begin with; ValueError says what was expected."""
    if url is not None and not re.match(r"https?://[^/]", url, re.IGNORECASE):
        raise ValueError(f"“{url}” is not a web address; it begins with https:// or http://")
    return url
