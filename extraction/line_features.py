"""What can be said of a line of text without knowing its language.

The strongest sign is *recurrence*: the share of a line's words that the article's prose uses too. A headline repeats
the words of its article (about .67 on real pages), a banner or a teaser does not (0 to .14).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extraction import cues
from extraction.text_lines import Line
from wirewatch.folding import fold_text, is_unspaced

SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥።][\"'”’»›)\]」』]*$")
INNER_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*\s+[\"'“‘«(]?[^\W\d_]|[。！？](?=.)|[؟۔।]\s")
COMMA = re.compile(r"[,;،؛、，；]")
SEPARATOR = re.compile(r"[|›»·•/→]")
ELLIPSIS = re.compile(r"(?:\.\.\.|…|\[…\])$")
TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

LONG_LINE = 12
"""Words from which a line that ends a sentence is prose beyond doubt."""
STEM = 5
"""Letters of a word that are compared, so that inflected forms of it are the same word in most languages."""
SAMPLE = 2_000
ENDING = 12
"""Characters of a line that are looked at."""
FURNITURE_STEP = 6
"""What a line that is no prose takes from a run of prose, in words."""


@dataclass(frozen=True, slots=True)
class LineSigns:
    """What one line shows by itself. `length` counts words; two characters of an unspaced script count as one."""

    length: int
    stems: frozenset[str]
    capitals: float
    upper: float
    digits: float
    short_words: float
    commas: float
    separators: int
    sentences: int
    ends_sentence: bool
    ellipsis: bool
    colon: bool
    cue: bool
    credit: bool
    byline: bool
    date: bool
    reading_time: bool
    address: bool
    listed: bool
    heading: bool

    @property
    def prose(self) -> bool:
        """A sentence of some length, or several."""
        return self.ends_sentence and (self.length >= LONG_LINE or (self.sentences >= 2 and self.length >= 8))


def signs_of(line: Line) -> LineSigns:
    """Measure one line; of a very long one its beginning and its end."""
    text = line.text[:SAMPLE]
    ending = line.text[-ENDING:]
    tokens = TOKEN.findall(text)
    folded = fold_text(text).split()
    unspaced = sum(map(is_unspaced, folded))
    length = max(1, len(tokens)) if unspaced < len(text) / 4 else max(1, unspaced // 2)
    cased = [token for token in tokens if token[0].lower() != token[0].upper()]
    ends_sentence = bool(SENTENCE_END.search(ending))
    return LineSigns(
        length=length,
        stems=_stems(folded),
        capitals=_share(sum(token[0].isupper() for token in cased[1:]), len(cased) - 1),
        upper=_share(sum(token.isupper() and len(token) > 1 for token in cased), len(cased)),
        digits=_share(sum(token[0].isdigit() for token in tokens), len(tokens)),
        short_words=_share(sum(len(token) <= 3 and token.islower() for token in tokens), len(tokens)),
        commas=min(1.0, 5 * len(COMMA.findall(text)) / length),
        separators=min(3, len(SEPARATOR.findall(text))),
        sentences=min(4, len(INNER_SENTENCE_END.findall(text)) + ends_sentence),
        ends_sentence=ends_sentence,
        ellipsis=bool(ELLIPSIS.search(ending)),
        colon=ending.endswith((":", "：")),
        cue=cues.shows(cues.FURNITURE, text, cues.REACH),
        credit=cues.shows(cues.CREDIT, text),
        byline=length <= LONG_LINE and cues.BYLINE.match(text) is not None,
        date=length <= LONG_LINE and cues.shows(cues.DATE, text),
        reading_time=length <= 8 and cues.shows(cues.READING_TIME, text),
        address=bool(cues.ADDRESS.search(text)),
        listed=line.listed,
        heading=line.heading,
    )


def _stems(folded: Sequence[str]) -> frozenset[str]:
    """The words that carry meaning, cut to their first letters; pairs of characters where no spaces are."""
    found: set[str] = set()
    for word, after in zip(folded, [*folded[1:], ""], strict=False):
        if is_unspaced(word):
            if is_unspaced(after):
                found.add(word + after)
            continue
        bare = word.removeprefix("ال")
        if len(bare) >= 4 or (len(bare) == 3 and bare > "\u0590"):
            found.add(bare[:STEM])
    return frozenset(found)


def _share(part: int, whole: int) -> float:
    return part / whole if whole > 0 else 0.0


def recurrence(signs: Sequence[LineSigns], prose: Sequence[bool]) -> list[float]:
    """For each line, the share of its words that stand in prose lines other than itself."""
    lines_with = Counter(stem for line, counts in zip(signs, prose, strict=True) if counts for stem in line.stems)
    shares = []
    for line, counts in zip(signs, prose, strict=True):
        own = 1 if counts else 0
        shares.append(_share(sum(lines_with[stem] > own for stem in line.stems), len(line.stems)))
    return shares


def main_run(signs: Sequence[LineSigns], weights: Sequence[float]) -> tuple[int, int]:
    """The half-open run of lines with the greatest sum of weights: where the article is."""
    best, best_run = 0.0, (0, len(signs))
    total, start = 0.0, 0
    for number, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, number
        total += weight
        if total > best:
            best, best_run = total, (start, number + 1)
    return best_run


def prose_weights(signs: Sequence[LineSigns]) -> list[float]:
    """The words of prose lines, less a step for each line that is none."""
    return [float(min(line.length, 80)) if line.prose and not line.cue else -float(FURNITURE_STEP) for line in signs]


def measure(lines: Sequence[Line]) -> list[list[float]]:
    """The features of a text's lines, from nothing but the lines."""
    signs = [signs_of(line) for line in lines]
    folded = [fold_text(line.text) for line in lines]
    seen = Counter(folded)
    shares = recurrence(signs, [line.prose for line in signs])
    return feature_rows(signs, shares, [seen[text] > 1 for text in folded])


OWN = (
    *("bias", "length", "one_or_two", "few", "middling", "long", "sentence_end", "sentences", "commas", "capitals"),
    *("upper", "digits", "short_words", "separators", "ellipsis", "colon", "cue", "cue_in_prose", "reading_time"),
    *("address", "listed", "heading", "repeated", "prose", "recurs", "recurs_short", "recurs_prose", "stemless"),
    *("credit", "credit_long", "byline", "date"),
)
NEIGHBOURS = (-2, -1, 1, 2)
NEIGHBOUR = ("length", "sentence_end", "prose", "cue", "recurs", "listed", "none")
PLACE = (
    "in_run",
    "before_run",
    "after_run",
    "mass_before",
    "mass_after",
    "mass_least",
    "long_around",
    "prose_around",
    "prose_above",
    "prose_below",
    "prose_both",
)
NAMES = (*OWN, *(f"{name}{at:+d}" for at in NEIGHBOURS for name in NEIGHBOUR), *PLACE)


def feature_rows(signs: Sequence[LineSigns], shares: Sequence[float], repeated: Sequence[bool]) -> list[list[float]]:
    """One row of numbers a line, in the order of NAMES, each about 0 to 1.

    `shares` are the lines' recurrence; `repeated` says which lines stand in the text more than once.
    """
    own = [_own_row(*measured) for measured in zip(signs, shares, repeated, strict=True)]
    places = _place_rows(signs)
    rows = []
    for number, row in enumerate(own):
        near: list[float] = []
        for at in NEIGHBOURS:
            near += _neighbour_row(signs, shares, number + at)
        rows.append([*row, *near, *places[number]])
    return rows


def _own_row(line: LineSigns, share: float, repeated: bool) -> list[float]:
    return [
        1.0,
        _scaled(line.length),
        float(line.length <= 2),
        float(3 <= line.length <= 5),
        float(6 <= line.length <= 11),
        float(line.length >= 25),
        float(line.ends_sentence),
        line.sentences / 4,
        line.commas,
        line.capitals,
        line.upper,
        line.digits,
        line.short_words,
        line.separators / 3,
        float(line.ellipsis),
        float(line.colon),
        float(line.cue),
        float(line.cue and line.prose),
        float(line.reading_time),
        float(line.address),
        float(line.listed),
        float(line.heading),
        float(repeated),
        float(line.prose),
        share,
        share if line.length < LONG_LINE else 0.0,
        share if line.prose else 0.0,
        float(not line.stems),
        float(line.credit),
        float(line.credit and line.length > 2 * LONG_LINE),
        float(line.byline),
        float(line.date),
    ]


def _neighbour_row(signs: Sequence[LineSigns], shares: Sequence[float], at: int) -> list[float]:
    if not 0 <= at < len(signs):
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    near = signs[at]
    flags = (near.ends_sentence, near.prose, near.cue)
    return [_scaled(near.length), *map(float, flags), shares[at], float(near.listed), 0.0]


def _place_rows(signs: Sequence[LineSigns]) -> list[list[float]]:
    weights = prose_weights(signs)
    start, end = main_run(signs, weights)
    total = sum(line.length for line in signs if line.prose) or 1
    above = _nearness([line.prose for line in signs])
    below = _nearness([line.prose for line in reversed(signs)])[::-1]
    before = 0
    rows = []
    for number, line in enumerate(signs):
        mass = line.length if line.prose else 0
        after = total - before - mass
        window = signs[max(0, number - 4) : number + 5]
        rows.append(
            [
                float(start <= number < end),
                min(1.0, (start - number) / 10) if number < start else 0.0,
                min(1.0, (number - end + 1) / 10) if number >= end else 0.0,
                before / total,
                after / total,
                min(before, after) / total,
                sum(near.length >= LONG_LINE for near in window) / len(window),
                sum(near.prose for near in window) / len(window),
                above[number],
                below[number],
                min(above[number], below[number]),
            ]
        )
        before += mass
    return rows


def _nearness(prose: Sequence[bool]) -> list[float]:
    """For each line, 1 over the number of lines back to the last prose line before it; 0 where there is none."""
    nearness = []
    distance = math.inf
    for is_prose in prose:
        distance += 1
        nearness.append(1 / distance)
        distance = 0 if is_prose else distance
    return nearness


def _scaled(length: int) -> float:
    return min(1.0, math.log1p(length) / 5)
