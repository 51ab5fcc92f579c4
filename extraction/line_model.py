"""How likely each line of a text is part of its article: a logistic model over `line_features`.

`line_model.json` holds its numbers; `python -m benchmarks.extraction --train` makes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path
from typing import Any

from extraction.line_features import NAMES

NUMBERS = Path(__file__).with_name("line_model.json")

SHORT_TEXT, LONG_TEXT = 40, 150
"""Lines up to which a text is weighed as a short one, and from which as a page with all that stands around it."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights in the order of `line_features.NAMES`; from `threshold` on a line counts as the article's."""

    threshold: float
    weights: tuple[float, ...]

    def mixed(self, other: Weighing, part: float) -> Weighing:
        """Between the two, `part` of the other."""
        weights = ((1 - part) * one + part * another for one, another in zip(self.weights, other.weights, strict=True))
        return Weighing((1 - part) * self.threshold + part * other.threshold, tuple(weights))

    def accepts(self, row: Sequence[float]) -> bool:
        """Whether a line with these features is taken for the article's."""
        return logistic(sum(map(mul, row, self.weights))) >= self.threshold

    def by_name(self) -> dict[str, object]:
        """As it is shipped."""
        weights = {name: round(weight, 4) for name, weight in zip(NAMES, self.weights, strict=True)}
        return {"threshold": round(self.threshold, 3), "weights": weights}


@dataclass(frozen=True, slots=True)
class LineModel:
    """How the lines of long and of short texts are weighed; those of texts between them, by something between."""

    long: Weighing
    short: Weighing

    def accepts(self, rows: Sequence[Sequence[float]]) -> list[bool]:
        """For each line of a text, by its features, whether it is taken for the article's."""
        weighing = self.long.mixed(self.short, shortness(len(rows)))
        return [weighing.accepts(row) for row in rows]

    def as_json(self) -> str:
        """The numbers by name, as they are shipped."""
        return json.dumps({"long": self.long.by_name(), "short": self.short.by_name()}, indent=1) + "\n"


def shortness(lines: int) -> float:
    """1 for a short text, 0 for a long one, by its lines."""
    place = math.log(LONG_TEXT / max(1, lines)) / math.log(LONG_TEXT / SHORT_TEXT)
    return max(0.0, min(1.0, place))


@cache
def shipped_model() -> LineModel:
    """The model in `line_model.json`."""
    stored = json.loads(NUMBERS.read_text(encoding="utf-8"))
    return LineModel(*(_weighing(stored[size]) for size in ("long", "short")))


def _weighing(stored: Mapping[str, Any]) -> Weighing:
    return Weighing(stored["threshold"], tuple(stored["weights"][name] for name in NAMES))


def logistic(score: float) -> float:
    """Of any size without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
