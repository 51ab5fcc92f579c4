"""What passes between the rooms when hits are judged: what an article is found by, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wirewatch.model import Article, Hit, Match
from wirewatch.novelty import Change


@dataclass(frozen=True, slots=True)
class Traced:
    """An article with what its relatives find it by; made of its text without furniture."""

    article: Article
    site: str
    """The host it comes from, or the name of its folder: furniture is what one site repeats."""
    shingles: tuple[int, ...]
    """A sample of its five-word shingles as signed hashes of 64 bits: articles that share text share some of them."""
    words: frozenset[str]
    """The telling words of its headline and opening, folded and cut."""
    names: frozenset[str]
    """Those of its words that are names or numbers."""

    @property
    def dated_at(self) -> datetime:
        """When it was published, else when it was fetched."""
        return self.article.published_at or self.article.fetched_at


@dataclass(frozen=True, slots=True)
class Relative:
    """An article judged earlier that shares text or words with the one to be judged."""

    key: bytes
    story: bytes
    dated_at: datetime
    words: frozenset[str]
    names: frozenset[str]
    hits: Mapping[str, Hit]
    """Its live hits by term."""
    shares_text: bool = False
    """It shares shingles, and may be a copy."""


TextOf = Callable[[bytes], Article | None]
"""The article of a key, read when it is asked for; None where it is gone from the archive."""


@dataclass(frozen=True, slots=True)
class Case:
    """Hits to be judged: the live hits of one article that are new, or whose sentences have changed."""

    traced: Traced
    hits: tuple[Hit, ...]
    terms: frozenset[str]
    """All terms that hit the article live."""
    relatives: tuple[Relative, ...]
    text_of: TextOf
    """Gives the texts of the relatives."""
    counts: Mapping[str, int]
    """In how many judged openings each word of the article and its relatives stands; "" counts the openings."""
    story: bytes | None = None
    """The story the article is in already; it stays there."""


class LinkKind(StrEnum):
    """Why an article is in a story: it shares text, or it is about the same affair."""

    TEXT = "text"
    AFFAIR = "affair"


@dataclass(frozen=True, slots=True)
class Link:
    """What joins an article to an earlier one of its story. `share` is from 0 to 1: of text, or of telling words."""

    to: bytes
    kind: LinkKind
    share: float = 1.0
    words: tuple[str, ...] = ()
    """The words in common, rarest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an article belongs and why, and its hits with what each adds."""

    story: bytes
    link: Link | None
    hits: tuple[Hit, ...]


Judge = Callable[[Case], Verdict]

Compare = Callable[[Sequence[Match], Sequence[Match], Iterable[str], Iterable[str]], Change | None]
"""What a revision did to a hit: its matches before and after, the texts of the article's blocks before and after."""


@dataclass(frozen=True, slots=True)
class StoryRules:
    """The rules that storage asks inside its transaction; they only compute."""

    judge: Judge
    compare: Compare
