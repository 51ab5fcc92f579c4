"""The tables. A row keeps whole values as JSON; it has columns of its own for what SQL asks about.

Keys come from content, so nothing has to be read back after it was written. The index of the archive's words
(`search_…`) differs between SQLite and Postgres and is made by `storage.search`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Table, text
from sqlmodel import Field, SQLModel

from storage.columns import Choice, CleanText, ExactText, Instant
from wirewatch.model import BodyFrom, DeliveryKind, DeliveryState, Origin, PublishedFrom, Visibility
from wirewatch.novelty import Novelty


class ConfigurationRow(SQLModel, table=True):
    """What is applied: one row at most; `version` grows by one with every change."""

    __tablename__ = "configuration"

    id: int = Field(primary_key=True)
    version: int
    applied_at: datetime = Field(sa_type=Instant)
    content: dict[str, Any] = Field(sa_type=JSON)


class TermVersionRow(SQLModel, table=True):
    """Every version of every term that was ever applied."""

    __tablename__ = "term_version"

    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    query: str = Field(sa_type=CleanText)
    definition: str = Field(sa_type=CleanText)
    applied_at: datetime = Field(sa_type=Instant)


class SourceRow(SQLModel, table=True):
    """A source that is or was configured, how far it has been read, and who is reading it."""

    __tablename__ = "source"

    name: str = Field(primary_key=True)
    active: bool
    paused: bool = False
    settings: dict[str, Any] = Field(sa_type=JSON)
    host_hash: int
    """Decides the shard: sources of one host are polled by one worker, which can then be polite alone."""
    cursor: dict[str, Any] = Field(sa_type=JSON)
    next_due: datetime = Field(sa_type=Instant, index=True)
    last_polled_at: datetime | None = Field(default=None, sa_type=Instant)
    last_success_at: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    last_error: str | None = Field(default=None, sa_type=CleanText)
    trouble: str | None = Field(default=None, sa_type=CleanText)
    """The kind of the last failure; like `failing_since` empty after a success."""
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    paused_until: datetime | None = Field(default=None, sa_type=Instant)
    pause_reason: str | None = Field(default=None, sa_type=CleanText)
    cadence: list[Any] | None = Field(default=None, sa_type=JSON)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_holder: str | None = Field(default=None, sa_type=CleanText)
    lease_number: int = 0


class FileStampRow(SQLModel, table=True):
    """A watched file as it was last read."""

    __tablename__ = "file_stamp"

    source: str = Field(primary_key=True)
    path_key: bytes = Field(primary_key=True)
    """A digest of the path: paths may be longer than an index takes."""
    path: str = Field(sa_type=ExactText)
    modified_ns: int = Field(sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    error: str | None = Field(default=None, sa_type=CleanText)
    article_key: bytes | None = None


class RobotsRow(SQLModel, table=True):
    """What a site (host and port) said of robots."""

    __tablename__ = "robots"

    site: str = Field(primary_key=True)
    asked_at: datetime = Field(sa_type=Instant)
    access: str = Field(sa_type=CleanText)
    """The status in a word: rules, all, none."""
    rules: str = Field(sa_type=CleanText)


class ArticleRow(SQLModel, table=True):
    """An article as last seen; `revision` counts how often its text has changed."""

    __tablename__ = "article"

    key: bytes = Field(primary_key=True)
    url: str = Field(sa_type=CleanText)
    title: str = Field(sa_type=CleanText)
    source: str = Field(index=True)
    fetched_at: datetime = Field(sa_type=Instant)
    fingerprint: bytes = Field(index=True)
    byline: str | None = Field(default=None, sa_type=CleanText)
    language: str | None = Field(default=None, sa_type=CleanText)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    published_from: PublishedFrom = Field(sa_type=Choice(PublishedFrom))
    body_from: BodyFrom = Field(sa_type=Choice(BodyFrom))
    note: str | None = Field(default=None, sa_type=CleanText)
    dated_at: datetime = Field(sa_type=Instant, index=True)
    """When it was published, else when it was fetched."""
    revision: int
    blocks: list[Any] = Field(sa_type=JSON)


class ArticleAliasRow(SQLModel, table=True):
    """Another key under which an article is known: of an address that led to it."""

    __tablename__ = "article_alias"

    alias: bytes = Field(primary_key=True)
    article_key: bytes = Field(foreign_key="article.key")


class KnownKeyRow(SQLModel, table=True):
    """A key of an article that is stored no more: where a source still lists it, it is nothing new."""

    __tablename__ = "known_key"

    key: bytes = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


class PendingPageRow(SQLModel, table=True):
    """An article page that could not be fetched and is to be tried again; its key may be an alias."""

    __tablename__ = "pending_page"

    article_key: bytes = Field(primary_key=True)
    source: str
    item: dict[str, Any] = Field(sa_type=JSON)
    raw: bytes
    attempts: int
    next_at: datetime = Field(sa_type=Instant, index=True)
    error: str = Field(sa_type=CleanText)
    first_polled_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its source was polled for the first time, where its item came then."""
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_holder: str | None = Field(default=None, sa_type=CleanText)


class HitRow(SQLModel, table=True):
    """One article x one term."""

    __tablename__ = "hit"
    __table_args__ = (
        Index("ix_hit_term_found_at", "term", "found_at"),
        Index("ix_hit_held", "article_key", sqlite_where=text("held"), postgresql_where=text("held")),
        Index("ix_hit_original", "original", "term"),
    )

    article_key: bytes = Field(primary_key=True, foreign_key="article.key")
    term: str = Field(primary_key=True)
    term_version: int
    visibility: Visibility = Field(sa_type=Choice(Visibility))
    origin: Origin = Field(sa_type=Choice(Origin))
    found_at: datetime = Field(sa_type=Instant, index=True)
    held: bool = False
    """It is new, and what is planned at the end of its backfill will tell of it."""
    matches: list[Any] = Field(sa_type=JSON)
    story: bytes | None = Field(default=None, index=True)
    novelty: Novelty = Field(default=Novelty.NEW, sa_type=Choice(Novelty), sa_column_kwargs={"server_default": "new"})
    original: bytes | None = None
    change: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    backfill: int | None = Field(default=None, index=True)
    """The number of the backfill that found it."""


PENDING = f"state = '{DeliveryState.PENDING}'"
"""Which deliveries are still to be sent: few of those that are kept."""


class DeliveryRow(SQLModel, table=True):
    """The outbox: what a channel is to be told, and its fate."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_state_next_at", "state", "next_at"),
        Index(
            "ix_delivery_pending",
            *("channel", "created_at", "key"),
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index(
            "ix_delivery_leased",
            *("lease_until", "lease_holder"),
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
    )

    key: bytes = Field(primary_key=True)
    channel: str
    kind: DeliveryKind = Field(sa_type=Choice(DeliveryKind))
    created_at: datetime = Field(sa_type=Instant, index=True)
    state: DeliveryState = Field(sa_type=Choice(DeliveryState))
    attempts: int
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_holder: str | None = Field(default=None, sa_type=CleanText)
    trying_since: datetime | None = Field(default=None, sa_type=Instant)
    maybe_repeat: bool
    last_error: str | None = Field(default=None, sa_type=CleanText)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    response: str | None = Field(default=None, sa_type=CleanText)
    accepted: list[str] = Field(sa_type=JSON)
    subject: str | None = Field(default=None, sa_type=CleanText)
    text: str | None = Field(default=None, sa_type=CleanText)


class DeliveryHitRow(SQLModel, table=True):
    """The hits a delivery tells of, in their order."""

    __tablename__ = "delivery_hit"

    delivery_key: bytes = Field(primary_key=True, foreign_key="delivery.key")
    position: int = Field(primary_key=True)
    article_key: bytes
    term: str


class DeliveryAttemptRow(SQLModel, table=True):
    """What became of each attempt to send a delivery."""

    __tablename__ = "delivery_attempt"

    delivery_key: bytes = Field(primary_key=True, foreign_key="delivery.key")
    attempt: int = Field(primary_key=True)
    claimed_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str
    detail: str | None = Field(default=None, sa_type=CleanText)


class RunRow(SQLModel, table=True):
    """A run of a flow: its counts and what failed."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    started_at: datetime = Field(sa_type=Instant, index=True)
    finished_at: datetime = Field(sa_type=Instant)
    counts: dict[str, int] = Field(sa_type=JSON)
    failures: list[Any] = Field(sa_type=JSON)


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]


configuration = _table(ConfigurationRow)
term_version = _table(TermVersionRow)
source = _table(SourceRow)
file_stamp = _table(FileStampRow)
robots = _table(RobotsRow)
article = _table(ArticleRow)
article_alias = _table(ArticleAliasRow)
known_key = _table(KnownKeyRow)
pending_page = _table(PendingPageRow)
hit = _table(HitRow)
delivery = _table(DeliveryRow)
delivery_hit = _table(DeliveryHitRow)
delivery_attempt = _table(DeliveryAttemptRow)
run = _table(RunRow)
