"""What a poll of one source comes to: how far it got, when it is polled next, and which of its hits are news. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import connectors
import storage
from wirewatch.cadence import Cadence, learnt
from wirewatch.errors import FetchError, LeftAlone
from wirewatch.model import Article, Cursor, FirstPoll, Item, Origin, Source, SourceKind
from wirewatch.schedule import TICK, due_after_failure, due_after_success, site_held_for, trouble_of

OLD = timedelta(hours=24)
LOOKED_AT_AFTER, LOOKED_AT_ITEMS = 3600, 3.0
"""Seconds of silence, and items missed by a day's average, from which on the health of a source is looked at."""


@dataclass(slots=True)
class Visit:
    """One poll of one source, reading after reading."""

    claim: storage.ClaimedSource
    first_polled_at: datetime | None
    """When the source's first poll began, while what is read belongs to it; a source is new for a day at most."""
    cadence: Cadence | None
    tick: timedelta = TICK
    has_learnt: bool = False

    @classmethod
    def of(cls, claim: storage.ClaimedSource, now: datetime, tick: timedelta = TICK) -> Visit:
        """The visit that begins now; `tick` is how often it is seen what is due."""
        begun = claim.cursor.first_polled_at
        if begun is None:
            begun = now
        elif not claim.cursor.first_unfinished:
            begun = None
        return cls(claim, begun, claim.cadence, tick)

    def needs_telling(self, now: datetime) -> bool:
        """Whether a notice may be due or over after a success: of failures, or of a silence, only estimated here."""
        if self.claim.failures:
            return True
        cadence = self.claim.cadence
        if cadence is None:
            return False
        silence = now.timestamp() - cadence.newest
        return silence >= LOOKED_AT_AFTER and cadence.a_day * silence / 86400 >= LOOKED_AT_ITEMS

    def learn(self, items: Sequence[Item], new_articles: int, now: datetime) -> None:
        """Take note of when the source publishes: by its dates; where it has none, by what is new since last time."""
        moments = [item.published_at for item in items if item.published_at is not None]
        if not moments and self.first_polled_at is None:
            moments = [now] * new_articles
        known, self.cadence = self.cadence, learnt(self.cadence, moments, now)
        self.has_learnt = self.has_learnt or self.cadence is not known

    def after(self, reading: connectors.Reading, cursor: Cursor, now: datetime) -> storage.Progress:
        """The progress with a reading that succeeded; `cursor` is the reading's, as it is to be stored."""
        claim = self.claim
        unfinished = (
            self.first_polled_at is not None
            and (reading.more or not reading.whole)
            and now - self.first_polled_at < OLD
        )
        if cursor.first_polled_at is None or cursor.first_unfinished != unfinished:
            begun = claim.cursor.first_polled_at or now
            cursor = replace(cursor, first_polled_at=begun, first_unfinished=unfinished)
        return storage.Progress(
            source=claim.source.name,
            lease_number=claim.lease_number,
            cursor=cursor,
            next_due=due_after_success(claim.source, self.cadence, now, self.tick),
            failure=None,
            at=now,
            more=reading.more,
            cadence=self.cadence if self.has_learnt else None,
        )

    def failed(self, error: FetchError, now: datetime) -> storage.Progress:
        """The progress of a poll that failed: none, but for when it is tried again and where."""
        claim = self.claim
        moved = claim.cursor.moved
        if moved is not None and moved.is_learnt:
            moved = replace(moved, doubted=not moved.doubted)
        return storage.Progress(
            source=claim.source.name,
            lease_number=claim.lease_number,
            cursor=replace(claim.cursor, files={}, moved=moved),
            next_due=due_after_failure(claim.source, error, claim.failures + 1, now),
            failure=str(error),
            at=now,
            trouble=trouble_of(error),
        )

    def unasked(self, error: LeftAlone, now: datetime) -> storage.Progress:
        """The progress of a poll whose site wants no request: none. The source has not failed, it waits with others."""
        return storage.Progress(
            source=self.claim.source.name,
            lease_number=self.claim.lease_number,
            cursor=replace(self.claim.cursor, files={}),
            next_due=now + (site_held_for(error) or self.tick),
            failure=None,
            at=now,
            unasked=True,
        )


def origin_of(article: Article, source: Source, first_polled_at: datetime | None, now: datetime) -> Origin:
    """Whether an article is news or what a source had before it was watched.

    `first_polled_at`: when the source's first poll began, of what came with it; None of what came later.
    """
    if first_polled_at is None or source.kind is SourceKind.FOLDER or source.first_poll is FirstPoll.ALL:
        return Origin.POLL
    published = article.published_at
    if source.first_poll is FirstPoll.QUIET:
        since_then = published is not None and first_polled_at < published <= now
        return Origin.POLL if since_then else Origin.BACK
    old = published is not None and first_polled_at - published > OLD
    return Origin.BACK if old else Origin.POLL
