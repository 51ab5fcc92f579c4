"""Column types: what goes into a row comes out equal, on SQLite and on Postgres."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, LargeBinary, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


class _SqliteTime(sqlite.DATETIME):
    """As SQLAlchemy's own writes it, which takes ten times as long: every source that is polled has three."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002 (SQLAlchemy's signature)
        return _as_text


def _as_text(value: datetime | None) -> str | None:
    return None if value is None else value.replace(tzinfo=None).isoformat(" ", "microseconds")


class Instant(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite, which has no time zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "sqlite":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(_SqliteTime())  # type: ignore[no-untyped-call]  # SQLAlchemy's constructor

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError(f"a time without a time zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text of the outside world: NUL and lone surrogates, which no database takes, become U+FFFD.

    One such character in a title must not keep a whole batch from being stored.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else storable(value)


class ExactText(TypeDecorator[str]):
    """Any string at all, kept exactly: a file's path may hold bytes that are no text."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


class Choice(TypeDecorator[ChoiceT], Generic[ChoiceT]):
    """A member of an enumeration, stored as its word."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[ChoiceT]) -> None:
        self.choices = choices
        super().__init__()

    def process_bind_param(self, value: ChoiceT | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> ChoiceT | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else self.choices(value)


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, each replaced by U+FFFD, so that offsets stay."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def to_json(value: Any) -> str:
    """Compact JSON; escaped to ASCII only where a lone surrogate leaves no other way."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
