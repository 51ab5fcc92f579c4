"""An article as the evaluation sees it: words at numbered positions, zone by zone.

Positions count words through the article. The paragraphs of the body are numbered on, so that NEAR crosses them; before
every other block the numbers jump, so that nothing reaches across.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from watchlist.names import same_name, skeletons
from watchlist.parser import FARTHEST
from watchlist.stems import as_beginning, beginning, stemmer_for
from wirewatch.folding import JOINTS, Token, folded_chunks, tokens, words_of
from wirewatch.model import SEARCHED_ZONES, Article, Zone
from wirewatch.sentences import sentences

_JOINED: Final = re.compile(rf"\w[{re.escape(''.join(sorted(JOINTS)))}]\w")
_JUMP: Final = 10 * FARTHEST
_MOST_LOOKED_FOR: Final = 10
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


class Segment:
    """A block's words; `first` is the position of the first. `block` is None for the byline an article names apart."""

    def __init__(self, text: str, zone: Zone, block: int | None, first: int, words: list[str]) -> None:
        self.text = text
        self.zone = zone
        self.block = block
        self.first = first
        self.words = words

    @cached_property
    def tokens(self) -> list[Token]:
        """The words with their places in the text; needed only where something is shown."""
        return tokens(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Half-open offsets of the sentences."""
        return sentences(self.text)

    def token(self, position: int) -> Token:
        return self.tokens[position - self.first]


class ArticleText:
    """The words of one article; what costs time is done when first asked for."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._blocks = [(zone, block, text, text.split()) for zone, block, text in _in_order(article)]
        self._places: dict[str, list[int]] = {}
        self._ranges: dict[frozenset[Zone], list[tuple[int, int]]] = {}

    @cached_property
    def chunks(self) -> list[str]:
        """What white space parts, in order."""
        return [chunk for *_, chunks in self._blocks for chunk in chunks]

    @cached_property
    def words(self) -> set[str]:
        """The folded words of the article, wherever they stand."""
        return set().union(*(segment.words for segment in self.segments))

    @cached_property
    def segments(self) -> list[Segment]:
        """The blocks with words in them, by zone."""
        found: list[Segment] = []
        position = 0
        for zone, block, text, chunks in self._blocks:
            words = folded_chunks(chunks)
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

    def places(self, word: str) -> list[int]:
        """Where a folded word stands, in order. What few words ask for is looked for; then all are worked out."""
        known = self._places.get(word)
        if known is None and len(self._places) < _MOST_LOOKED_FOR:
            known = self._places[word] = [
                position
                for segment in self.segments
                if word in segment.words
                for position, there in enumerate(segment.words, segment.first)
                if there == word
            ]
        return self.positions.get(word, []) if known is None else known

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Where each folded word stands, in order."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for segment in self.segments:
            for position, word in enumerate(segment.words, segment.first):
                found[word].append(position)
        return dict(found)

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """Where two words stand that only an apostrophe or hyphen parts, written as one: Hay'at, Abdel-Fattah."""
        found: dict[str, list[int]] = {}
        for segment in self.segments:
            if not _JOINED.search(segment.text):
                continue
            for position, (one, other) in enumerate(pairwise(segment.tokens), segment.first):
                if one.end + 1 == other.start and segment.text[one.end] in JOINTS:
                    found.setdefault(one.word + other.word, []).append(position)
        return found

    @cached_property
    def skeletons(self) -> list[tuple[str, frozenset[str]]]:
        """The words, joined ones too, with what they are looked up by as names."""
        return [(word, skeletons(word)) for word in (*self.words, *self.joined)]

    @cached_property
    def vocabulary(self) -> list[str]:
        """The folded words, sorted."""
        return sorted(self.words)

    def spellings_of(self, name: str, in_phrase: bool) -> set[str]:
        """The words, joined ones too, that may spell a word of a name."""
        wanted = skeletons(name)
        words = [spelling for spelling, its in self.skeletons if not wanted.isdisjoint(its)]
        return {word for word in (*words, name) if same_name(name, word, in_phrase)}

    def inflections(self, stemmed: str) -> list[int]:
        """Where words with the stem of this one stand; only those that begin as it does are stemmed."""
        stem = stemmer_for(self.article.language)
        wanted = stem(stemmed)
        begins = beginning(wanted, self.article.language)
        return sorted(
            position
            for word in self.words
            if as_beginning(word).startswith(begins)
            for position in self.places(word)
            if stem(self.surface(position)) == wanted
        )

    def words_beginning(self, prefix: str) -> Sequence[str]:
        """The words of the article with this prefix."""
        return [word for word in self.words if word.startswith(prefix)]

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
        bounds = segment.sentences
        start = segment.token(position).start
        return index, max(0, bisect_right(bounds, (start, len(segment.text) + 1)) - 1)

    def _zone_ranges(self, zones: frozenset[Zone]) -> list[tuple[int, int]]:
        if zones not in self._ranges:
            ranges: list[tuple[int, int]] = []
            adjacent = False
            for segment in self.segments:
                inside = segment.zone in zones
                end = segment.first + len(segment.words)
                if inside and adjacent:
                    ranges[-1] = (ranges[-1][0], end)
                elif inside:
                    ranges.append((segment.first, end))
                adjacent = inside
            self._ranges[zones] = ranges
        return self._ranges[zones]


def words_and_joined(chunk: str) -> Iterable[str]:
    """The folded words of a chunk, and those that only an apostrophe or hyphen parts as one."""
    words = words_of(chunk)
    for token in words:
        yield token.word
    for one, other in pairwise(words):
        if one.end + 1 == other.start and chunk[one.end] in JOINTS:
            yield one.word + other.word


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
