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

from extraction.line_features import NAMES

NUMBERS = Path(__file__).with_name("line_model.json")


@dataclass(frozen=True, slots=True)
class LineModel:
    """`weights` are in the order of `line_features.NAMES`; from `threshold` on a line counts as the article's."""

    threshold: float
    weights: tuple[float, ...]

    def likelihood(self, row: Sequence[float]) -> float:
        """From a line's features, how likely it belongs to the article."""
        return logistic(sum(map(mul, row, self.weights)))

    def accepts(self, rows: Sequence[Sequence[float]]) -> list[bool]:
        """For each line's features, whether the line is taken for the article's."""
        return [self.likelihood(row) >= self.threshold for row in rows]

    def as_json(self) -> str:
        """The numbers by name, as they are shipped."""
        weights = {name: round(weight, 3) for name, weight in zip(NAMES, self.weights, strict=True)}
        return json.dumps({"threshold": round(self.threshold, 3), "weights": weights}, indent=1) + "\n"


@cache
def shipped_model() -> LineModel:
    """The model in `line_model.json`."""
    stored = json.loads(NUMBERS.read_text(encoding="utf-8"))
    weights: Mapping[str, float] = stored["weights"]
    return LineModel(stored["threshold"], tuple(weights[name] for name in NAMES))


def logistic(score: float) -> float:
    """Of any size without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
