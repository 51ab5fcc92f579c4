"""What reading an item gives before it is an article: blocks and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from wirewatch.folding import fold_text
from wirewatch.model import Block, BodyFrom, PublishedFrom, Zone

READABLE = frozenset({Zone.BODY, Zone.STANDFIRST, Zone.SUBHEAD})


@dataclass(frozen=True, slots=True)
class Draft:
    """An article without its identity."""

    blocks: tuple[Block, ...]
    body_from: BodyFrom
    title: str | None = None
    byline: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    published_from: PublishedFrom = PublishedFrom.NONE
    url: str | None = None
    """The canonical address, where the page names one."""
    note: str | None = None
    whole_text: str | None = None
    """All visible text in its order, where the blocks do not keep it: what a file's identity is made from."""


SHORT_TEXT = 1_000
"""Characters up to which a folded text is remembered: a page's lines are compared again and again."""


def folded(text: str) -> str:
    """The text as words are compared; remembered for a while where it is short."""
    return _remembered(text) if len(text) <= SHORT_TEXT else fold_text(text)


_remembered = lru_cache(maxsize=2_000)(fold_text)


class WordIndex:
    """The words of blocks, to ask whether a line adds any that are not there yet."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._joined = "|".join([f" {folded(text)} " for text in texts])

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self._joined.replace("|", " ").split())

    def holds(self, text: str) -> bool:
        """Whether the words of this line stand in one of the blocks, side by side and in order; true of no words."""
        return self.holds_folded(folded(text))

    def holds_folded(self, words: str) -> bool:
        """The same of a line that is folded already."""
        if words.partition(" ")[0] not in self._words:  # so of most lines, for far less than looking through the text
            return not words
        return f" {words} " in self._joined
