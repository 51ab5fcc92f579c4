"""An article as the evaluation sees it: words at numbered positions, zone by zone.

Positions count words through the article. The paragraphs of the body are numbered on, so that NEAR crosses them; before
every other block the numbers jump, so that nothing reaches across.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from watchlist.names import same_name
from watchlist.parser import FARTHEST
from watchlist.skeletons import skeletons, skeletons_of
from watchlist.stems import as_beginning, beginning, stemmer_for
from wirewatch.folding import JOINTS, Token, folded_by_chunk, folded_in_place, places_of, tokens
from wirewatch.model import SEARCHED_ZONES, Article, Zone
from wirewatch.sentences import sentences

_JUMP: Final = 10 * FARTHEST
_MOST_COUNTED: Final = 2_000
"""In a longer block, to find out where every word stands is cheaper than to count up to one again and again."""
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
    """A block's words; `first` is the position of the first. `block` is None for the byline an article names apart.

    `in_place`: the folded text, if every word stands in it where it stands in the text, else nothing.
    """

    def __init__(self, text: str, zone: Zone, block: int | None, first: int, words: list[str], in_place: str) -> None:
        self.text = text
        self.zone = zone
        self.block = block
        self.first = first
        self.words = words
        self._in_place = in_place if len(words) <= _MOST_COUNTED else ""
        self._known: dict[int, Token] = {}

    @cached_property
    def tokens(self) -> list[Token]:
        """The words with their places in the text."""
        return tokens(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Half-open offsets of the sentences."""
        return sentences(self.text)

    def word(self, position: int) -> str:
        """The word at a position; empty behind the last."""
        return "".join(self.words[position - self.first : position - self.first + 1])

    def token(self, position: int) -> Token:
        """A word with its place in the text, which is found without those of the others as far as may be."""
        known = self._known.get(position)
        if known is None:
            known = self._known[position] = self._token(position - self.first)
        return known

    def _token(self, number: int) -> Token:
        if not self._in_place:
            return self.tokens[number]
        word = self.words[number]
        wanted, there = f" {word} ", f" {self._in_place} "
        start = there.find(wanted)
        for _ in range(self.words[:number].count(word)):
            start = there.find(wanted, start + 1)
        return Token(word, start, start + len(word))


class ArticleText:
    """The words of one article; what costs time is done when first asked for."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._blocks = [*_in_order(article)]
        texts = [text for _, _, text in self._blocks]
        in_place = folded_in_place(texts)
        self._is_in_place = in_place is not None
        """Whether folding left out nothing, so that a line as long as its text has each word where that has it."""
        self._folded = folded_by_chunk(texts) if in_place is None else in_place
        self.pieces = self._folded.split()
        """The folded words in order; those that a hyphen or apostrophe joins are one piece, with hyphens: isis-k."""
        self.distinct = set(self.pieces)
        self.words = self.distinct
        """The folded words, wherever they stand."""
        joined = [piece for piece in self.distinct if "-" in piece] if "-" in self._folded else []
        if joined:
            self.words = self.distinct.difference(joined).union(*map(parts_of, joined))
            if wordless := {piece for piece in joined if not parts_of(piece)}:
                self.distinct -= wordless
                self.pieces = [piece for piece in self.pieces if piece not in wordless]
        self._places: dict[str, list[int]] = {}
        self._inflections: dict[str, list[int]] = {}
        self._ranges: dict[frozenset[Zone], list[tuple[int, int]]] = {}

    @cached_property
    def has_furniture(self) -> bool:
        """Whether some block is furniture, in which a suppressed hit may be."""
        return any(zone is Zone.FURNITURE for zone, _, _ in self._blocks)

    @cached_property
    def segments(self) -> list[Segment]:
        """The blocks with words in them, by zone."""
        found: list[Segment] = []
        position = 0
        lines = self._folded.replace("-", " ").split("\n") if self._blocks else []
        for (zone, block, text), line in zip(self._blocks, lines, strict=True):
            words = line.split()
            if not words:
                continue
            if not (found and zone is Zone.BODY and found[-1].zone is Zone.BODY):
                position += _JUMP
            in_place = line if self._is_in_place and len(line) == len(text) else ""
            found.append(Segment(text, zone, block, position, words, in_place))
            position += len(words)
        return found

    @cached_property
    def starts(self) -> list[int]:
        """The first position of each segment."""
        return [segment.first for segment in self.segments]

    def places(self, words: str) -> list[int]:
        """Where folded words, joined by spaces, stand one after another in a block: the position of the first."""
        known = self._places.get(words)
        if known is None:
            known = self._places[words] = []
            wanted = f" {words} "
            lines, begins = self._lines
            found = lines.find(wanted)
            while found >= 0:
                line = bisect_right(begins, found) - 1
                known.append(self.starts[line] + lines.count(" ", begins[line], found))
                found = lines.find(wanted, found + 1)
        return known

    @cached_property
    def _lines(self) -> tuple[str, list[int]]:
        """The words of each segment, with a space before and after every one, a line a segment; where lines begin.

        To look for a word here is far cheaper than to work out where every word stands.
        """
        lines = [f" {' '.join(segment.words)} \n" for segment in self.segments]
        return "".join(lines), [*accumulate(map(len, lines[:-1]), initial=0)]

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """Where two words stand that only an apostrophe or hyphen parts, written as one: Hay'at, Abdel-Fattah."""
        found: dict[str, list[int]] = {}
        for segment in self.segments if "-" in self._folded else ():
            for position, (one, other) in enumerate(pairwise(segment.tokens), segment.first):
                if one.end + 1 == other.start and segment.text[one.end] in JOINTS:
                    found.setdefault(one.word + other.word, []).append(position)
        return found

    @cached_property
    def joined_at(self) -> dict[int, str]:
        """The joined words by where they stand."""
        return {position: word for word, positions in self.joined.items() for position in positions}

    @cached_property
    def skeletons(self) -> list[tuple[str, frozenset[str]]]:
        """The words, joined ones too, with what they are looked up by as names."""
        words = [*self.words, *self.joined]
        return [*zip(words, skeletons_of(words), strict=True)]

    @cached_property
    def chunks(self) -> set[str]:
        """What stands between white space."""
        return set(" ".join([text for _, _, text in self._blocks]).split())

    @cached_property
    def with_marks(self) -> dict[str, set[str]]:
        """The words that are written with letters beyond ASCII, as written, by the folded word."""
        found: dict[str, set[str]] = {}
        for chunk in self.chunks:
            for word, start, end in () if chunk.isascii() else places_of(chunk):
                found.setdefault(word, set()).add(chunk[start:end])
        return found

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
        if stemmed not in self._inflections:
            stem = stemmer_for(self.article.language)
            wanted = stem(stemmed)
            begins = beginning(wanted, self.article.language)
            self._inflections[stemmed] = sorted(
                position
                for word in self.words
                if as_beginning(word).startswith(begins)
                for position in self.places(word)
                if stem(self.surface(position)) == wanted
            )
        return self._inflections[stemmed]

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


def parts_of(folded: str) -> list[str]:
    """The words of a piece or line of folded text."""
    return folded.replace("-", " ").split()


def words_and_joined(chunk: str) -> Iterable[str]:
    """The folded words of a chunk, and those that only an apostrophe or hyphen parts as one."""
    places = places_of(chunk)
    for word, _, _ in places:
        yield word
    for (one, _, end), (other, start, _) in pairwise(places):
        if end + 1 == start and chunk[end] in JOINTS:
            yield one + other


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
