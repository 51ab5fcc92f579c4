"""What is watched for: the configuration in force with its terms compiled, kept from tick to tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import alerts
import extraction
import storage
import watchlist
from flows.sparing import give_memory_back
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError
from wirewatch.schedule import TICK


@dataclass(frozen=True, slots=True)
class Watch:
    """The configuration in force and its compiled watchlist; replaced when a new version is applied."""

    version: int
    configuration: Configuration
    compiled: watchlist.Watchlist
    applied: storage.AppliedSources

    @classmethod
    def load(cls, store: storage.Store, known: Watch | None = None) -> Watch:
        """The watch as applied, which may be the known one; WirewatchError where nothing has been applied yet."""
        version = store.config_version()
        if known is not None and known.version == version:
            return known
        configuration = store.configuration()
        if configuration is None:
            raise WirewatchError("no configuration has been applied to this database; run `wirewatch apply`")
        paused = store.paused_terms()
        watched = [term for term in configuration.terms if term.name not in paused]
        compiled = watchlist.Watchlist.compile(watched, configuration.concepts)
        give_memory_back()
        sources = {source.name: source for source in configuration.sources}
        return cls(version, configuration, compiled, storage.AppliedSources(version, sources))

    def plan(self, now: datetime) -> storage.Plan:
        """The alert policy, as storage calls it with the hits that are new."""
        return alerts.AlertPolicy(self.configuration, now).plan


@dataclass(slots=True)
class Kept:
    """What one tick leaves to the next one of its process: the workers that read, and the compiled watchlist."""

    workers: extraction.Workers
    tick: timedelta = TICK
    """How often there is one."""
    watch: Watch | None = None
    began: datetime | None = None

    def notes_step_back(self, now: datetime) -> bool:
        """Whether the clock may have been set back since the tick before, which began then; there may be none."""
        before, self.began = self.began, now
        return before is None or now < before
