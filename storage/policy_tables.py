"""The tables of what is told when: notices of the watch's own troubles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from storage.columns import CleanText, Instant


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


notice = SQLModel.metadata.tables["notice"]
