"""Extraction measured, and its line model trained.

    python -m benchmarks.extraction --cv DIR        plain-text lines, every publisher held out once
    python -m benchmarks.extraction --train DIR     writes extraction/line_model.json from all of DIR

DIR holds index.json and lines.jsonl.gz: pages rendered to lines, `keep` saying which belong to the article's body.
`html` and `lines` are the adapters that an article scorer wants.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from courlan import extract_domain

from extraction import extract
from extraction.cleaning import clean
from extraction.line_features import NAMES, measure
from extraction.line_model import NUMBERS, LineModel
from extraction.text_lines import LIST_MARK, Line
from extraction.text_zones import article_lines
from wirewatch.errors import ExtractionError
from wirewatch.model import Item, Zone

BODY_ZONES = frozenset({Zone.STANDFIRST, Zone.SUBHEAD, Zone.BODY})

FOLDS = 5
SHORT_COPIES = 4
"""Cut copies of each text that are trained on beside it: news files are often much shorter than rendered pages."""
SHORT_WEIGHT = 0.5
EPOCHS = 24
RATE = 0.25
DECAY = 2e-6
"""Of every weight at every step: keeps the numbers small, as a ridge penalty would."""
THRESHOLDS = [step / 100 for step in range(30, 61)]
SEED = 5


# -- adapters ---------------------------------------------------------------------------------------------------------


def html(page: bytes, url: str | None) -> dict[str, Any]:
    """Standfirst and body, title, authors and date of a page; empty where it gives none."""
    item = Item("benchmark", url or "https://site.example/article", page, "text/html", datetime.now(UTC))
    try:
        article = extract(item)
    except ExtractionError:
        return {"text": "", "title": None, "authors": [], "date": None}
    return {
        "text": "\n".join(block.text for block in article.blocks if block.zone in BODY_ZONES),
        "title": article.title,
        "authors": article.byline.split(", ") if article.byline else [],
        "date": article.published_at and article.published_at.isoformat(),
    }


def lines(raw: list[str]) -> list[bool]:
    """Which lines of a page rendered to text belong to its article."""
    return article_lines(as_lines(raw))


def as_lines(raw: Iterable[str]) -> list[Line]:
    """Rendered lines as the zoner reads them from a file."""
    return [Line(text, listed=LIST_MARK.match(text) is not None) for text in map(clean, raw)]


# -- training ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """One text: its lines, which of them to keep, and its publisher."""

    lines: list[Line]
    keep: list[bool]
    publisher: str

    @property
    def fold(self) -> int:
        """Texts of one publisher are never apart."""
        return crc32(self.publisher.encode()) % FOLDS


Row = tuple[list[float], float, float]
"""Features, whether to keep the line (1.0 or 0.0), and what the row weighs."""


def read_examples(folder: Path) -> list[Example]:
    """All texts of an evaluation folder."""
    urls = {page["id"]: page.get("url") for page in json.loads((folder / "index.json").read_text(encoding="utf-8"))}
    examples = []
    with gzip.open(folder / "lines.jsonl.gz", "rt", encoding="utf-8") as stream:
        for text in map(json.loads, stream):
            url = urls.get(text["id"]) or text["id"]
            publisher = extract_domain(url, fast=True) or urlsplit(url).netloc or url
            examples.append(Example(as_lines(text["lines"]), [bool(keep) for keep in text["keep"]], publisher))
    return examples


def training_rows(examples: Iterable[Example]) -> list[Row]:
    """The rows of all texts and of their cut copies."""
    chance = random.Random(SEED)
    rows: list[Row] = []
    for example in examples:
        copies = [(example, 1.0)]
        if sum(example.keep) >= 3:
            copies += [(_cut_copy(example, chance), SHORT_WEIGHT) for _ in range(SHORT_COPIES)]
        for copy, weight in copies:
            rows += [(row, float(keep), weight) for row, keep in zip(measure(copy.lines), copy.keep, strict=True)]
    return rows


def _cut_copy(example: Example, chance: random.Random) -> Example:
    """A few paragraphs in a row, with a few of the lines above and below the article."""
    body = [number for number, keep in enumerate(example.keep) if keep]
    size = min(chance.randint(2, 8), len(body))
    start = chance.randint(0, len(body) - size)
    above = range(max(0, body[0] - chance.randint(0, 10)), body[0])
    below = range(body[-1] + 1, min(len(example.lines), body[-1] + 1 + chance.randint(0, 12)))
    chosen = [*above, *range(body[start], body[start + size - 1] + 1), *below]
    return Example([example.lines[n] for n in chosen], [example.keep[n] for n in chosen], example.publisher)


def fit(rows: Sequence[Row]) -> LineModel:
    """Logistic regression by averaged stochastic gradient descent; the threshold that gives the best F1 on the rows."""
    chance = random.Random(SEED)
    order = list(rows)
    weights = [0.0] * len(NAMES)
    total = [0.0] * len(NAMES)
    for epoch in range(EPOCHS):
        chance.shuffle(order)
        rate = RATE / (1 + epoch)
        for features, keep, worth in order:
            error = worth * rate * (keep - LineModel(0.5, tuple(weights)).likelihood(features))
            weights = [
                weight * (1 - DECAY) + error * feature for weight, feature in zip(weights, features, strict=True)
            ]
        if epoch >= EPOCHS // 2:
            total = [sum(pair) for pair in zip(total, weights, strict=True)]
    mean = tuple(weight / (EPOCHS - EPOCHS // 2) for weight in total)
    scored = [(LineModel(0.5, mean).likelihood(features), keep > 0) for features, keep, worth in rows if worth == 1.0]
    best = max(THRESHOLDS, key=lambda limit: _f1((score >= limit, keep) for score, keep in scored))
    return LineModel(best, mean)


def _f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    """Of (taken, right) pairs."""
    both = taken = right = 0
    for is_taken, is_right in pairs:
        both += is_taken and is_right
        taken += is_taken
        right += is_right
    return 2 * both / (taken + right) if taken + right else 0.0


def cross_validate(examples: Sequence[Example]) -> float:
    """Line F1 with every publisher judged by a model that has not seen it."""
    pairs: list[tuple[bool, bool]] = []
    for fold in range(FOLDS):
        model = fit(training_rows(example for example in examples if example.fold != fold))
        for example in examples:
            if example.fold == fold:
                pairs += zip(article_lines(example.lines, model), example.keep, strict=True)
        print(f"fold {fold + 1} of {FOLDS}: F1 so far {_f1(pairs):.3f}", flush=True)
    return _f1(pairs)


def main() -> None:
    """Train or cross-validate the line model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--cv", action="store_true", help="score with every publisher held out once")
    what.add_argument("--train", action="store_true", help=f"write {NUMBERS.name}")
    chosen = parser.parse_args()
    examples = read_examples(chosen.folder)
    if chosen.cv:
        print(f"line F1, publishers held out: {cross_validate(examples):.3f}")
        return
    model = fit(training_rows(examples))
    NUMBERS.write_text(model.as_json(), encoding="utf-8")
    print(f"{NUMBERS}: threshold {model.threshold:.2f}, {len(NAMES)} weights from {len(examples)} texts")


if __name__ == "__main__":
    main()
