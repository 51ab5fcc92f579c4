"""The tables of what is known of channels: how they take their messages, and which message began each thread."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import CleanText, Instant


class BreakerRow(SQLModel, table=True):
    """A channel that failed of late; without a row it is well."""

    __tablename__ = "breaker"

    channel: str = Field(primary_key=True)
    failures: int
    failing_since: datetime = Field(sa_type=Instant)
    open_until: datetime | None = Field(default=None, sa_type=Instant)
    last_error: str = Field(sa_type=CleanText)


class ThreadRow(SQLModel, table=True):
    """The message under which a recipient finds all that it is told of a story."""

    __tablename__ = "thread"

    channel: str = Field(primary_key=True)
    story: bytes = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    reference: str = Field(sa_type=CleanText)
    begun_at: datetime = Field(sa_type=Instant)


breaker = SQLModel.metadata.tables["breaker"]
thread = SQLModel.metadata.tables["thread"]
