"""Digests, groups and heartbeats that are due, as plain functions. Never imports Prefect.

Every tick does whatever is due: what was missed is told late, once. What waits is decided and told in one transaction,
so two workers never send one digest twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import alerts
import storage
from alerts import AlertPolicy
from wirewatch.config import Configuration
from wirewatch.model import Delivery
from wirewatch.notices import notice
from wirewatch.policy import Schedule
from wirewatch.schedules import last_due
from wirewatch.telling import Coverage
from wirewatch.wording import counted

LATE = timedelta(minutes=30)
"""A heartbeat that is later than this says so."""


def queue_due(store: storage.Store, configuration: Configuration, now: datetime) -> tuple[Delivery, ...]:
    """Put what is due into the outbox: digests, groups, what quiet hours held, heartbeats; gives what is new there."""
    policy = AlertPolicy(configuration, now)
    queued: tuple[Delivery, ...] = ()
    if due := store.due_bundles(now):
        notes = {
            (bundle.channel, bundle.bundle): _coverage_note(store, policy, bundle)
            for bundle in due
            if alerts.is_digest(bundle.bundle)
        }
        queued = store.tell_due(due, lambda waiting, look: alerts.release(policy, waiting, look, notes), now)
    for channel in configuration.channels:
        if channel.rules.heartbeat:
            queued += _heartbeat(store, policy, channel.name, channel.rules.heartbeat)
    return queued


def _coverage_note(store: storage.Store, policy: AlertPolicy, bundle: storage.DueBundle) -> str:
    """What was read in the time that a digest tells of: since the one before, or since its first hit."""
    since = bundle.since
    if schedule := policy.schedule_of(bundle.channel, bundle.bundle):
        since = min(since, last_due(schedule, bundle.due_at - timedelta(seconds=1)))
    return _since(since, store.coverage(since, policy.now, policy.terms_of(bundle.channel)))


def _heartbeat(store: storage.Store, policy: AlertPolicy, channel: str, schedule: Schedule) -> tuple[Delivery, ...]:
    """A sign of life for a channel, unless a digest with its coverage has just gone there."""
    due, name = last_due(schedule, policy.now), f"heartbeat/{channel}"
    done = store.last_beat(name)
    if done is not None and done >= due:
        return ()
    since = done or due
    coverage = store.coverage(since, policy.now, policy.terms_of(channel))
    late = f" (due {_moment(due)}, sent late)" if policy.now - due > LATE else ""
    key = (name, due.isoformat())
    beat = notice(channel, f"{_in_short(coverage)}{late}", _since(since, coverage), policy.now, key=key)
    beat = replace(beat, next_at=policy.speaks_at(channel, policy.now))
    said = () if store.has_digest_since(channel, due) else (beat,)
    return said if store.beat(name, due, said) else ()


def _in_short(coverage: Coverage) -> str:
    hits = f"{coverage.hits} hit{'s' * (coverage.hits != 1)}"
    if coverage.sources_read == coverage.sources:
        return f"{hits}, {'the one source' if coverage.sources == 1 else f'all {coverage.sources:,} sources'} read"
    return f"{hits}, only {coverage.sources_read} of {counted(coverage.sources, 'source')} read"


def _since(since: datetime, coverage: Coverage) -> str:
    return f"Since {_moment(since)}: {coverage}."


def _moment(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M} UTC"
