"""What becomes of a hit: whom it was told, what it waits for, or why it was withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from wirewatch.model import Delivery
from wirewatch.wording import counted

HitName = tuple[bytes, str]
"""(article key, term name)."""

FLOOD_WINDOW = timedelta(minutes=10)
BUDGET_WINDOW = timedelta(hours=1)
FOLLOW_UP = "follow/"
"""What the bundles begin with whose hits are only added to the thread of their story."""
LAST_TOLD_WINDOW = timedelta(days=7)
"""How far back the last message of a group is looked for; `at_most_every` is no longer than this."""


class Fate(StrEnum):
    """What became of a hit for one channel. `withheld`: it is never told there, and `reason` says why."""

    TOLD = "told"
    WAITING = "waiting"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Telling:
    """One hit and one channel: told in a delivery, waiting in a bundle until it is due, or withheld."""

    article_key: bytes
    term: str
    channel: str
    fate: Fate
    reason: str
    """For people, as `wirewatch explain` shows it."""
    decided_at: datetime
    bundle: str = ""
    """What it is told together with: all of a channel's hits in one bundle go in one message when they are due."""
    due_at: datetime | None = None
    delivery: bytes | None = None
    """The key of the delivery that tells it."""

    @property
    def hit(self) -> HitName:
        return self.article_key, self.term


class Judgement(StrEnum):
    """What a person said of a hit. `acknowledged`: seen, no digest need tell it. `irrelevant`: no hit at all."""

    ACKNOWLEDGED = "acknowledged"
    IRRELEVANT = "irrelevant"


class MuteKind(StrEnum):
    """`term`: its hits are stored, not told. `pause`: the term is not looked for. `story`: no hit in it is told."""

    TERM = "term"
    PAUSE = "pause"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Mute:
    """What is not to be told for a time, or until it is lifted. `name` of a story is its key in hexadecimal."""

    kind: MuteKind
    name: str
    since: datetime
    until: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a policy has to know beside the hits: what was told lately, what waits, what is muted."""

    places: Mapping[bytes, tuple[str, str | None]] = field(default_factory=dict)
    """Each article's source and language; those that are gone from the archive are missing."""
    stories: Mapping[HitName, bytes] = field(default_factory=dict)
    mutes: Mapping[tuple[MuteKind, str], Mute] = field(default_factory=dict)
    judged: Mapping[HitName, tuple[Judgement, datetime]] = field(default_factory=dict)
    """What people said of these hits, and of those that they are folded into."""
    heard: Mapping[HitName, frozenset[str]] = field(default_factory=dict)
    """Of what hits are folded into, the channels that were told it, or a copy of it, or are to be. A dead letter told
    nobody."""
    turned: frozenset[str] = frozenset()
    """Terms that are over their budget and told in digests."""
    hits_lately: Mapping[str, int] = field(default_factory=dict)
    """Articles of each term in the last BUDGET_WINDOW, told or waiting."""
    sent_lately: Mapping[str, int] = field(default_factory=dict)
    """Alerts of each channel in the last FLOOD_WINDOW."""
    waiting: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """(channel, bundle) that hits wait in, and when it is due."""
    last_told: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """When (channel, bundle) last went, in the last LAST_TOLD_WINDOW."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a policy decided; stored in the transaction that stores the hits."""

    deliveries: tuple[Delivery, ...] = ()
    tellings: tuple[Telling, ...] = ()
    turned: tuple[str, ...] = ()
    """Terms that are over their budget from now on."""
    turned_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read in a time, so that silence can be told from blindness."""

    articles: int
    sources: int
    """Sources that are watched: configured and not paused."""
    sources_read: int
    failing: int
    hits: int
    suppressed: int

    def __str__(self) -> str:
        failing = f"{self.failing} failing; " if self.failing else ""
        return (
            f"{counted(self.articles, 'article')} from {self.sources_read} of "
            f"{counted(self.sources, 'source')} read; {failing}"
            f"{counted(self.hits, 'hit')}; {self.suppressed:,} suppressed"
        )
