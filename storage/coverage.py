"""What was read in a time: so that readers can tell silence from blindness."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, case, func, select

from storage import tables
from storage.part import Part
from wirewatch.model import DeliveryKind, Visibility
from wirewatch.telling import Coverage


class Coverages(Part):
    """True figures of a time, from the rows."""

    def has_digest_since(self, channel: str, since: datetime) -> bool:
        """Whether a digest was made for a channel since."""
        columns = tables.delivery.c
        made = select(columns.key).where(columns.channel == channel, columns.created_at >= since)
        with self._database.read() as connection:
            return connection.scalar(made.where(columns.kind == DeliveryKind.DIGEST).limit(1)) is not None

    def coverage(self, since: datetime, until: datetime, terms: Collection[str] | None = None) -> Coverage:
        """What was read from `since` to before `until`; hits are those of `terms`, of all where None.

        A source counts as read if a poll of it succeeded since; as failing, if its last poll did not.
        """
        articles, sources, hits = tables.article.c, tables.source.c, tables.hit.c
        read = select(func.count()).where(articles.fetched_at >= since, articles.fetched_at < until)
        watched = select(
            func.count(),
            func.count(case((sources.last_success_at >= since, 1))),
            func.count(case((sources.failures > 0, 1))),
        ).where(sources.active, ~sources.paused)
        found = (
            select(hits.term, hits.visibility, func.count())
            .where(and_(hits.found_at >= since, hits.found_at < until))
            .group_by(hits.term, hits.visibility)
        )
        with self._database.read() as connection:
            number = connection.scalar(read) or 0
            there, succeeded, failing = connection.execute(watched).one()
            counted = [row for row in connection.execute(found).tuples() if terms is None or row[0] in terms]
        return Coverage(
            articles=number,
            sources=there,
            sources_read=succeeded,
            failing=failing,
            hits=sum(number for _, visibility, number in counted if visibility is Visibility.LIVE),
            suppressed=sum(number for _, visibility, number in counted if visibility is Visibility.SUPPRESSED),
        )
