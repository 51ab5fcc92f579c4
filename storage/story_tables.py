"""The tables of stories: where each judged article belongs, and what its relatives find it by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field, SQLModel

from storage.columns import CleanText, Instant


class StoryArticleRow(SQLModel, table=True):
    """The place of an article with a live hit: its story, why it is there, and its traces while they are looked for."""

    __tablename__ = "story_article"
    __table_args__ = (
        Index(
            "ix_story_article_traced_at",
            "traced_at",
            sqlite_where=text("traced_at IS NOT NULL"),
            postgresql_where=text("traced_at IS NOT NULL"),
        ),
    )

    article_key: bytes = Field(primary_key=True, foreign_key="article.key")
    story: bytes = Field(index=True)
    dated_at: datetime = Field(sa_type=Instant)
    by_hand: bool = False
    """A person has placed it: no rule says why."""
    link: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    words: list[str] = Field(sa_type=JSON)
    names: list[str] = Field(sa_type=JSON)
    filed: list[str] = Field(sa_type=JSON)
    """Those of its words that stand in `story_word`."""
    shingles: bytes = b""
    """Those of its shingles that stand in `story_shingle`, eight bytes each."""
    traced_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its traces were filed; None once they have been taken out."""


class StoryShingleRow(SQLModel, table=True):
    """An index of sampled shingles over the last days."""

    __tablename__ = "story_shingle"
    __table_args__ = {"sqlite_with_rowid": False}

    hash: int = Field(primary_key=True, sa_type=BigInteger)
    article_key: bytes = Field(primary_key=True)
    site: str = Field(sa_type=CleanText)


class StoryWordRow(SQLModel, table=True):
    """An index of the rarest words of openings over the last days."""

    __tablename__ = "story_word"
    __table_args__ = {"sqlite_with_rowid": False}

    word: str = Field(primary_key=True)
    article_key: bytes = Field(primary_key=True)


class StoryWordCountRow(SQLModel, table=True):
    """In how many judged openings a word stands; the empty word counts the openings themselves."""

    __tablename__ = "story_word_count"

    word: str = Field(primary_key=True)
    articles: int


story_article = SQLModel.metadata.tables["story_article"]
story_shingle = SQLModel.metadata.tables["story_shingle"]
story_word = SQLModel.metadata.tables["story_word"]
story_word_count = SQLModel.metadata.tables["story_word_count"]
