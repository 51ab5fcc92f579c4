"""Notices of sources that fail for long, are gone, or are unusually quiet; and of their recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import storage
from storage import Health, SourceHealth

PREFIX = "source/"
WHAT_TO_DO = {
    Health.FAILING: "It is tried again, ever more rarely. `wirewatch sources test ADDRESS` shows what is there.",
    Health.QUIET: "It is polled as before. Look whether the feed is still the one that its site fills.",
    Health.GONE: "It is polled no longer.",
}


def tell_of_sources(store: storage.Store, now: datetime, names: Sequence[str] | None = None) -> int:
    """Raise the notices that are due and clear those that are over, of all sources or of the named ones.

    Gives how many stand. A source that was taken out of the configuration, or paused, has none.
    """
    standing = {notice.key for notice in store.notices() if notice.key.startswith(PREFIX)}
    told = {PREFIX + health.name: health for health in store.source_health(now, names) if health.is_told}
    for key, health in told.items():
        store.raise_notice(key, *notice_of(health), now)
    looked_at = standing if names is None else standing & {PREFIX + name for name in names}
    for key in looked_at - told.keys():
        store.clear_notice(key, now)
    return len(told)


def notice_of(health: SourceHealth) -> tuple[str, str]:
    """Subject and text."""
    subject = {
        Health.FAILING: f"source {health.name} cannot be read",
        Health.QUIET: f"source {health.name} is unusually quiet",
        Health.GONE: f"source {health.name} is gone",
    }[health.health]
    since = f"Since {health.since:%d %b %Y %H:%M} UTC: " if health.since else ""
    return subject, f"{since}{health.says}.\n{WHAT_TO_DO[health.health]}"
