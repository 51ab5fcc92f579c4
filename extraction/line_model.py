"""How likely each line of a text is part of its article: a logistic model over `line_features`.

`line_model.json` holds its numbers; `python -m benchmarks.extraction --train` makes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from operator import mul
from pathlib import Path

from extraction.line_features import NAMES

NUMBERS = Path(__file__).with_name("line_model.json")


@cache
def _numbers() -> tuple[float, tuple[float, ...]]:
    stored = json.loads(NUMBERS.read_text(encoding="utf-8"))
    return stored["threshold"], tuple(stored["weights"][name] for name in NAMES)


def threshold() -> float:
    """The likelihood from which a line counts as the article's."""
    return _numbers()[0]


def likelihoods(rows: Sequence[Sequence[float]]) -> list[float]:
    """For each line's features, how likely it is that the line belongs to the article."""
    weights = _numbers()[1]
    return [logistic(sum(map(mul, row, weights))) for row in rows]


def logistic(score: float) -> float:
    """Of any size without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
