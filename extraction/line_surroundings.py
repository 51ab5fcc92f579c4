"""What stands around a line of text, twenty lines far, and how it speaks of what the main run of prose speaks of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from extraction.line_signs import LineSigns

WINDOW = 20
"""Lines on each side."""
FAR = 99
"""Lines from which a sign of furniture is too far to tell anything."""
OFTEN = 3
"""One in so many prose lines of the run has a word that counts as one it speaks of all the time."""

SURROUNDINGS = (
    *("run_recurs", "run_recurs_often", "run_recurs_most", "recurs_anywhere"),
    *("stems", "words", "from_run_start", "to_run_end", "run_lines", "lines", "position", "run_mass", "prose_words"),
    *("wide_prose", "wide_prose_words", "wide_length", "wide_cues", "wide_listed", "wide_recurs", "wide_dates"),
    *("wide_sentences", "wide_capitals", "wide_digits", "mass_above", "mass_below", "cue_above", "cue_below"),
)


def surrounding_rows(signs: Sequence[LineSigns], shares: Sequence[float], run: tuple[int, int]) -> list[list[float]]:
    """One row of numbers a line, in the order of SURROUNDINGS; `run` is the main run of prose."""
    parts = (_topic_rows(signs, run), _extent_rows(signs, run), _window_rows(signs, shares), _cue_rows(signs))
    return [[*topic, *extent, *window, *cues] for topic, extent, window, cues in zip(*parts, strict=True)]


def _topic_rows(signs: Sequence[LineSigns], run: tuple[int, int]) -> list[list[float]]:
    """How many of a line's words the main run uses, uses often, uses more than the rest; or any other line."""
    start, end = run
    spoken = [line for line in signs[start:end] if line.prose]
    inside = Counter(stem for line in spoken for stem in line.stems)
    outside = Counter(stem for line in (*signs[:start], *signs[end:]) for stem in line.stems)
    anywhere = Counter(stem for line in signs for stem in line.stems)
    rows = []
    for number, line in enumerate(signs):
        own = 1 if line.prose and start <= number < end else 0
        uses = [(inside[stem] - own, stem) for stem in line.stems]
        size = max(1, len(uses))
        rows.append(
            [
                sum(count > 0 for count, _ in uses) / size,
                sum(min(1.0, OFTEN * count / max(1, len(spoken))) for count, _ in uses) / size,
                sum(count > outside[stem] for count, stem in uses) / size,
                sum(anywhere[stem] > 1 for _, stem in uses) / size,
            ]
        )
    return rows


def _extent_rows(signs: Sequence[LineSigns], run: tuple[int, int]) -> list[list[float]]:
    """How large the line, the main run and the text are, and how far they are apart."""
    start, end = run
    prose = sum(line.length for line in signs if line.prose)
    run_prose = sum(line.length for line in signs[start:end] if line.prose)
    whole = [math.log1p(end - start), math.log1p(len(signs))]
    return [
        [
            math.log1p(len(line.stems)),
            math.log1p(line.length),
            _signed_log(number - start),
            _signed_log(end - number),
            *whole,
            number / len(signs),
            run_prose / max(1, prose),
            math.log1p(prose),
        ]
        for number, line in enumerate(signs)
    ]


def _window_rows(signs: Sequence[LineSigns], shares: Sequence[float]) -> list[list[float]]:
    """Means over the lines around, and how much of all prose stands close above and close below."""
    size = len(signs)
    words = _Sums(line.length for line in signs)
    prose = _Sums(line.length if line.prose else 0 for line in signs)
    means = [
        _Sums(line.cue for line in signs),
        _Sums(line.listed for line in signs),
        _Sums(shares),
        _Sums(line.date for line in signs),
        _Sums(line.ends_sentence for line in signs),
        _Sums(line.capitals for line in signs),
        _Sums(line.digits for line in signs),
    ]
    lines = _Sums(line.prose for line in signs)
    total = max(1.0, prose.of(0, size))
    rows = []
    for number in range(size):
        first, last = max(0, number - WINDOW), min(size, number + WINDOW + 1)
        span = last - first
        rows.append(
            [
                lines.of(first, last) / span,
                prose.of(first, last) / max(1.0, words.of(first, last)),
                math.log1p(words.of(first, last) / span),
                *(sums.of(first, last) / span for sums in means),
                prose.of(first, number) / total,
                prose.of(number + 1, last) / total,
            ]
        )
    return rows


def _cue_rows(signs: Sequence[LineSigns]) -> list[list[float]]:
    """How far the nearest signs of furniture above and below are."""
    cues = [line.cue for line in signs]
    return [list(pair) for pair in zip(_distances(cues), _distances(cues[::-1])[::-1], strict=True)]


def _distances(marked: Sequence[bool]) -> list[float]:
    """For each line, the logarithm of the way back to the last marked line before it."""
    found = []
    distance = FAR
    for mark in marked:
        found.append(math.log1p(distance))
        distance = 1 if mark else min(FAR, distance + 1)
    return found


class _Sums:
    """Sums of any slice of some numbers."""

    def __init__(self, numbers: Iterable[float]) -> None:
        self._upto = [0.0, *accumulate(numbers)]

    def of(self, start: int, end: int) -> float:
        return self._upto[end] - self._upto[start]


def _signed_log(count: int) -> float:
    return math.copysign(math.log1p(abs(count)), count)
