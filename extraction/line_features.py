"""A line of text as numbers: its own signs, those of its neighbours, and where it stands in the text.

`line_model` weighs them. The wider surroundings are in `line_surroundings`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from extraction.line_signs import LONG_LINE, LineSigns, recurrence, signs_of
from extraction.line_surroundings import SURROUNDINGS, surrounding_rows
from extraction.text_lines import Line
from wirewatch.folding import fold_text

FURNITURE_STEP = 6
"""What a line that is no prose takes from a run of prose, in words."""


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
    *("credit", "credit_long", "byline", "date", "begins_small", "breadth", "quotes", "asks", "exclaims"),
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
NAMES = (*OWN, *(f"{name}{at:+d}" for at in NEIGHBOURS for name in NEIGHBOUR), *PLACE, *SURROUNDINGS)


def feature_rows(signs: Sequence[LineSigns], shares: Sequence[float], repeated: Sequence[bool]) -> list[list[float]]:
    """One row of numbers a line, in the order of NAMES, each about 0 to 1.

    `shares` are the lines' recurrence; `repeated` says which lines stand in the text more than once.
    """
    own = [_own_row(*measured) for measured in zip(signs, shares, repeated, strict=True)]
    run = main_run(signs, prose_weights(signs))
    places = _place_rows(signs, run)
    around = surrounding_rows(signs, shares, run)
    rows = []
    for number, row in enumerate(own):
        near: list[float] = []
        for at in NEIGHBOURS:
            near += _neighbour_row(signs, shares, number + at)
        rows.append([*row, *near, *places[number], *around[number]])
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
        float(line.begins_small),
        math.log1p(line.breadth),
        math.log1p(line.quotes),
        float(line.asks),
        float(line.exclaims),
    ]


def _neighbour_row(signs: Sequence[LineSigns], shares: Sequence[float], at: int) -> list[float]:
    if not 0 <= at < len(signs):
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    near = signs[at]
    flags = (near.ends_sentence, near.prose, near.cue)
    return [_scaled(near.length), *map(float, flags), shares[at], float(near.listed), 0.0]


def _place_rows(signs: Sequence[LineSigns], run: tuple[int, int]) -> list[list[float]]:
    start, end = run
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
