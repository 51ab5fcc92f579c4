"""The values that pass in and out of the store, beside the nouns of `wirewatch.model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.document_values import Documents
from storage.slices import SliceProgress
from wirewatch.cadence import Cadence
from wirewatch.edge_lines import EdgeLines
from wirewatch.model import Article, Cursor, Delivery, DeliveryState, Failure, FoundHit, Hit, Item, Move, Source
from wirewatch.schedule import Trouble
from wirewatch.stories import Traced


@dataclass(frozen=True, slots=True)
class PendingPage:
    """An article page that could not be fetched: `item` is what the feed said, to be tried again at `next_at`.

    `article_key` may be an alias of the article that is stored meanwhile.
    """

    item: Item
    attempts: int
    next_at: datetime
    article_key: bytes
    error: str
    first_polled_at: datetime | None = None
    """When its source was polled for the first time, where its item came then: whether it alerts depends on it."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """An article to be stored, with the lexemes by which the archive finds it.

    Without `pending_page` its page is no longer to be fetched, where it was.
    """

    article: Article
    lexemes: frozenset[str]
    lexemes_version: int
    """Which making of lexemes these are; an article with older ones than a query's is always its candidate."""
    pending_page: PendingPage | None = None
    aliases: tuple[bytes, ...] = ()
    """Other keys under which the article is known from now on: of addresses that led to it."""
    kept: Item | None = None
    """The item it was made of, where its source keeps the bytes."""
    made_with: str = ""
    """The version of extraction that made it."""
    edges: EdgeLines | None = None
    """What is remembered of it to learn its source's template lines."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a poll of one source came; stored only while `lease_number` is still the source's.

    `cursor.files` holds only the stamps that changed. `failure` is None after a success.
    """

    source: str
    lease_number: int
    cursor: Cursor
    next_due: datetime
    failure: str | None
    at: datetime
    more: bool = False
    """The poll goes on behind the cursor: the lease stays, and `next_due` does not count yet."""
    trouble: Trouble | None = None
    """The kind of the failure; after `gone` the source is paused."""
    cadence: Cadence | None = None
    """What was learnt of the source's habits; None where nothing was."""
    unasked: bool = False
    """The source was not asked at all, so that nothing is known anew: only its next turn is stored."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together, or not at all. Hits stand in articles of this batch or of the archive."""

    articles: Sequence[Indexed] = ()
    hits: Sequence[Hit] = ()
    progress: Sequence[Progress] = ()
    hold: bool = False
    """Flag the new live hits for `plan_held`, which tells of them when the last batch is stored."""
    slice: SliceProgress | None = None
    """The slice of a backfill that the batch is of."""
    traced: Sequence[Traced] = ()
    """The articles with live hits and what their relatives find them by: without it hits are not judged."""
    documents: Documents = field(default_factory=Documents)
    matched_with: int | None = None
    """The version of the configuration that decided the hits: where another is applied by now, nothing is stored."""
    revises: bool = True
    """Whether a changed text is a revision by its publisher, and not merely another reading of the same page."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was new in a batch, as judged. `new_hits` includes suppressed ones that have become live.

    `changed_hits` were known; a revision of their article has done something to their sentences.
    """

    new_articles: int = 0
    revised: int = 0
    new_hits: tuple[Hit, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    slice_counts: Mapping[str, int] = field(default_factory=dict)
    """The counts of the batch's slice, with what was found in the batch."""
    changed_hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedSources:
    """The sources of one version of the configuration, by name."""

    version: int
    by_name: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class ClaimedSource:
    """A source that is this worker's to poll until its lease ends; `lease_number` goes into the Progress."""

    source: Source
    cursor: Cursor
    lease_number: int
    failures: int
    """Failures in a row so far."""
    cadence: Cadence | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as listings show it. `active`: it is in the applied configuration."""

    source: Source
    active: bool
    paused: bool
    next_due: datetime
    last_polled_at: datetime | None
    last_success_at: datetime | None
    failures: int
    last_error: str | None
    articles: int
    trouble: Trouble | None = None
    failing_since: datetime | None = None
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None
    cadence: Cadence | None = None
    moved: Move | None = None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that is this worker's to send until its lease ends, with the hits it tells of.

    `delivery.attempts` is the number that the mark must name.
    """

    delivery: Delivery
    found: tuple[FoundHit, ...]


class Outcome(StrEnum):
    """What became of an attempt. `unknown`: its lease ran out before it was marked."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to send a delivery; `detail` is what the server said, or the error."""

    attempt: int
    claimed_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    detail: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A trouble of the watch itself; it stands until `cleared_at`."""

    key: str
    subject: str
    text: str
    raised_at: datetime
    told_at: datetime
    cleared_at: datetime | None
    channels: tuple[str, ...]
    """Who heard of it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the store holds."""

    articles: int
    live_hits: int
    suppressed_hits: int
    deliveries: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run of a flow."""

    kind: str
    started_at: datetime
    finished_at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class LetGo:
    """What upkeep has let go of one kind: all that was older than `before`, at last `at`; `total` rows since ever."""

    before: datetime
    at: datetime
    total: int
