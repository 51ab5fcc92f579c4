"""A message as a value, before any channel's formatting: what is said, in which order, with which words marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.passages import Run
from wirewatch.model import DeliveryKind

REPEAT_NOTICE = "Possible repeat of an alert sent before: the earlier attempt broke off before it was confirmed."


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term's hit: its first passage, how many more there are, and why it matches."""

    term: str
    passage: tuple[Run, ...]
    more: int
    reason: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is to be found: a link that can be followed, or a place as text, such as a file's path."""

    label: str
    text: str
    is_link: bool


@dataclass(frozen=True, slots=True)
class ArticleSection:
    """One article and what was found in it. All text is clean and on one line."""

    title: str
    source: str
    published: str
    seen: str
    lines: tuple[TermLine, ...]
    more_terms: tuple[str, ...] = ()
    """Terms that hit as well and are named only."""
    flag: str | None = None
    """What readers should know of where the text comes from."""
    addresses: tuple[Address, ...] = ()
    why: str | None = None
    """The command line that explains the first hit in full."""
    history: tuple[str, ...] = ()
    """What a revision changed, who else has it, how far the story has come: a line each."""
    key: bytes = b""
    """The article's."""
    published_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said under the passages, a line each."""
        also = (f"also: {', '.join(self.more_terms)}",) if self.more_terms else ()
        flag = (f"note: {self.flag}",) if self.flag else ()
        return (*self.history, *also, *flag)

    @property
    def times(self) -> str:
        """When it was published and seen, as one text."""
        return f"published: {self.published} · seen {self.seen}"


@dataclass(frozen=True, slots=True)
class TermCount:
    """In how many articles of a digest a term hit."""

    term: str
    articles: int


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is told: one article with all its terms, or a digest of many articles."""

    kind: DeliveryKind
    subject: str
    heading: str
    articles: tuple[ArticleSection, ...]
    total: int
    """How many articles the message is about, shown or not."""
    counts: tuple[TermCount, ...]
    created_at: datetime
    maybe_repeat: bool = False
    remarks: tuple[str, ...] = ()
    """What is said beside the articles, a clean line each: a digest's coverage, all of a notice."""
    story: bytes | None = None
    """The story that an alert belongs to: its messages are one thread where the channel has threads."""
    text: str | None = None
    """What is said in place of all but the subject, where the channel has a template; lines of harmless text."""

    @property
    def count_lines(self) -> tuple[str, ...]:
        """A digest's figures, one line a term."""
        if self.kind is not DeliveryKind.DIGEST:
            return ()
        return tuple(f"{count.term}: {count.articles}" for count in self.counts)

    @property
    def opening(self) -> tuple[str, ...]:
        """What stands before the articles, a line each; nothing where the article says it all."""
        said = (*self.count_lines, *self.remarks)
        return (self.heading, *said) if said or self.kind is DeliveryKind.FOLLOW_UP else ()

    def rest(self, shown: int) -> str | None:
        """What is said of the articles that are counted but not among the first `shown`."""
        left_out = self.total - shown
        return f"and {left_out} more; all of them: wirewatch hits" if left_out > 0 else None
