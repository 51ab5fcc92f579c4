"""The model that judges a page's paragraphs, trained and scored on publishers it has not seen.

    python -m benchmarks.page_training --cv DIR      every publisher held out once
    python -m benchmarks.page_training --train DIR   writes extraction/paragraph_model.json from all of DIR

DIR holds index.json and pages/. Pages with marker sentences only are never trained on. Needs numpy.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from courlan import extract_domain

from benchmarks.page_scores import shingles, show_scores
from benchmarks.training import FOLDS, chosen_work, fold_of, ridge_logistic
from extraction.article_parts import article_blocks
from extraction.cleaning import words_of
from extraction.decoding import decode
from extraction.drafts import WordIndex
from extraction.markup import SeenPage, declared_charset, parse_page, seen_lines
from extraction.page_metadata import page_metadata
from extraction.paragraph_features import NAMES, PageSays, Surroundings
from extraction.paragraph_model import NUMBERS, ParagraphModel, shipped_model
from extraction.paragraphs import in_page_order, page_lines
from extraction.second_opinion import completed, quick_text

RIDGE = 2.0
IN_BODY = 0.6
"""Share of a paragraph's four-word shingles in the reference from which it is the article's."""
EVERY_PARAGRAPH = 0.005
"""What a paragraph weighs besides its share of the words: short lines count too."""
WEIGHT = 40.0
SHORTEST = 50


@dataclass(frozen=True)
class Example:
    """One page: features of its paragraphs, which were taken, which are the article's, and what each weighs."""

    publisher: str
    rows: np.ndarray
    taken: np.ndarray
    right: np.ndarray
    weights: np.ndarray


def publisher_of(page: dict[str, Any]) -> str:
    """The site, by which pages are held out together."""
    domain = extract_domain(page.get("url") or "", fast=True) if page.get("url") else None
    return domain or page["id"].rsplit("/", 1)[-1].split("_")[0]


def example(page: dict[str, Any], raw: bytes) -> Example | None:
    """The paragraphs of a page with a full reference body; None where it has none."""
    html = decode(raw, declared=declared_charset(raw, "text/html"))
    tree = parse_page(html)
    if tree is None:
        return None
    seen = SeenPage(tree, page.get("url") or "", seen_lines(tree))
    said = page_metadata(seen)
    lines = page_lines(seen.lines)
    quick = quick_text(html)
    found = completed(article_blocks(tree, page.get("url")), quick, tree)
    paragraphs = in_page_order(found, lines)
    around = Surroundings(paragraphs, lines, PageSays(said.title or "", said.description or "", WordIndex(quick)))
    chosen = [n for n, paragraph in enumerate(paragraphs) if paragraph.taken or around.may_belong(n)]
    if not chosen:
        return None
    reference, whole = shingles(page["body"]), f" {' '.join(words_of(page['body']))} "
    texts = [paragraphs[n].text for n in chosen]
    size = max(SHORTEST, len(words_of(page["body"])))
    return Example(
        publisher_of(page),
        np.array([[1.0, *around.measure(n)] for n in chosen]),
        np.array([paragraphs[n].taken for n in chosen]),
        np.array([float(_is_body(text, reference, whole)) for text in texts]),
        np.array([(max(1, len(words_of(text))) / size + EVERY_PARAGRAPH) * WEIGHT for text in texts]),
    )


def _is_body(text: str, reference: Counter[tuple[str, ...]], whole: str) -> bool:
    own = shingles(text)
    return f" {' '.join(words_of(text))} " in whole or (own & reference).total() > IN_BODY * max(1, own.total())


def fit(examples: Iterable[Example]) -> ParagraphModel:
    """Two ridge logistic regressions by Newton's method."""
    chosen = list(examples)

    def weights(*, taken: bool) -> tuple[float, ...]:
        masks = [one.taken == taken for one in chosen]
        rows = np.vstack([one.rows[mask] for one, mask in zip(chosen, masks, strict=True)])
        right = np.concatenate([one.right[mask] for one, mask in zip(chosen, masks, strict=True)])
        worth = np.concatenate([one.weights[mask] for one, mask in zip(chosen, masks, strict=True)])
        return tuple(float(weight) for weight in ridge_logistic(rows, right, worth, RIDGE))

    return ParagraphModel(stays=weights(taken=True), joins=weights(taken=False))


def read_pages(folder: Path) -> list[tuple[dict[str, Any], bytes]]:
    """All pages of an evaluation folder with what is known of them."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [(page, gzip.decompress((folder / page["file"]).read_bytes())) for page in index]


def cross_validate(pages: Sequence[tuple[dict[str, Any], bytes]], examples: Sequence[Example]) -> None:
    """Print what the whole extraction scores where every publisher is judged by a model that has not seen it."""
    from benchmarks.extraction import html

    models = [fit(one for one in examples if fold_of(one.publisher) != fold) for fold in range(FOLDS)]
    show_scores([(page, html(raw, page.get("url"), models[fold_of(publisher_of(page))])) for page, raw in pages])


def main() -> None:
    """Train or cross-validate the paragraph model."""
    chosen = chosen_work(__doc__ or "", NUMBERS)
    pages = read_pages(chosen.folder)
    examples = [one for page, raw in pages if "body" in page and (one := example(page, raw))]
    if chosen.cv:
        cross_validate(pages, examples)
        return
    NUMBERS.write_text(fit(examples).as_json(), encoding="utf-8")
    shipped_model.cache_clear()
    print(f"{NUMBERS}: {len(NAMES)} weights twice, from {sum(len(one.rows) for one in examples)} paragraphs")


if __name__ == "__main__":
    main()
