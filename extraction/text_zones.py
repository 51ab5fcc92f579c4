"""The zones of a plain text: which of its lines are the article, and what each of them is.

A line model says which lines are likely the article's; what they are follows from where they stand. Nothing here
knows a site or a language, but for the short lists in `cues`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extraction import cues
from extraction.line_features import feature_rows
from extraction.line_joining import joined_lines
from extraction.line_model import LineModel, shipped_model
from extraction.line_signs import LineSigns, recurrence, signs_of
from extraction.line_zones import LONGEST_HEADLINE, OwnZones
from extraction.text_lines import Line
from wirewatch.folding import fold_text
from wirewatch.model import Block, Zone

LONGEST_SUBHEAD = 16
LONGEST_STANDFIRST = 80
LONGEST_KICKER = 2
SHORTEST_SENTENCE = 3
"""In words."""

MOST_DOUBTED = 4
"""Lines without any sign; more of them are the menus and teasers of a page."""

AT_HOME = 0.3
"""Recurrence from which a line speaks of what the article speaks of."""

QUESTION = ("?", "？", "؟")
LINKS = re.compile(r"[|›·•→]|/.*/")
"""Between the links of a menu."""

ARTICLE_ZONES = frozenset({Zone.BODY, Zone.SUBHEAD, Zone.STANDFIRST})


@dataclass(frozen=True, slots=True)
class ZonedText:
    """The blocks of a text in its order; `whole` where no article could be told from its surroundings."""

    blocks: tuple[Block, ...]
    whole: bool = False


def zone_lines(lines: Sequence[Line], model: LineModel | None = None) -> ZonedText:
    """Give every line its zone; no line is left out. `model` stands in for the shipped one."""
    view = _View(lines, model or shipped_model())
    zones = view.zones()
    blocks = tuple(Block(line.text, zone) for line, zone in zip(lines, zones, strict=True))
    return ZonedText(blocks, view.whole)


class _View:
    """The lines of one text with everything that is measured of them."""

    def __init__(self, lines: Sequence[Line], model: LineModel) -> None:
        self.lines = lines
        self.signs = [signs_of(line) for line in lines]
        self.own = OwnZones(lines, self.signs)
        self.prose = [sign.prose for sign in self.signs]
        self.recurs = recurrence(self.signs, self.prose)
        self.folded = [fold_text(line.text) for line in lines]
        self.times_seen = Counter(self.folded)
        self.repeated = [self.times_seen[folded] > 1 for folded in self.folded]
        self.likely = model.accepts(feature_rows(self.signs, self.recurs, self.repeated))
        self.joined: set[int] = set()
        self.whole = False

    def zones(self) -> list[Zone]:
        body = self._body_lines()
        if not body:
            return self._zones_without_prose()
        standfirst, first = self._beginning(body)
        last = body[-1]
        zones = [Zone.FURNITURE] * len(self.lines)
        head_end = standfirst[0] if standfirst else first
        headline = self._headline(head_end)
        for number in standfirst:
            zones[number] = Zone.STANDFIRST
        if headline is not None:
            zones[headline] = Zone.HEADLINE
        self._zone_head(zones, -1 if headline is None else headline, first)
        for number in range(first, last + 1):
            zones[number] = self._zone_within(number, set(body))
        self._zone_signature(zones, last)
        self._take_back(zones, -1 if headline is None else headline)
        return zones

    # -- where the body is ---------------------------------------------------------------------------------------------

    def _body_lines(self) -> list[int]:
        """The lines of running text; where the model finds none, every sentence that is no plain furniture.

        With them what joins them by its place.
        """
        running = [n for n, line in enumerate(self.signs) if self._runs(line)]
        found = [n for n in running if self.likely[n]] or [n for n in running if not self.signs[n].cue]
        if not found:
            return []
        taken = {n for n in range(found[0], found[-1] + 1) if self.likely[n]} | set(found)
        self.joined = joined_lines(self.lines, self.signs, self.repeated, taken)
        return sorted({*found, *self.joined})

    def _runs(self, line: LineSigns) -> bool:
        return line.prose or line.length >= 25 or (line.ends_sentence and line.length >= 6)

    def _zones_without_prose(self) -> list[Zone]:
        """A text without running text: its only line is a headline; several are taken as they are."""
        if len(self.lines) == 1 and self.signs[0].length <= LONGEST_HEADLINE:
            return [Zone.HEADLINE]
        self.whole = True
        return [Zone.BODY] * len(self.lines)

    def _beginning(self, body: list[int]) -> tuple[list[int], int]:
        """The standfirst's lines, and the body's first line.

        A standfirst is running text that a byline, a date or a caption parts from the rest of it.
        """
        first = body[0]
        opening = [first]
        while opening[-1] + 1 in body:
            opening.append(opening[-1] + 1)
        rest = [n for n in body if n > opening[-1]]
        words = sum(self.signs[n].length for n in opening)
        if not rest or len(opening) > 2 or words > LONGEST_STANDFIRST:
            return [], first
        between = range(opening[-1] + 1, rest[0])
        return (opening, rest[0]) if any(self._head_matter(n) for n in between) else ([], first)

    def _head_matter(self, number: int) -> bool:
        """What stands between a headline and the body: byline, date, reading time, caption."""
        if number >= len(self.lines):
            return False
        return self.signs[number].reading_time or self.own.zone(number) is not None

    # -- above the body ------------------------------------------------------------------------------------------------

    def _headline(self, end: int) -> int | None:
        """Of the lines above the running text, the one that speaks most of what it speaks of."""
        candidates = [n for n in range(end) if self._may_be_headline(n)]
        if not candidates:
            return None
        best = max(candidates, key=lambda n: (self._headline_score(n, end), n))
        if self.recurs[best] >= AT_HOME or self.lines[best].heading:
            return best
        spoken = [n for n in candidates if self.signs[n].length >= 2 and not self._is_shouted_label(n)]
        titles = [n for n in spoken if not self._is_statement(n)] or spoken
        return titles[-1] if titles else (best if len(candidates) == 1 else None)

    def _is_statement(self, number: int) -> bool:
        sign = self.signs[number]
        return sign.ends_sentence and not (sign.asks or sign.exclaims or sign.ellipsis)

    def _may_be_headline(self, number: int) -> bool:
        sign = self.signs[number]
        fits = sign.length <= LONGEST_HEADLINE and bool(sign.stems)
        furniture = sign.cue and not self.lines[number].heading
        counted = sign.listed and self.lines[number].text[0].isdigit()  # a numbered subhead
        return fits and not (furniture or counted) and not sign.reading_time and self.own.zone(number) is None

    def _is_shouted_label(self, number: int) -> bool:
        """Whether a line in capitals is a section's name or a banner, not a headline with its byline or date below."""
        sign = self.signs[number]
        return sign.upper == 1.0 and (sign.length < 4 or sign.listed or not self._head_matter(number + 1))

    def _headline_score(self, number: int, end: int) -> float:
        sign = self.signs[number]
        weight = min(1.0, self.recurs[number] * len(sign.stems) / 3)  # one shared word is chance
        marks = 0.4 * self.lines[number].heading + 0.1 * (self.times_seen[self.folded[number]] > 1)
        return self.recurs[number] * weight + marks - 0.02 * min(15, end - number) - 0.2 * sign.listed

    def _zone_head(self, zones: list[Zone], headline: int, first: int) -> None:
        """The lines between headline and body; above the headline, only what shows itself."""
        for number in range(first):
            if zones[number] is not Zone.FURNITURE:
                continue
            own = self.own.zone(number)
            if number < headline:
                zones[number] = (
                    own if own in (Zone.BYLINE, Zone.DATELINE) and number >= headline - 2 else Zone.FURNITURE
                )
            elif own is not None:
                zones[number] = own
            else:
                zones[number] = self._zone_below_headline(number, headline, zones)
        self._zone_lone_name(zones, headline, first)

    def _zone_below_headline(self, number: int, headline: int, zones: list[Zone]) -> Zone:
        sign = self.signs[number]
        if sign.cue or sign.reading_time or sign.listed:
            return Zone.FURNITURE
        if self._is_twin_of_caption(number):
            return Zone.CAPTION
        speaks = self.recurs[number] >= AT_HOME
        is_next = number == headline + 1 and headline >= 0
        if is_next and Zone.STANDFIRST not in zones:
            introduces = sign.length >= 8 and sign.upper < 1.0 and self._head_matter(number + 1)
            if introduces or (speaks and sign.length >= 6):
                return Zone.STANDFIRST
        if is_next and self._is_statement(number) and sign.length >= SHORTEST_SENTENCE:
            return Zone.BODY
        return Zone.CAPTION if speaks and sign.length >= 4 and sign.upper < 1.0 else Zone.FURNITURE

    def _is_twin_of_caption(self, number: int) -> bool:
        """Whether the line next to it is a caption that begins with the same words: a picture's alternative text."""
        near = (at for at in (number - 1, number + 1) if 0 <= at < len(self.lines))
        own = self.folded[number]
        return any(self.own.zone(at) is Zone.CAPTION and self.folded[at].startswith(own) for at in near)

    def _zone_lone_name(self, zones: list[Zone], headline: int, first: int) -> None:
        """A name without "by" between headline and body, beside a date or reading time or alone, is the byline."""
        if Zone.BYLINE in zones[:first] or headline < 0:
            return
        for number in range(headline + 1, first):
            if zones[number] is not Zone.FURNITURE or not self.own.is_name(number):
                continue
            near = [at for at in (number - 1, number + 1) if headline < at < first]
            dated = any(self.signs[at].reading_time or zones[at] is Zone.DATELINE for at in near)
            if dated or number in (headline + 1, first - 1):
                zones[number] = Zone.BYLINE
                return

    # -- within and below the body -------------------------------------------------------------------------------------

    def _zone_within(self, number: int, body: set[int]) -> Zone:
        sign, line = self.signs[number], self.lines[number]
        if number in body:
            leads = (sign.sentences == 1 and line.text.endswith(QUESTION)) or number in self.joined
            return Zone.SUBHEAD if leads and self._looks_like_subhead(number, body) else Zone.BODY
        if line.heading:
            return Zone.FURNITURE if sign.cue else Zone.SUBHEAD
        if (own := self.own.zone(number)) is not None and not self.likely[number]:
            return own
        if self.likely[number]:
            return self._zone_likely(number, body)
        if sign.cue or sign.reading_time or self.times_seen[self.folded[number]] > 1:
            return Zone.FURNITURE
        if sign.prose and {number - 1, number + 1} <= body:
            return Zone.BODY
        speaks = self.recurs[number] >= AT_HOME
        return Zone.SUBHEAD if speaks and self._looks_like_subhead(number, body) else Zone.FURNITURE

    def _zone_likely(self, number: int, body: set[int]) -> Zone:
        if cues.shows(cues.CREDIT, self.lines[number].text):
            return Zone.CAPTION
        return Zone.SUBHEAD if self._looks_like_subhead(number, body) else Zone.BODY

    def _looks_like_subhead(self, number: int, body: set[int]) -> bool:
        """A short line without a full stop that leads to running text."""
        sign = self.signs[number]
        shaped = sign.length <= LONGEST_SUBHEAD and not (sign.listed or sign.colon or sign.ellipsis or sign.address)
        closed = sign.ends_sentence and not self.lines[number].text.endswith(QUESTION)
        return shaped and not closed and number + 1 in body

    def _zone_signature(self, zones: list[Zone], last: int) -> None:
        """A byline may also stand under the article."""
        for number in range(last + 1, min(last + 3, len(self.lines))):
            if self.own.is_byline(number) and not self.signs[number].cue:
                zones[number] = Zone.BYLINE

    # -- what was taken for furniture without a sign of it -------------------------------------------------------------

    def _take_back(self, zones: list[Zone], headline: int) -> None:
        """Lines that only the model takes for furniture, and that nothing gives away, are the article's body.

        All of them where a text shows no surroundings at all. Else most lines around a page's article have no sign of
        their own: only the paragraph right below the article, where blank lines tell paragraphs from lists.
        """
        doubtful = [number for number, zone in enumerate(zones) if zone is Zone.FURNITURE]
        shown = any(self._shows_surroundings(number, headline) for number in doubtful)
        if not shown and len(doubtful) <= MOST_DOUBTED:
            back = [n for n in doubtful if n > headline or self.signs[n].length > LONGEST_KICKER]
        else:
            below = max(number for number, zone in enumerate(zones) if zone in ARTICLE_ZONES) + 1
            back = [below] if below in doubtful and self._is_plain_paragraph(below) else []
        for number in back:
            zones[number] = Zone.BODY

    def _shows_surroundings(self, number: int, headline: int) -> bool:
        """Whether a line can only come from what stands around the article of a page."""
        sign = self.signs[number]
        links = not (sign.listed or sign.ends_sentence) and LINKS.search(self.lines[number].text)
        shouts = number < headline and self._is_shouted_label(number)
        return sign.cue or sign.reading_time or self.repeated[number] or bool(links) or shouts

    def _is_plain_paragraph(self, number: int) -> bool:
        """A line between blank lines, of some words, without a sign of furniture."""
        sign, after = self.signs[number], number + 1
        alone = self.lines[number].gap and (after == len(self.lines) or self.lines[after].gap)
        return bool(alone) and sign.length > LONGEST_KICKER and not self._shows_surroundings(number, -1)
