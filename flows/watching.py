"""The watchdog, as plain functions: silence and noise raise notices, and their end clears them. Never imports Prefect.

Every round looks at all there is; a round that is missed is made up for by the next one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import storage
from alerts import alarms
from flows.report import Report
from flows.source_notices import tell_of_sources
from wirewatch.config import Configuration
from wirewatch.model import Term
from wirewatch.policy import AlarmRules

ROUND = "watchdog"
SCHEDULE, CHANNEL, TERM, SPIKE, DOWN = "schedule", "channel/", "term/", "spike/", "down"
HISTORY = timedelta(days=90)


def watch(store: storage.Store, now: datetime) -> Report:
    """One round: the schedule, the sources, the channels, the terms."""
    configuration = store.configuration() or Configuration()
    rules = configuration.policy.alarms
    if not _was_down(store, rules, now):
        _watch_schedule(store, rules, now)
    tell_of_sources(store, now)
    _watch_channels(store, configuration, now)
    if store.beat("term-alarms", now.replace(minute=0, second=0, microsecond=0)):
        _watch_terms(store, configuration, now)
    standing = store.notices()
    report = Report({"notices": len(standing)})
    for notice in standing:
        report.fail(notice.subject, notice.text)
    return report


def _was_down(store: storage.Store, rules: AlarmRules, now: datetime) -> bool:
    """Tell of the time in which not even the watchdog ran: the machine, or all of Prefect, was down."""
    last = store.last_beat(ROUND)
    store.beat(ROUND, now)
    if not rules.schedule or last is None or now - last < rules.schedule:
        return False
    said = f"wirewatch was down from {_moment(last)} to {_moment(now)}"
    text = "Nothing was polled or sent meanwhile. What the sources still list is read now."
    store.raise_notice(f"{DOWN}/{last.isoformat()}", said, text, now)
    store.clear_notice(f"{DOWN}/{last.isoformat()}", now, tell=False)
    return True


def _watch_schedule(store: storage.Store, rules: AlarmRules, now: datetime) -> None:
    last = store.last_poll()
    if not rules.schedule or last is None:
        return
    if now - last >= rules.schedule:
        text = "Is a worker running, and does Prefect's server answer? `wirewatch up` starts both; its log says more."
        store.raise_notice(SCHEDULE, f"no source was polled since {_moment(last)}", text, now)
    else:
        store.clear_notice(SCHEDULE, now)


def _watch_channels(store: storage.Store, configuration: Configuration, now: datetime) -> None:
    rules = configuration.policy.alarms
    failing = store.failing_channels(now, rules.channel) if rules.channel else []
    paused = {each.channel: each for each in store.breakers() if each.open_until}
    for each in failing:
        counted = [f"{each.waiting} messages wait"] if each.waiting else []
        counted += [f"{each.given_up} were given up (`wirewatch deliveries retry`)"] if each.given_up else []
        text = f"Since {_moment(each.since)}: {', '.join(counted)}.\n{each.last_error}"
        if breaker := paused.get(each.channel):
            text += f"\nPaused after {breaker.failures} failures in a row; one message at a time is tried."
        others = [name for name in configuration.policy.notices.channels if name != each.channel]
        said = f"channel {each.channel} does not take its messages"
        store.raise_notice(CHANNEL + each.channel, said, text, now, channels=others)
    _clear(store, CHANNEL, {CHANNEL + each.channel for each in failing}, now)


def _watch_terms(store: storage.Store, configuration: Configuration, now: datetime) -> None:
    rules, today = configuration.policy.alarms, now.astimezone(UTC).date()
    days, since = store.daily_hits(now - HISTORY), store.terms_since()
    silent, noisy = set(), set()
    for term in configuration.terms:
        counted = days.get(term.name, {})
        if said := alarms.silence(list(counted), today, rules):
            silent.add(TERM + term.name)
            hint = f"`wirewatch near-misses --term '{term.name}'` shows what it nearly hit."
            store.raise_notice(TERM + term.name, f"{term.name} has gone silent", f"{said}.\n{hint}", now)
        first = min([*counted, since.get(term.name, now).date()])
        if said := alarms.spike(counted, today, first, rules):
            noisy.add(_spike(store, term, today, said, now))
    _clear(store, TERM, silent, now)
    _clear(store, SPIKE, noisy, now, tell=False)


def _spike(store: storage.Store, term: Term, today: date, said: str, now: datetime) -> str:
    key = f"{SPIKE}{term.name}/{today}"
    store.raise_notice(key, f"spike: {term.name}", f"{said}.", now, channels=term.channels)
    return key


def _clear(store: storage.Store, prefix: str, standing: set[str], now: datetime, *, tell: bool = True) -> None:
    for notice in store.notices():
        if notice.key.startswith(prefix) and notice.key not in standing:
            store.clear_notice(notice.key, now, tell=tell)


def _moment(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M} UTC"
