"""An article as the evaluation sees it: words at numbered positions, zone by zone.

Positions count words through the article. The paragraphs of the body are numbered on, so that NEAR crosses them; before
every other block the numbers jump, so that nothing reaches across.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from watchlist.names import skeletons
from watchlist.parser import FARTHEST
from watchlist.sentences import sentences
from watchlist.stems import stemmer_for
from wirewatch.folding import JOINTS, Token, tokens
from wirewatch.model import SEARCHED_ZONES, Article, Zone

_JUMP: Final = 10 * FARTHEST
_ORDER: Final = (
    Zone.HEADLINE,
    Zone.STANDFIRST,
    Zone.SUBHEAD,
    Zone.BODY,
    Zone.CAPTION,
    Zone.FURNITURE,
    Zone.BYLINE,
    Zone.DATELINE,
)
"""Zones that are looked in together stand together, so that one range of positions covers them."""

ZONES_OF_FIELD: Final = {
    "title": frozenset({Zone.HEADLINE}),
    "body": SEARCHED_ZONES - {Zone.HEADLINE},
    "any": frozenset(Zone) - {Zone.FURNITURE},
    "author": frozenset({Zone.BYLINE}),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A block's words; `first` is the position of the first. `block` is None for the byline an article names apart."""

    text: str
    zone: Zone
    block: int | None
    first: int
    tokens: list[Token]

    def token(self, position: int) -> Token:
        return self.tokens[position - self.first]


class ArticleText:
    """The words of one article; what costs time is done when first asked for."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._ranges: dict[frozenset[Zone], list[tuple[int, int]]] = {}
        self._sentences: dict[int, list[tuple[int, int]]] = {}

    @cached_property
    def segments(self) -> list[Segment]:
        """The blocks with words in them, by zone."""
        found: list[Segment] = []
        position = 0
        for zone, block, text in _in_order(self.article):
            words = tokens(text)
            if not words:
                continue
            if not (found and zone is Zone.BODY and found[-1].zone is Zone.BODY):
                position += _JUMP
            found.append(Segment(text, zone, block, position, words))
            position += len(words)
        return found

    @cached_property
    def starts(self) -> list[int]:
        """The first position of each segment."""
        return [segment.first for segment in self.segments]

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Where each folded word stands, in order."""
        found: dict[str, list[int]] = {}
        for segment in self.segments:
            for position, token in enumerate(segment.tokens, segment.first):
                found.setdefault(token.word, []).append(position)
        return found

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """Where two words stand that only an apostrophe or hyphen parts, written as one: Hay'at, Abdel-Fattah."""
        found: dict[str, list[int]] = {}
        for segment in self.segments:
            for position, (one, other) in enumerate(pairwise(segment.tokens), segment.first):
                if one.end + 1 == other.start and segment.text[one.end] in JOINTS:
                    found.setdefault(one.word + other.word, []).append(position)
        return found

    @cached_property
    def vocabulary(self) -> list[str]:
        """The folded words, sorted."""
        return sorted(self.positions)

    @cached_property
    def stems(self) -> dict[str, list[int]]:
        """Where the inflections of each stem stand, in the article's language."""
        stem = stemmer_for(self.article.language)
        found: dict[str, list[int]] = {}
        for segment in self.segments:
            for position, token in enumerate(segment.tokens, segment.first):
                found.setdefault(stem(segment.text[token.start : token.end]), []).append(position)
        return found

    @cached_property
    def by_skeleton(self) -> dict[str, list[str]]:
        """The words, joined ones too, by what they are looked up by as names."""
        found: dict[str, list[str]] = {}
        for word in (*self.positions, *self.joined):
            for skeleton in skeletons(word):
                found.setdefault(skeleton, []).append(word)
        return found

    def words_beginning(self, prefix: str) -> Sequence[str]:
        """The words of the article with this prefix."""
        begin = bisect_left(self.vocabulary, prefix)
        end = begin
        while end < len(self.vocabulary) and self.vocabulary[end].startswith(prefix):
            end += 1
        return self.vocabulary[begin:end]

    def within(self, positions: list[int], zones: frozenset[Zone]) -> list[int]:
        """Those of the sorted positions that lie in these zones."""
        kept: list[int] = []
        for first, last in self._zone_ranges(zones):
            begin, end = bisect_left(positions, first), bisect_left(positions, last)
            kept = positions[begin:end] if not kept else kept + positions[begin:end]
        return kept

    def segment_index(self, position: int) -> int:
        """Which segment a position lies in."""
        return bisect_right(self.starts, position) - 1

    def segment_at(self, position: int) -> Segment:
        return self.segments[self.segment_index(position)]

    def surface(self, first: int, last: int | None = None) -> str:
        """The original text of the words from one position to another of one block."""
        segment = self.segment_at(first)
        end = segment.token(first if last is None else last).end
        return segment.text[segment.token(first).start : end]

    def sentence_at(self, position: int) -> tuple[int, int]:
        """The number of a position's segment and the number of its sentence in it."""
        index = self.segment_index(position)
        segment = self.segments[index]
        bounds = self.sentences_of(index)
        start = segment.token(position).start
        return index, max(0, bisect_right(bounds, (start, len(segment.text) + 1)) - 1)

    def sentences_of(self, index: int) -> list[tuple[int, int]]:
        """Half-open offsets of a segment's sentences."""
        if index not in self._sentences:
            self._sentences[index] = sentences(self.segments[index].text)
        return self._sentences[index]

    def _zone_ranges(self, zones: frozenset[Zone]) -> list[tuple[int, int]]:
        if zones not in self._ranges:
            ranges: list[tuple[int, int]] = []
            adjacent = False
            for segment in self.segments:
                inside = segment.zone in zones
                end = segment.first + len(segment.tokens)
                if inside and adjacent:
                    ranges[-1] = (ranges[-1][0], end)
                elif inside:
                    ranges.append((segment.first, end))
                adjacent = inside
            self._ranges[zones] = ranges
        return self._ranges[zones]


def _in_order(article: Article) -> Iterable[tuple[Zone, int | None, str]]:
    by_zone: dict[Zone, list[int]] = {}
    for index, block in enumerate(article.blocks):
        by_zone.setdefault(block.zone, []).append(index)
    for zone in _ORDER:
        for index in by_zone.get(zone, ()):
            yield zone, index, article.blocks[index].text
        if zone is Zone.BYLINE and article.byline and not _has_byline(article):
            yield zone, None, article.byline


def _has_byline(article: Article) -> bool:
    """Whether the byline that the article names also stands in one of its blocks."""
    named = article.byline or ""
    return any(named in block.text for block in article.blocks if block.zone is Zone.BYLINE)
