"""The zones that single lines of a plain text show by themselves: captions, bylines and datelines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction import cues
from extraction.line_signs import LineSigns
from extraction.text_lines import Line
from wirewatch.model import Zone

LONGEST_HEADLINE = 35
LONGEST_BYLINE = 14
LONGEST_DATELINE = 12
LONGEST_NAME = 5
"""In words."""

NAME_BREAK = re.compile(r"[;,/|]")


@dataclass(frozen=True, slots=True)
class OwnZones:
    """What each of these lines shows of itself, by its number."""

    lines: Sequence[Line]
    signs: Sequence[LineSigns]

    def zone(self, number: int) -> Zone | None:
        """The zone a line outside the running text shows by itself."""
        sign, text = self.signs[number], self.lines[number].text
        if sign.reading_time:
            return None
        if sign.credit and not _runs_long(sign):
            return Zone.CAPTION
        if self.is_byline(number):
            return Zone.BYLINE
        if sign.length <= LONGEST_DATELINE and cues.shows(cues.DATE, text) and not sign.prose and sign.digits >= 0.2:
            return None if sign.cue else Zone.DATELINE
        return None

    def is_byline(self, number: int) -> bool:
        """A byline's own words before a name, or a name beside them."""
        sign, text = self.signs[number], self.lines[number].text
        label = cues.BYLINE.match(text)
        if label:
            name = text[label.end() :]
            return not name or (sign.length <= LONGEST_BYLINE and _reads_as_names(name))
        near = [at for at in (number - 1, number + 1) if 0 <= at < len(self.lines)]
        return self.is_name(number) and any(self._is_label(at) for at in near)

    def is_name(self, number: int) -> bool:
        """Whether a line could be the name of a person."""
        sign, text = self.signs[number], self.lines[number].text
        plain = not (sign.cue or sign.listed or sign.ends_sentence or sign.digits or sign.upper == 1.0)
        return plain and 2 <= sign.length <= LONGEST_NAME and _reads_as_names(text)

    def _is_label(self, number: int) -> bool:
        text = self.lines[number].text
        label = cues.BYLINE.match(text)
        return bool(label and label.end() == len(text))


def _runs_long(sign: LineSigns) -> bool:
    return sign.prose and sign.sentences >= 2 and sign.length > LONGEST_HEADLINE


def _reads_as_names(text: str) -> bool:
    """Whether all words but particles begin with a capital, where the script has capitals; no figures."""
    people = [cues.BYLINE.sub("", part.strip(), count=1) for part in NAME_BREAK.split(text)]
    words = [word.strip(".,:()") for part in people for word in part.split()]
    written = [word for word in words if word]
    if not written or any(character.isdigit() for character in text):
        return False
    return all(word[0].lower() == word[0].upper() or word[0].isupper() or len(word) <= 3 for word in written)
