"""From the settings about telling to the values that the policy is made of, and what they refer to in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from wirewatch.model import Channel
from wirewatch.places import YamlPath
from wirewatch.policy import (
    AlarmRules,
    ChannelRules,
    Every,
    GroupBy,
    NoticeRules,
    Pace,
    Policy,
    QuietHours,
    Route,
    Schedule,
    Severity,
)
from wirewatch.policy_schema import ChannelSettings, PaceSettings, QuietSettings, ScheduleSettings
from wirewatch.schema import FileSettings, TermSettings
from wirewatch.wording import unknown_name

_MORNING = 8 * 60

InVain = tuple[YamlPath, str, tuple[str, str]]
"""(place, message, (section, name)) of a reference to something that is not in the file."""


def channel_of(name: str, settings: ChannelSettings, zone: str) -> Channel:
    """A channel; `zone` holds where its times name none."""
    rules = ChannelRules(
        digest=_schedule(settings.digest, zone),
        heartbeat=_schedule(settings.heartbeat, zone),
        quiet=_quiet(settings.quiet_hours, zone),
        flood=settings.flood,
        follow_ups=settings.follow_ups,
    )
    return Channel(name, settings.url, rules, settings.template)


def pace_of(term: TermSettings, group: PaceSettings | None, zone: str) -> Pace:
    """A term's pace: what it says itself, else its group."""
    both = [settings for settings in (term, group) if settings is not None]
    return Pace(
        severity=next((each.severity for each in both if each.severity), Severity.NORMAL),
        digest=_schedule(next((each.digest for each in both if each.digest), None), zone),
        group_wait=next((each.group_wait for each in both if each.group_wait is not None), None),
        group_by=next((each.group_by for each in both if each.group_by), GroupBy.TERM),
        at_most_every=next((each.at_most_every for each in both if each.at_most_every is not None), None),
        budget=next((each.budget for each in both if each.budget), None),
    )


def channels_of(term: TermSettings, settings: FileSettings) -> list[str]:
    """The channels of a term: its own, else its group's, else the defaults."""
    group = settings.groups.get(term.group or "")
    for channels in (term.channels, group.channels if group else None):
        if channels is not None:
            return channels
    return settings.defaults.channels


def policy_of(settings: FileSettings, known: Collection[str]) -> Policy:
    """What belongs to no single term or channel; `known` are the channels of the file."""
    alarms = settings.alarms
    return Policy(
        notices=NoticeRules(_among(settings.notices.channels, known), settings.notices.repeat),
        alarms=AlarmRules(
            schedule=alarms.schedule,
            channel=alarms.channel,
            term_silence=alarms.term_silence,
            spike=alarms.spike,
            spike_least=alarms.spike_least,
        ),
        routes=tuple(
            Route(
                channels=_among(route.channels, known),
                sources=tuple(route.sources),
                languages=tuple(route.languages),
                terms=tuple(route.terms),
                groups=tuple(route.groups),
                severity=route.severity,
                instead=route.instead,
            )
            for route in settings.routes
        ),
        public_url=settings.public_url,
    )


def references_in_vain(settings: FileSettings, channels: Collection[str]) -> Iterator[InVain]:
    """What terms, groups and routes name that is not there."""
    for name, group in settings.groups.items():
        yield from _vain(("groups", name, "channels"), "channel", group.channels or (), channels, ("groups", name))
    for term in settings.terms:
        if term.group:
            item = ("terms", term.name)
            yield from _vain((*item, "group"), "group", [term.group], settings.groups, item)
    named: Mapping[str, Collection[str]] = {
        "channels": channels,
        "sources": {source.name for source in settings.sources},
        "terms": {term.name for term in settings.terms},
        "groups": settings.groups,
    }
    for number, route in enumerate(settings.routes):
        for key, known in named.items():
            yield from _vain(("routes", number, key), key[:-1], getattr(route, key), known, ("routes", str(number)))


def _vain(
    path: YamlPath, kind: str, names: Iterable[str], known: Collection[str], item: tuple[str, str]
) -> Iterator[InVain]:
    for place, name in enumerate(names):
        if name not in known:
            where = path if path[-1] == "group" else (*path, place)
            yield where, unknown_name(kind, name, sorted(known)), item


def _among(names: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name in known))


def _schedule(settings: ScheduleSettings | None, zone: str) -> Schedule | None:
    if settings is None:
        return None
    usual = 0 if settings.every is Every.HOUR else _MORNING
    return Schedule(
        every=settings.every,
        minute=usual if settings.at is None else settings.at,
        timezone=settings.timezone or zone,
        weekday=settings.day,
        breach=settings.breach,
    )


def _quiet(settings: QuietSettings | None, zone: str) -> QuietHours | None:
    if settings is None:
        return None
    return QuietHours(
        start=settings.start,
        end=settings.end,
        timezone=settings.timezone or zone,
        breach=settings.breach,
        days=tuple(settings.days),
    )
