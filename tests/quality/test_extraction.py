"""Floors under the quality of extraction on real pages: they are raised when it improves, never lowered.

Both models have seen the texts they are judged on here (the pages of `traf` they have not):
`python -m benchmarks.extraction --cv` and `python -m benchmarks.page_training --cv` say what they do on publishers they
have not seen (line F1 .860; pages: docs/benchmarks.md).
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.extraction import html, lines
from benchmarks.page_scores import Answer, body_f1, exact_share, marker_f1, names_outside

LINE_F1 = 0.886
PAGE_F1 = {"sh": 0.975, "fundus": 0.954}
MARKER_F1 = 0.97
EXACT = {"title": 0.87, "date": 0.985, "authors": 0.85}
MOST_NAMES_OUTSIDE = 0.062
NAMES_KEPT = 0.975
EVERY = {"sh": 2, "fundus": 2, "traf": 4}
"""One page in so many is judged, so that the whole takes seconds."""


@pytest.fixture(scope="module")
def evaluation(shared: Path) -> Path:
    return shared / "data" / "extraction"


@pytest.fixture(scope="module")
def answers(evaluation: Path) -> dict[str, list[Answer]]:
    index = json.loads((evaluation / "index.json").read_text("utf-8"))
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for name, every in EVERY.items():
        chosen = [page for page in index if page["set"] == name][::every]
        found[name] = [
            (page, html(gzip.decompress((evaluation / page["file"]).read_bytes()), page.get("url"))) for page in chosen
        ]
    return found


@pytest.mark.parametrize("name", PAGE_F1)
def test_the_article_of_a_page_is_found(name: str, answers: dict[str, list[Answer]]) -> None:
    assert body_f1(answers[name]) >= PAGE_F1[name]


def test_what_must_and_must_not_be_found_on_pages_never_trained_on(answers: dict[str, list[Answer]]) -> None:
    assert marker_f1(answers["traf"]) >= MARKER_F1


@pytest.mark.parametrize("field", EXACT)
def test_titles_dates_and_authors_are_the_pages_own(field: str, answers: dict[str, list[Answer]]) -> None:
    assert exact_share(answers["fundus"], field) >= EXACT[field]


def test_few_names_are_kept_that_stand_beside_the_article(answers: dict[str, list[Answer]]) -> None:
    outside, kept = names_outside([*answers["sh"], *answers["fundus"]])
    assert outside <= MOST_NAMES_OUTSIDE
    assert kept >= NAMES_KEPT


def test_the_article_of_a_plain_text_is_found(evaluation: Path) -> None:
    both = kept = wanted = 0
    with gzip.open(evaluation / "lines.jsonl.gz", "rt", encoding="utf-8") as stream:
        for text in map(json.loads, stream):
            for keep, want in zip(lines(text["lines"]), text["keep"], strict=True):
                both += bool(keep and want)
                kept += keep
                wanted += want
    assert 2 * both / (kept + wanted) >= LINE_F1
