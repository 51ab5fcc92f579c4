"""What a hit adds to what readers know already: the values that stories give to hits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Novelty(StrEnum):
    """What readers gain from a hit. `same_story` and `duplicate` are folded into the hit that `Hit.original` names.

    `development`: it belongs to a running affair and adds something. `same_story`: another source reports what is
    known. `duplicate`: the same text elsewhere.
    """

    NEW = "new"
    DEVELOPMENT = "development"
    SAME_STORY = "same_story"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision did to the matched sentences of a hit that readers had heard of."""

    appeared: tuple[str, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    """Each sentence before and after."""
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another article that says what a told one says: folded into it, and listed with it."""

    article_key: bytes
    source: str
    title: str
    url: str
    novelty: Novelty


@dataclass(frozen=True, slots=True)
class StorySoFar:
    """A story as its alerts mention it. `since`: when its first article was published, else seen."""

    key: bytes
    articles: int
    since: datetime
