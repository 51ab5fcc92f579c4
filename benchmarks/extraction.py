"""Extraction measured, and its line model trained.

    python -m benchmarks.extraction --cv DIR        plain-text lines, every publisher held out once
    python -m benchmarks.extraction --train DIR     writes extraction/line_model.json from all of DIR

DIR holds index.json and lines.jsonl.gz: pages rendered to lines, `keep` saying which belong to the article's body.
`html` and `lines` are the adapters that an article scorer wants.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np
from courlan import extract_domain

from benchmarks.training import FOLDS, chosen_work, fold_of, likelihood, ridge_logistic
from extraction import extract
from extraction.cleaning import clean
from extraction.line_features import NAMES, measure
from extraction.line_model import NUMBERS, LineModel, Weighing, shortness
from extraction.paragraph_model import ParagraphModel
from extraction.text_lines import LIST_MARK, Line
from extraction.text_zones import zone_lines
from wirewatch.errors import ExtractionError
from wirewatch.model import Item, Zone

BODY_ZONES = frozenset({Zone.STANDFIRST, Zone.SUBHEAD, Zone.BODY})

PARTS = 4
"""Of the texts a model is trained on, to choose its threshold on publishers unseen."""
SHORT_COPIES = 4
"""Cut copies of each text that are trained on beside it: news files are often much shorter than rendered pages."""
SHORT_WEIGHT = 0.5
RIDGE = 10.0
THRESHOLDS = [step / 100 for step in range(20, 71)]
AS_GOOD = 0.003
"""Thresholds whose F1 is that close to the best are taken for equally good: the one in their middle is chosen."""
SEED = 5


# -- adapters ---------------------------------------------------------------------------------------------------------


def html(page: bytes, url: str | None, model: ParagraphModel | None = None) -> dict[str, Any]:
    """Standfirst and body, title, authors and date of a page; empty where it gives none."""
    item = Item("benchmark", url or "https://site.example/article", page, "text/html", datetime.now(UTC))
    try:
        article = extract(item, model)
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
    return kept(as_lines(raw))


def kept(lines: Sequence[Line], model: LineModel | None = None) -> list[bool]:
    """For each line, whether it belongs to the article's standfirst or body, subheads included."""
    return [block.zone in BODY_ZONES for block in zone_lines(lines, model).blocks]


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


@dataclass(frozen=True)
class Measured:
    """A text, or a cut copy of one, for training: features of its lines, which to keep."""

    rows: np.ndarray
    keep: np.ndarray
    is_cut: bool
    publisher: str

    def part(self, parts: int) -> int:
        """Texts of one publisher are never apart; not the same parts as the folds."""
        return crc32(b"part " + self.publisher.encode()) % parts


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


def measured(examples: Iterable[Example]) -> list[Measured]:
    """All texts, with their cut copies."""
    chance = random.Random(SEED)
    found: list[Measured] = []
    for example in examples:
        copies = [example]
        if sum(example.keep) >= 3:
            copies += [_cut_copy(example, chance) for _ in range(SHORT_COPIES)]
        for copy in copies:
            rows, keep = np.array(measure(copy.lines)), np.array(copy.keep, dtype=float)
            found.append(Measured(rows, keep, copy is not example, example.publisher))
    return found


def _cut_copy(example: Example, chance: random.Random) -> Example:
    """A few paragraphs in a row, with a few of the lines above and below the article."""
    body = [number for number, keep in enumerate(example.keep) if keep]
    size = min(chance.randint(2, 8), len(body))
    start = chance.randint(0, len(body) - size)
    above = range(max(0, body[0] - chance.randint(0, 10)), body[0])
    below = range(body[-1] + 1, min(len(example.lines), body[-1] + 1 + chance.randint(0, 12)))
    chosen = [*above, *range(body[start], body[start + size - 1] + 1), *below]
    return Example([example.lines[n] for n in chosen], [example.keep[n] for n in chosen], example.publisher)


def fit(texts: Sequence[Measured]) -> LineModel:
    """The weights from all texts, the thresholds from what models say of publishers that they have not seen."""
    whole: list[tuple[np.ndarray, np.ndarray]] = []
    cut: list[tuple[np.ndarray, np.ndarray]] = []
    for part in range(PARTS):
        weights = _weights([text for text in texts if text.part(PARTS) != part])
        for text in texts:
            if text.part(PARTS) == part:
                (cut if text.is_cut else whole).append((likelihood(_by_size(text), weights), text.keep))
    long, more_if_short = np.split(_weights(texts), 2)
    return LineModel(
        Weighing(_best_threshold(whole), tuple(map(float, long))),
        Weighing(_best_threshold(cut), tuple(map(float, long + more_if_short))),
    )


def _by_size(text: Measured) -> np.ndarray:
    """Every column twice: as it is, and as far as the text is short."""
    return np.hstack([text.rows, shortness(len(text.rows)) * text.rows])


def _weights(texts: Sequence[Measured]) -> np.ndarray:
    """Fitted on columns of one mean and spread, so that the ridge weighs on all alike; the first is the bias."""
    rows = np.vstack([_by_size(text) for text in texts])
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    mean[0], spread[0] = 0.0, 1.0
    spread[spread == 0] = 1.0
    keep = np.concatenate([text.keep for text in texts])
    worth = np.concatenate([np.full(len(text.keep), SHORT_WEIGHT if text.is_cut else 1.0) for text in texts])
    weights: np.ndarray = ridge_logistic((rows - mean) / spread, keep, worth, RIDGE) / spread
    weights[0] -= weights @ mean
    return weights


def _best_threshold(judged: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Of likelihoods and what to keep, text by text."""
    chances, keep = (np.concatenate(column) for column in zip(*judged, strict=True))
    scores = {limit: _f1(zip(chances >= limit, keep > 0, strict=True)) for limit in THRESHOLDS}
    best = max(scores.values())
    return statistics.median(limit for limit, score in scores.items() if score >= best - AS_GOOD)


def _f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    """Of (taken, right) pairs."""
    both = taken = right = 0
    for is_taken, is_right in pairs:
        both += is_taken and is_right
        taken += is_taken
        right += is_right
    return 2 * both / (taken + right) if taken + right else 0.0


def cross_validate(examples: Sequence[Example]) -> None:
    """Print the line F1 of texts and of their cut copies, every publisher judged by a model that has not seen it."""
    texts = measured(examples)
    whole: list[tuple[bool, bool]] = []
    cut: list[tuple[bool, bool]] = []
    for fold in range(FOLDS):
        model = fit([text for text in texts if fold_of(text.publisher) != fold])
        for example in examples:
            if fold_of(example.publisher) == fold:
                whole += zip(kept(example.lines, model), example.keep, strict=True)
        for text in texts:
            if fold_of(text.publisher) == fold and text.is_cut:
                cut += zip(model.accepts(text.rows.tolist()), text.keep > 0, strict=True)
        print(f"fold {fold + 1} of {FOLDS}: F1 so far {_f1(whole):.3f}, of cut copies {_f1(cut):.3f}", flush=True)
    print(f"line F1, publishers held out: {_f1(whole):.3f}; of cut copies, before joining: {_f1(cut):.3f}")


def main() -> None:
    """Train or cross-validate the line model."""
    chosen = chosen_work(__doc__ or "", NUMBERS)
    examples = read_examples(chosen.folder)
    if chosen.cv:
        cross_validate(examples)
        return
    model = fit(measured(examples))
    NUMBERS.write_text(model.as_json(), encoding="utf-8")
    thresholds = f"{model.long.threshold:.2f} and {model.short.threshold:.2f}"
    print(f"{NUMBERS}: thresholds {thresholds}, {len(NAMES)} weights twice, from {len(examples)} texts")


if __name__ == "__main__":
    main()
