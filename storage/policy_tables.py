"""The tables of what is told when: what became of each hit, what is muted, what the operator should know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from storage.columns import Choice, CleanText, Instant
from wirewatch.telling import Fate, Judgement, MuteKind


class TellingRow(SQLModel, table=True):
    """What became of a hit for one channel: told in a delivery, waiting in a bundle, or withheld."""

    __tablename__ = "telling"
    __table_args__ = (
        Index(
            "ix_telling_waiting",
            "due_at",
            sqlite_where=text("fate = 'waiting'"),
            postgresql_where=text("fate = 'waiting'"),
        ),
    )

    article_key: bytes = Field(primary_key=True)
    term: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    fate: Fate = Field(sa_type=Choice(Fate))
    reason: str = Field(sa_type=CleanText)
    decided_at: datetime = Field(sa_type=Instant, index=True)
    bundle: str = Field(sa_type=CleanText)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    delivery: bytes | None = Field(default=None, index=True)


class BundleToldRow(SQLModel, table=True):
    """When a bundle of a channel last went."""

    __tablename__ = "bundle_told"

    channel: str = Field(primary_key=True)
    bundle: str = Field(primary_key=True, sa_type=CleanText)
    told_at: datetime = Field(sa_type=Instant)


class TurnedTermRow(SQLModel, table=True):
    """A term that is over its budget, and told in digests until it has calmed down."""

    __tablename__ = "turned_term"

    term: str = Field(primary_key=True)
    turned_at: datetime = Field(sa_type=Instant)


class MuteRow(SQLModel, table=True):
    """What is not to be told, or not to be looked for, until a time or until it is lifted."""

    __tablename__ = "mute"

    kind: MuteKind = Field(primary_key=True, sa_type=Choice(MuteKind))
    name: str = Field(primary_key=True)
    since: datetime = Field(sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    why: str = Field(sa_type=CleanText)


class JudgementRow(SQLModel, table=True):
    """What a person said of a hit."""

    __tablename__ = "judgement"

    article_key: bytes = Field(primary_key=True)
    term: str = Field(primary_key=True)
    judgement: Judgement = Field(sa_type=Choice(Judgement))
    judged_at: datetime = Field(sa_type=Instant)


class BeatRow(SQLModel, table=True):
    """When something that returns was last done: a channel's heartbeat, a round of the watchdog."""

    __tablename__ = "beat"

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


class NoticeRow(SQLModel, table=True):
    """A trouble of the watch itself that stands, or stood until `cleared_at`."""

    __tablename__ = "notice"

    key: str = Field(primary_key=True)
    subject: str = Field(sa_type=CleanText)
    text: str = Field(sa_type=CleanText)
    raised_at: datetime = Field(sa_type=Instant)
    told_at: datetime = Field(sa_type=Instant)
    """When it was last told; again after the time that the configuration says."""
    channels: list[str] = Field(sa_type=JSON)
    """Who heard of it, and is to hear that it is over."""
    cleared_at: datetime | None = Field(default=None, sa_type=Instant)


_tables = SQLModel.metadata.tables
telling = _tables["telling"]
bundle_told = _tables["bundle_told"]
turned_term = _tables["turned_term"]
mute = _tables["mute"]
judgement = _tables["judgement"]
beat = _tables["beat"]
notice = _tables["notice"]
