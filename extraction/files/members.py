"""What comes out of an archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside another. `name` is a label within the archive, never a path to write to or read from.

    `stream` is to be read before the next member is asked for. `url` is the address the member names for itself.
    """

    name: str
    stream: BinaryIO
    media_type: str = ""
    url: str | None = None
    title: str | None = None
    byline: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None
    compressed: int | None = None
    """Bytes it takes in the archive, where it is compressed."""
    final: bool = False
    """It is an article, and not looked into for more of them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A member that cannot be read; the others can."""

    name: str
    what: str
