"""Turns mentions into matches: the sentences they stand in, with the matched words marked."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchlist.mentions import Mention
from watchlist.query import Query
from watchlist.reasons import reason
from watchlist.rendering import render
from watchlist.text import ArticleText
from wirewatch.model import Match, Span, Zone

PARAGRAPH_JOINT = " ¶ "
_MOST_REASONS = 3
_MOST_COMPARED = 50


def matches_of(term: str, mentions: list[Mention], text: ArticleText, query: Query) -> tuple[Match, ...]:
    """The matches of a term: headline first, then shortest span, then position; those of one sentence are one.

    A query that asks for no words gets one match that shows the headline.
    """
    if not mentions:
        return (_match_of_facts(term, text, render(query)),)
    groups: list[_Group] = []
    by_sentence: dict[tuple[int, int], _Group] = {}
    for mention in sorted(mentions, key=lambda mention: _rank(mention, text)):
        sentences = sorted({text.sentence_at(position) for position in mention.words})
        group = next((by_sentence[sentence] for sentence in sentences if sentence in by_sentence), None)
        if group is None:
            group = _Group(sentences)
            groups.append(group)
            by_sentence.update(dict.fromkeys(sentences, group))
        group.mentions.append(mention)
    return tuple(_match(term, group, text) for group in groups)


@dataclass(slots=True)
class _Group:
    """Mentions that share a sentence; the first is the best and decides what is shown."""

    sentences: list[tuple[int, int]]
    mentions: list[Mention] = field(default_factory=list)


def _rank(mention: Mention, text: ArticleText) -> tuple[bool, int, int]:
    in_headline = text.segment_at(mention.first).zone is Zone.HEADLINE
    return not in_headline, mention.last - mention.first, mention.first


def _match(term: str, group: _Group, text: ArticleText) -> Match:
    passage, pieces = _passage(group.sentences, text)
    marked = sorted({place for mention in group.mentions for place in _places(mention, text)})
    marks: list[tuple[int, int]] = []
    spans: list[Span] = []
    for index, start, end in _disjoint(marked):
        for piece in pieces:
            if piece.segment == index and piece.start <= start and end <= piece.end:
                marks.append((piece.offset + start - piece.start, piece.offset + end - piece.start))
                block = text.segments[index].block
                if block is not None:
                    spans.append(Span(block, start, end))
    reasons = dict.fromkeys(reason(mention, text) for mention in _telling(group.mentions))
    zone = text.segment_at(group.mentions[0].first).zone
    return Match(term, zone, passage, tuple(marks), tuple(spans), "; ".join(list(reasons)[:_MOST_REASONS]))


def _telling(mentions: list[Mention]) -> list[Mention]:
    """The mentions whose reasons are worth telling, in order of place; none that lies in another."""
    few = mentions[:_MOST_COMPARED]
    own = [one for one in few if not any(set(one.words) < set(other.words) for other in few)]
    return sorted(own, key=lambda mention: mention.first)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a segment that is shown, and where in the passage it begins."""

    segment: int
    start: int
    end: int
    offset: int


def _passage(sentences: list[tuple[int, int]], text: ArticleText) -> tuple[str, list[_Piece]]:
    """Whole sentences, paragraph by paragraph, from the first to the last that is wanted of each."""
    wanted: dict[int, list[int]] = {}
    for index, number in sentences:
        wanted.setdefault(index, []).append(number)
    pieces: list[_Piece] = []
    shown: list[str] = []
    offset = 0
    for index, numbers in wanted.items():
        bounds = text.segments[index].sentences
        start, end = bounds[numbers[0]][0], bounds[numbers[-1]][1]
        pieces.append(_Piece(index, start, end, offset))
        shown.append(text.segments[index].text[start:end])
        offset += end - start + len(PARAGRAPH_JOINT)
    return PARAGRAPH_JOINT.join(shown), pieces


def _places(mention: Mention, text: ArticleText) -> list[tuple[int, int, int]]:
    """(segment, start, end) of a mention's words; the words of a phrase are one place."""
    if mention.parts:
        return [place for part in mention.parts for place in _places(part, text)]
    places: list[tuple[int, int, int]] = []
    before = -1
    for position in mention.words:
        index = text.segment_index(position)
        token = text.segments[index].token(position)
        if position == before + 1 and places and places[-1][0] == index:
            places[-1] = (index, places[-1][1], token.end)
        else:
            places.append((index, token.start, token.end))
        before = position
    return places


def _disjoint(places: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Sorted places with those that overlap made one."""
    merged: list[tuple[int, int, int]] = []
    for index, start, end in places:
        if merged and merged[-1][0] == index and start < merged[-1][2]:
            merged[-1] = (index, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((index, start, end))
    return merged


def _match_of_facts(term: str, text: ArticleText, facts: str) -> Match:
    headline = next((block.text for block in text.article.blocks if block.zone is Zone.HEADLINE), text.article.title)
    return Match(term, Zone.HEADLINE, headline, (), (), facts)
