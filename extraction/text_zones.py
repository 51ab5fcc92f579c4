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
from extraction.text_lines import Line
from wirewatch.folding import fold_text
from wirewatch.model import Block, Zone

LONGEST_SUBHEAD = 16
LONGEST_HEADLINE = 35
LONGEST_BYLINE = 14
LONGEST_DATELINE = 12
LONGEST_NAME = 5
LONGEST_STANDFIRST = 80
"""In words."""

AT_HOME = 0.3
"""Recurrence from which a line speaks of what the article speaks of."""

QUESTION = ("?", "？", "؟")
NAME_BREAK = re.compile(r"[;,/|]")

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


def article_lines(lines: Sequence[Line], model: LineModel | None = None) -> list[bool]:
    """For each line, whether it belongs to the article's standfirst or body, subheads included."""
    return [block.zone in ARTICLE_ZONES for block in zone_lines(lines, model).blocks]


class _View:
    """The lines of one text with everything that is measured of them."""

    def __init__(self, lines: Sequence[Line], model: LineModel) -> None:
        self.lines = lines
        self.signs = [signs_of(line) for line in lines]
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
        return self.signs[number].reading_time or self._own_zone(number) is not None

    # -- what single lines are -----------------------------------------------------------------------------------------

    def _own_zone(self, number: int) -> Zone | None:
        """The zone a line outside the running text shows by itself."""
        sign, text = self.signs[number], self.lines[number].text
        if sign.reading_time:
            return None
        if cues.shows(cues.CREDIT, text) and not self._runs_long(sign):
            return Zone.CAPTION
        if self._is_byline(number):
            return Zone.BYLINE
        if sign.length <= LONGEST_DATELINE and cues.shows(cues.DATE, text) and not sign.prose and sign.digits >= 0.2:
            return None if sign.cue else Zone.DATELINE
        return None

    def _runs_long(self, sign: LineSigns) -> bool:
        return sign.prose and sign.sentences >= 2 and sign.length > LONGEST_HEADLINE

    def _is_byline(self, number: int) -> bool:
        """A byline's own words before a name, or a name beside them."""
        sign, text = self.signs[number], self.lines[number].text
        label = cues.BYLINE.match(text)
        if label:
            name = text[label.end() :]
            return not name or (sign.length <= LONGEST_BYLINE and _reads_as_names(name))
        near = [at for at in (number - 1, number + 1) if 0 <= at < len(self.lines)]
        return self._is_name(number) and any(self._is_label(at) for at in near)

    def _is_label(self, number: int) -> bool:
        text = self.lines[number].text
        label = cues.BYLINE.match(text)
        return bool(label and label.end() == len(text))

    def _is_name(self, number: int) -> bool:
        sign, text = self.signs[number], self.lines[number].text
        plain = not (sign.cue or sign.listed or sign.ends_sentence or sign.digits or sign.upper == 1.0)
        return plain and 2 <= sign.length <= LONGEST_NAME and _reads_as_names(text)

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
        return spoken[-1] if spoken else (best if len(candidates) == 1 else None)

    def _may_be_headline(self, number: int) -> bool:
        sign = self.signs[number]
        fits = sign.length <= LONGEST_HEADLINE and bool(sign.stems)
        furniture = sign.cue and not self.lines[number].heading
        counted = sign.listed and self.lines[number].text[0].isdigit()  # a numbered subhead
        return fits and not (furniture or counted) and not sign.reading_time and self._own_zone(number) is None

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
            own = self._own_zone(number)
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
        if number == headline + 1 and headline >= 0 and Zone.STANDFIRST not in zones:
            introduces = sign.length >= 8 and sign.upper < 1.0 and self._head_matter(number + 1)
            if introduces or (speaks and sign.length >= 6):
                return Zone.STANDFIRST
        return Zone.CAPTION if speaks and sign.length >= 4 and sign.upper < 1.0 else Zone.FURNITURE

    def _is_twin_of_caption(self, number: int) -> bool:
        """Whether the line next to it is a caption that begins with the same words: a picture's alternative text."""
        near = (at for at in (number - 1, number + 1) if 0 <= at < len(self.lines))
        own = self.folded[number]
        return any(self._own_zone(at) is Zone.CAPTION and self.folded[at].startswith(own) for at in near)

    def _zone_lone_name(self, zones: list[Zone], headline: int, first: int) -> None:
        """A name without "by" between headline and body, beside a date or reading time or alone, is the byline."""
        if Zone.BYLINE in zones[:first] or headline < 0:
            return
        for number in range(headline + 1, first):
            if zones[number] is not Zone.FURNITURE or not self._is_name(number):
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
        if (own := self._own_zone(number)) is not None and not self.likely[number]:
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
            if self._is_byline(number) and not self.signs[number].cue:
                zones[number] = Zone.BYLINE


def _reads_as_names(text: str) -> bool:
    """Whether all words but particles begin with a capital, where the script has capitals; no figures."""
    people = [cues.BYLINE.sub("", part.strip(), count=1) for part in NAME_BREAK.split(text)]
    words = [word.strip(".,:()") for part in people for word in part.split()]
    written = [word for word in words if word]
    if not written or any(character.isdigit() for character in text):
        return False
    return all(word[0].lower() == word[0].upper() or word[0].isupper() or len(word) <= 3 for word in written)
