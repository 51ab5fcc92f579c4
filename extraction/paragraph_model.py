"""How likely a page's paragraphs belong to its article: two logistic models over `paragraph_features`.

`paragraph_model.json` holds their numbers; `python -m benchmarks.page_training` makes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path

from extraction.paragraph_features import NAMES

NUMBERS = Path(__file__).with_name("paragraph_model.json")


@dataclass(frozen=True, slots=True)
class ParagraphModel:
    """Weights in the order of NAMES, after a constant: of paragraphs that were taken, and of lines that were not."""

    stays: tuple[float, ...]
    joins: tuple[float, ...]

    def likelihood(self, row: Sequence[float], *, taken: bool) -> float:
        """From a paragraph's features, how likely it belongs to the article."""
        weights = self.stays if taken else self.joins
        score = weights[0] + sum(map(mul, row, weights[1:]))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def as_json(self) -> str:
        """The numbers by name, as they are shipped."""
        names = ("constant", *NAMES)
        parts = {"stays": self.stays, "joins": self.joins}
        named = {part: dict(zip(names, (round(w, 3) for w in weights), strict=True)) for part, weights in parts.items()}
        return json.dumps(named, indent=1) + "\n"


@cache
def shipped_model() -> ParagraphModel:
    """The model in `paragraph_model.json`."""
    stored: Mapping[str, Mapping[str, float]] = json.loads(NUMBERS.read_text(encoding="utf-8"))
    names = ("constant", *NAMES)
    return ParagraphModel(*(tuple(stored[part][name] for name in names) for part in ("stays", "joins")))
