"""The nouns of the trade: the values that pass between the rooms.

Source -> Item -> Article -> Match -> Hit -> Delivery. All are frozen; none knows a database, a network or a library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from wirewatch.access import Access
from wirewatch.cadence import Adaptive
from wirewatch.novelty import AlsoIn, Change, Novelty, StorySoFar
from wirewatch.policy import ChannelRules, Pace

DAYS_TO_LEARN_A_MOVE = 3


class Zone(StrEnum):
    """What a block of an article is; furniture is everything that is not the article."""

    HEADLINE = "headline"
    STANDFIRST = "standfirst"
    SUBHEAD = "subhead"
    BODY = "body"
    CAPTION = "caption"
    BYLINE = "byline"
    DATELINE = "dateline"
    FURNITURE = "furniture"


SEARCHED_ZONES = frozenset({Zone.HEADLINE, Zone.STANDFIRST, Zone.SUBHEAD, Zone.BODY, Zone.CAPTION})
"""The zones a query looks in unless it names another (`language.md`: byline and dateline only by field)."""


ROW_FIELDS = ("text", "title", "url", "published", "author", "language", "id")
"""What a line of a table can say of an article: the keys of a source's `fields:`."""

FEED_FRAGMENT = "text/x-feed-fragment"
"""The media type of an item whose raw bytes are the HTML fragment (UTF-8) that its feed carried."""


class SourceKind(StrEnum):
    """What a source is. `other`: of a kind that an installed package brings; `Source.connector` names it."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    MAILBOX = "mailbox"
    FOLDER = "folder"
    OTHER = "other"


class Pages(StrEnum):
    """Whether a feed's items are completed from their article pages."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Archiving(StrEnum):
    """Which articles of a source are kept: all, or those with a hit, live or suppressed."""

    ALL = "all"
    HITS = "hits"


class FirstPoll(StrEnum):
    """What the first poll of a source alerts: items under a day old, none, or all. All are stored and matched."""

    RECENT = "recent"
    QUIET = "quiet"
    ALL = "all"


class AfterReading(StrEnum):
    """What becomes of a file or message once what was read of it is stored; nothing is ever deleted."""

    LEAVE = "leave"
    ARCHIVE = "archive"
    """For folders: files are moved into `archived/` inside the folder, those that cannot be read into `quarantine/`."""
    SEEN = "seen"
    """For mailboxes: messages are marked as read."""


class PublishedFrom(StrEnum):
    """Who said when an article was published; never guessed."""

    FEED = "feed"
    PAGE = "page"
    FILE = "file"
    NONE = "none"


class BodyFrom(StrEnum):
    """Where an article's body was taken from; all but `page` and `file` are fall-backs, and flagged to readers.

    `walled`: the page keeps its article back (consent, payment, scripts): the feed's text, and the little that is free.
    """

    PAGE = "page"
    FEED = "feed"
    FEED_FALLBACK = "feed_fallback"
    WALLED = "walled"
    FILE = "file"
    WHOLE = "whole"


class Visibility(StrEnum):
    """`suppressed`: the words stand only in furniture; stored and searchable, never alerted."""

    LIVE = "live"
    SUPPRESSED = "suppressed"


class Origin(StrEnum):
    """How a hit came about. `back`: an old item at the first poll of its source."""

    POLL = "poll"
    BACK = "back"
    BACKFILL = "backfill"


class DeliveryState(StrEnum):
    """`dead` is a dead letter: given up, visible, and re-drivable by `wirewatch deliveries retry`."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Source:
    """Something that yields items: `location` is an address or an absolute folder path.

    In the address of a mailbox, `${NAME}` stands for its secrets until the moment of reading.
    """

    name: str
    kind: SourceKind
    location: str
    every: timedelta = timedelta(minutes=15)
    language: str | None = None
    pages: Pages = Pages.AUTO
    first_poll: FirstPoll = FirstPoll.RECENT
    select: str | None = None
    """For a page: the CSS selector of its links to articles."""
    after: AfterReading = AfterReading.LEAVE
    host: str | None = None
    """For a folder: the machine whose worker reads it; None where any can."""
    connector: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What a package's connector is told."""
    files: tuple[str, ...] = ()
    """For a folder: patterns of the files that are read; none means all that can be, but Markdown."""
    fields: tuple[tuple[str, str], ...] = ()
    """(field, column) of tables in the folder: which columns hold what, where the usual names do not say."""
    keep_raw: bool = False
    """Whether the bytes of pages and files are kept, to be read again by a later version."""
    archive: Archiving = Archiving.ALL
    adaptive: Adaptive | None = None
    access: Access | None = None
    robots: bool = True
    """Whether a site's robots.txt is asked before its article pages are."""

    @property
    def shown_kind(self) -> str:
        """The kind as people write it."""
        return self.connector or self.kind.value


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source's address permanently redirects to, on how many days it said so."""

    url: str
    days: int
    last_on: date
    doubted: bool = False
    """The last poll of the new address failed: the old one has its turn."""

    @property
    def is_learnt(self) -> bool:
        """Whether the new address takes the place of the old one."""
        return self.days >= DAYS_TO_LEARN_A_MOVE

    @property
    def is_asked(self) -> bool:
        """Whether the next poll asks the new address."""
        return self.is_learnt and not self.doubted


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a watched file looked like when it was read: unchanged stamps are not read again."""

    modified_ns: int
    size: int
    error: str | None = None
    article_key: bytes | None = None
    """The article that was last stored for this path: new content there is a revision of it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source has been read. It is stored in the transaction that stores what was read, never before."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    full_fetch_at: datetime | None = None
    """When the source was last fetched without validators, because some validators lie."""
    first_polled_at: datetime | None = None
    first_unfinished: bool = False
    """The first poll broke off: what it left unread is as old as what it read."""
    moved: Move | None = None
    seen: str | None = None
    """Of a feed: what its items were, so that those that stay the same are not parsed again."""
    position: str | None = None
    """How far it has been read, in the words of a connector that keeps count in its own way."""
    files: Mapping[str, FileStamp] = field(default_factory=dict)
    """For folders: path relative to the folder -> stamp of the file as last read."""


@dataclass(frozen=True, slots=True)
class Item:
    """Raw bytes and what the source said of them.

    `raw` of a feed's item is the HTML fragment the feed carried until the page is fetched; then it is the page, and
    `feed_html` keeps the fragment. `url` of a file is its `file:` URI.
    """

    source: str
    url: str
    raw: bytes
    media_type: str
    fetched_at: datetime
    title: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    feed_html: str | None = None
    categories: tuple[str, ...] = ()
    """What its source files it under."""
    path: str | None = None
    """For a file: its path relative to the watched folder, as in `Cursor.files`."""
    archive: str | None = None
    """For an archive: the path of the file, which is read in a stream; `raw` is empty."""
    wants_page: bool = False
    """True until the article page has been fetched, where the source says that it should be."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-sized piece of text in one zone; offsets of spans count its code points."""

    text: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Article:
    """Zoned text. `key` is 16 bytes from the canonical URL; for a file, from its folded text."""

    key: bytes
    url: str
    title: str
    blocks: tuple[Block, ...]
    source: str
    fetched_at: datetime
    fingerprint: bytes
    """16 bytes from the folded text of all blocks but furniture: equal text, equal fingerprint."""
    byline: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    """Aware, in the zone of who said it; storage keeps the moment, in UTC."""
    published_from: PublishedFrom = PublishedFrom.NONE
    body_from: BodyFrom = BodyFrom.PAGE
    note: str | None = None
    """What readers should know of the extraction, e.g. that the page held no article."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A named, reusable part of queries, written `@name` in them."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Term:
    """A named query with the channels that hear of its hits. A hit names the version that made it."""

    name: str
    query: str
    version: int = 1
    channels: tuple[str, ...] = ()
    must_hit: tuple[str, ...] = ()
    must_not_hit: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Queries that stand for the whole term; a match by one says so."""
    exclude: tuple[str, ...] = ()
    """Words that `~` names of this term would catch, and must not."""
    min_matches: int = 1
    """Mentions an article needs at least."""
    zones: tuple[Zone, ...] = ()
    """Where the term looks, instead of all searched zones."""
    languages: tuple[str, ...] = ()
    """BCP 47 languages the article must be in; one of unknown language passes."""
    sources: tuple[str, ...] = ()
    """Sources the article must come from; none means all."""
    group: str | None = None
    pace: Pace = field(default_factory=Pace)
    backfill_on_add: bool = False
    """Whether applying it new or changed takes it through the archive at once."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go. `url` is an apprise URL whose secrets stay `${NAME}` until the moment of sending."""

    name: str
    url: str
    rules: ChannelRules = field(default_factory=ChannelRules)
    template: str | None = None
    """A Jinja2 template that makes the text of its messages, in place of the built-in rendering."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open code-point offsets into the original text of block number `block`."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """One mention: its passage, where the matched words stand in it, and why they match.

    `marks` are half-open code-point offsets into `passage`, in order and disjoint; `spans` are the same words in
    the article's blocks.
    """

    term: str
    zone: Zone
    passage: str
    marks: tuple[tuple[int, int], ...]
    spans: tuple[Span, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One article x one term. Matches are ordered headline first, then shortest, then by position."""

    article_key: bytes
    term: str
    term_version: int
    matches: tuple[Match, ...]
    visibility: Visibility
    origin: Origin
    found_at: datetime
    story: bytes | None = None
    """The story its article belongs to; None where it has not been judged: only live hits are."""
    novelty: Novelty = Novelty.NEW
    original: bytes | None = None
    """The article whose hit of this term tells what this one says, where it is folded."""
    change: Change | None = None
    """What the last revision of its article did to it, if that is worth telling."""

    @property
    def is_folded(self) -> bool:
        """Whether it tells readers nothing of its own: it is listed as “also in” with its original."""
        return self.original is not None


@dataclass(frozen=True, slots=True)
class FoundHit:
    """A hit with the article it stands in, as listings and alerts show it."""

    hit: Hit
    article: Article
    also_in: tuple[AlsoIn, ...] = ()
    """The articles folded into this one, for this term; oldest first."""
    story: StorySoFar | None = None


class DeliveryKind(StrEnum):
    """An alert is one message for one article; a digest is one for many; a notice is about the watch itself.

    A follow-up tells a story's thread who else has it, and calls nobody.
    """

    ALERT = "alert"
    DIGEST = "digest"
    FOLLOW_UP = "follow_up"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one channel is to be told, and its fate. `key` (16 bytes) is derived from channel and hits.

    `attempts` counts claims; the claim's number fences the mark, so a worker that lost its lease cannot overwrite
    another's result. `maybe_repeat` is set when an earlier claim was neither marked sent nor failed.
    """

    key: bytes
    channel: str
    kind: DeliveryKind
    hits: tuple[tuple[bytes, str], ...]
    """(article key, term name) of each hit told."""
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    lease_until: datetime | None = None
    trying_since: datetime | None = None
    """When it was first tried, or first after a person had it tried again: 24 hours later it is given up."""
    maybe_repeat: bool = False
    last_error: str | None = None
    sent_at: datetime | None = None
    response: str | None = None
    """What the server answered when it accepted the message."""
    accepted: tuple[str, ...] = ()
    """Recipients that have the message already, where others of the channel do not: they are left out next time."""
    subject: str | None = None
    """What a notice is about, in a line; else the message takes its subject from its hits."""
    text: str | None = None
    """What is said beside the hits, in lines: all of a notice, a digest's coverage."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is old is kept; None is for ever. What somebody is still to be told of always stays."""

    articles: timedelta | None = None
    """Articles without a hit, since they were fetched."""
    hits: timedelta | None = None
    raw: timedelta | None = timedelta(days=30)
    """Raw pages and files, where a source keeps them."""
    deliveries: timedelta | None = None
    runs: timedelta | None = timedelta(days=90)
    prefect: timedelta | None = timedelta(days=14)
    """Flow runs, with their logs and artifacts, on Prefect's server."""


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What requests are allowed to reach, and how politely. Networks are CIDR strings; none is private by default."""

    allow: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    per_site_delay: timedelta = timedelta(seconds=1)
    per_site_limit: int = 2
    contact: str | None = None
    """Shown in the User-Agent, so that a site's operator can reach you."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong with one source, file, page or channel; the rest went on."""

    where: str
    """The place, as a user would look for it: `source bbc-world`, `file inbox/a.txt`, `channel desk`."""
    what: str
    """What happened and what to do, one line."""
