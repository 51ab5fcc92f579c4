"""What is said of documents beside their articles: values that pass in and out of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from wirewatch.model import Article, Item


@dataclass(frozen=True, slots=True)
class SetAside:
    """A document that could not be read. `strikes` counts the attempts; once `given_up`, it is not tried again.

    `path` is that of the watched file it is, or is in; `item` that of a page, without its bytes.
    """

    key: bytes
    """From its place and its bytes: new content is another document."""
    source: str
    url: str
    reason: str
    strikes: int
    given_up: bool
    at: datetime
    path: str | None = None
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class RawDocument:
    """The bytes of an article, as they were read; `made_with` is the version of extraction that made the article."""

    item: Item
    article: Article
    made_with: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An article that is not stored, as it has no hit and its source keeps no others; known by all these keys."""

    keys: tuple[bytes, ...]
    source: str
    at: datetime


@dataclass(slots=True)
class Documents:
    """What a batch says of documents."""

    set_aside: list[SetAside] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    """Addresses of documents that could not be read before, and can now."""
    passed_over: list[PassedOver] = field(default_factory=list)

    def add(self, other: Documents) -> None:
        """Take what another one says, too."""
        self.set_aside += other.set_aside
        self.readable += other.readable
        self.passed_over += other.passed_over

    def __bool__(self) -> bool:
        return bool(self.set_aside or self.readable or self.passed_over)
