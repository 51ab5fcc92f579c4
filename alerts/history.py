"""The lines of a message that say what went before: what a revision changed, who else has it, the story so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from alerts.cleaning import clean_text, shorten
from wirewatch.model import FoundHit
from wirewatch.novelty import AlsoIn, Change, StorySoFar

SENTENCE_LENGTH = 160
SHOWN_CHANGES = 4
SHOWN_SOURCES = 6
_NAME_LENGTH = 60
_WEEK = timedelta(days=7)


def history_lines(found: Sequence[FoundHit], now: datetime) -> tuple[str, ...]:
    """What is said of one article's hits beside their passages, a line each; dates are in UTC."""
    also_in = {also.article_key: also for each in found for also in each.also_in}
    stories = [each.story for each in found if each.story]
    lines = list(dict.fromkeys(line for each in found if each.hit.change for line in change_lines(each.hit.change)))
    shown, more = lines[:SHOWN_CHANGES], len(lines) - SHOWN_CHANGES
    return (
        *shown,
        *([f"and {more} more changes"] if more > 0 else []),
        *([f"also in: {_sources(also_in.values())}"] if also_in else []),
        *([story_line(stories[0], now)] if stories and stories[0].articles > 1 else []),
    )


def change_lines(change: Change) -> Iterator[str]:
    """Which matched sentences a revision has changed."""
    for before, after in change.changed:
        yield f"changed: “{_sentence(before)}” → “{_sentence(after)}”"
    for sentence in change.appeared:
        yield f"appeared: “{_sentence(sentence)}”"
    for sentence in change.gone:
        yield f"gone: “{_sentence(sentence)}”"


def story_line(story: StorySoFar, now: datetime) -> str:
    """How far a story has come."""
    since = story.since.astimezone(UTC)
    day = f"{since:%A}" if now - since < _WEEK else f"{since:%d %b}".lstrip("0")
    return f"story: {story.articles} articles since {day}"


def _sources(also_in: Iterable[AlsoIn]) -> str:
    counted = Counter(shorten(clean_text(also.source), _NAME_LENGTH) for also in also_in)
    named = [source if number == 1 else f"{source} ({number})" for source, number in counted.items()]
    more = len(named) - SHOWN_SOURCES
    return ", ".join(named[:SHOWN_SOURCES]) + (f" and {more} more" if more > 0 else "")


def _sentence(text: str) -> str:
    return shorten(clean_text(text), SENTENCE_LENGTH)
