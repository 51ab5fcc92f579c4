"""Whatever the rules and times: every hit of a poll ends in one message a channel, or is withheld with a reason."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alerts
from flows import digests, judging
from storage import Batch, Indexed, Store, open_store
from wirewatch.config import Configuration
from wirewatch.identity import digest
from wirewatch.model import (
    Article,
    Block,
    Channel,
    Delivery,
    Hit,
    Match,
    Origin,
    Span,
    Term,
    Visibility,
    Zone,
)
from wirewatch.policy import ChannelRules, Every, GroupBy, Pace, Policy, QuietHours, Route, Schedule, Severity
from wirewatch.telling import Fate, Judgement

START = datetime(2026, 3, 27, 2, 44, tzinfo=UTC)
"""Two nights before summer time begins in Europe."""

CHANNELS, TERMS = ("desk", "wire"), ("Hmeimim", "Latakia", "Tartus")


def rare(strategy: Any) -> Any:
    """Mostly none: rules that hold each other back are never seen at work together."""
    return st.one_of(st.none(), st.none(), st.none(), strategy)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
severities = st.sampled_from(Severity)
schedules = st.builds(
    Schedule, st.sampled_from([Every.HOUR, Every.DAY]), st.integers(0, 1439), zones, breach=st.none() | severities
)
quiet_hours = st.builds(
    QuietHours, st.integers(0, 700), st.integers(701, 1439), zones, breach=st.none() | severities
) | st.builds(QuietHours, st.integers(1200, 1439), st.integers(0, 500), zones)
durations = st.timedeltas(timedelta(minutes=1), timedelta(hours=5))
channel_rules = st.builds(ChannelRules, rare(schedules), rare(schedules), rare(quiet_hours), st.integers(1, 3))
paces = st.builds(
    Pace,
    severities,
    rare(schedules),
    rare(durations),
    st.sampled_from(GroupBy),
    rare(durations),
    st.none() | st.integers(1, 4),
)
routes = st.builds(
    Route,
    st.just(("wire",)),
    sources=st.sampled_from([(), ("even",)]),
    severity=st.none() | severities,
    instead=st.booleans(),
)
configurations = st.builds(
    lambda rules, paces, routes: Configuration(
        channels=tuple(Channel(name, "screen://", rule) for name, rule in zip(CHANNELS, rules, strict=True)),
        terms=tuple(Term(name, name, channels=("desk",), pace=pace) for name, pace in zip(TERMS, paces, strict=True)),
        policy=Policy(routes=tuple(routes)),
    ),
    st.tuples(channel_rules, channel_rules),
    st.tuples(paces, paces, paces),
    st.lists(routes, max_size=2),
)
steps = st.lists(
    st.tuples(
        st.timedeltas(timedelta(minutes=1), timedelta(hours=9)),
        st.sampled_from(["hits", "hits", "hits", "mute", "unmute", "judge"]),
        st.lists(st.sampled_from(TERMS), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=12,
)


def article(number: int) -> Article:
    key = digest("article", str(number))
    blocks = (Block(f"Report {number}", Zone.HEADLINE),)
    return Article(
        key, f"https://wire.example/{number}", f"Report {number}", blocks, "even" if number % 2 else "odd", START, key
    )


def hit(number: int, term: str, now: datetime) -> Hit:
    match = Match(term, Zone.HEADLINE, f"Report {number}", ((0, 6),), (Span(0, 0, 6),), "the word")
    return Hit(article(number).key, term, 1, (match,), Visibility.LIVE, Origin.POLL, now)


class Desk:
    """A store under a policy, and what was put into its outbox."""

    def __init__(self, store: Store, configuration: Configuration) -> None:
        self.store, self.configuration, self.now = store, configuration, START
        self.outbox: list[Delivery] = []
        self.found: list[Hit] = []

    def finds(self, terms: list[str]) -> None:
        numbers = range(len(self.found), len(self.found) + len(terms))
        hits = [hit(number, term, self.now) for number, term in zip(numbers, terms, strict=True)]
        batch = Batch([Indexed(article(number), frozenset(), 1) for number in numbers], hits)
        written = self.store.write(batch, alerts.AlertPolicy(self.configuration, self.now).plan)
        self.found += hits
        self.outbox += written.deliveries

    def goes_on(self, time: timedelta) -> None:
        self.now += time
        self.outbox += digests.queue_due(self.store, self.configuration, self.now)

    def does(self, what: str, terms: list[str]) -> None:
        match what:
            case "mute":
                judging.mute_term(self.store, terms[0], self.now, timedelta(hours=12))
            case "unmute" if self.store.mutes(self.now):
                judging.unmute_term(self.store, self.store.mutes(self.now)[0].name)
            case "judge" if self.found:
                last = self.found[-1]
                self.store.judge([(last.article_key, last.term)], Judgement.ACKNOWLEDGED, self.now)
            case "hits":
                self.finds(terms)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configuration=configurations, steps=steps)
def test_every_hit_ends_in_one_message_or_is_withheld_with_a_reason(
    empty_database: Path, tmp_path: Path, configuration: Configuration, steps: list[Any]
) -> None:
    file = tmp_path / "property.db"
    shutil.copy(empty_database, file)
    with open_store(f"sqlite:///{file}") as store:
        store.apply(configuration, {}, START)
        desk = Desk(store, configuration)
        for time, what, terms in steps:
            desk.goes_on(time)
            desk.does(what, terms)
        for _ in range(20):
            desk.goes_on(timedelta(hours=7))

        tellings = store.tellings()
        wanted = {
            (found.article_key, found.term, channel)
            for found in desk.found
            for channel in alerts.AlertPolicy(configuration, START).channels_of(found.term, article_place(found))
        }
        assert {(each.article_key, each.term, each.channel) for each in tellings} == wanted
        assert not [each for each in tellings if each.fate is Fate.WAITING]
        assert all(each.reason for each in tellings)
        told = Counter((*name, each.channel) for each in desk.outbox for name in each.hits)
        assert set(told) == {(e.article_key, e.term, e.channel) for e in tellings if e.fate is Fate.TOLD}
        assert set(told.values()) <= {1}
        assert len({each.key for each in desk.outbox}) == len(desk.outbox)


def article_place(found: Hit) -> tuple[str, str | None]:
    number = next(number for number in range(200) if article(number).key == found.article_key)
    return article(number).source, None
