"""What the operator says of telling: who hears of what, when, and how often. Values only; `alerts` applies them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    """How much a term matters; in this order."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    def reaches(self, least: Severity | None) -> bool:
        """Whether it is `least` or more; nothing reaches None."""
        order = list(Severity)
        return least is not None and order.index(self) >= order.index(least)


class Every(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """As `date.weekday()` counts: 0 is Monday."""
        return list(Weekday).index(self)


class GroupBy(StrEnum):
    """What goes together in one message where a term groups: its hits, or those of one story."""

    TERM = "term"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments that return, by the clocks of a place; `minute` is of the day, of an hourly one of the hour."""

    every: Every
    minute: int
    timezone: str
    weekday: Weekday = Weekday.MONDAY
    breach: Severity | None = None
    """Hits of this severity or more do not wait for it."""

    def __str__(self) -> str:
        at = f"{self.minute // 60:02}:{self.minute % 60:02}"
        match self.every:
            case Every.HOUR:
                return f"hourly at :{self.minute % 60:02}"
            case Every.DAY:
                return f"daily at {at} {self.timezone}"
            case Every.WEEK:
                return f"weekly on {self.weekday.capitalize()} at {at} {self.timezone}"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the day between which a channel is left in peace, over midnight where `end` is before `start`."""

    start: int
    end: int
    timezone: str
    breach: Severity | None = Severity.HIGH
    days: tuple[Weekday, ...] = tuple(Weekday)
    """The days on which they begin."""

    def __str__(self) -> str:
        start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))
        return f"{start} to {end} {self.timezone}"


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """How a channel is to be spoken to."""

    digest: Schedule | None = None
    heartbeat: Schedule | None = None
    quiet: QuietHours | None = None
    flood: int = 50
    """Articles that it hears of one by one in ten minutes; more become one digest."""
    follow_ups: timedelta | None = None
    """How long other sources' reports of what is known are collected before the story's thread is told of them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How urgently and how often a term's hits are told."""

    severity: Severity = Severity.NORMAL
    digest: Schedule | None = None
    group_wait: timedelta | None = None
    group_by: GroupBy = GroupBy.TERM
    at_most_every: timedelta | None = None
    budget: int | None = None
    """Articles an hour that are told one by one; above them the term turns to an hourly digest."""


@dataclass(frozen=True, slots=True)
class Route:
    """Hits that fit all conditions go to these channels, too; or `instead` of those of their terms."""

    channels: tuple[str, ...]
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    severity: Severity | None = None
    instead: bool = False


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Who hears of the watch's own troubles; without channels they are only listed."""

    channels: tuple[str, ...] = ()
    repeat: timedelta = timedelta(days=7)
    """How long a trouble that stands is not told again."""


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """When silence, or noise, is worth a notice; zero switches an alarm off."""

    schedule: timedelta = timedelta(minutes=15)
    """No poll for so long."""
    channel: timedelta = timedelta(minutes=30)
    """A message that a channel has not taken for so long."""
    term_silence: timedelta = timedelta(days=14)
    """A term that used to hit, and does not any more."""
    spike: float = 6.0
    """How many median deviations above its median a term's day is a spike."""
    spike_least: int = 10
    """Articles a day below which nothing is a spike."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of the configuration that is about telling and belongs to no single term or channel."""

    notices: NoticeRules = NoticeRules()
    alarms: AlarmRules = AlarmRules()
    routes: tuple[Route, ...] = ()
    public_url: str | None = None
    """Where readers reach the pages that `wirewatch up` serves; links in alerts lead there."""

    def among(self, channels: Collection[str]) -> Policy:
        """The same without channels that are not there; a route that has none left is none."""

        def there(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name in channels)

        routes = (replace(route, channels=there(route.channels)) for route in self.routes)
        return replace(
            self,
            notices=replace(self.notices, channels=there(self.notices.channels)),
            routes=tuple(route for route in routes if route.channels),
        )
