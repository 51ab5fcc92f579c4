"""Floors under the quality of extraction on real pages: they are raised when it improves, never lowered.

The line model has seen the texts it is judged on here; `python -m benchmarks.extraction --cv` says what it does on
publishers it has not seen (line F1 .83).
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.extraction import html, lines

LINE_F1 = 0.84
PAGE_F1 = {"sh": 0.960, "fundus": 0.939}
TITLE_EXACT = 0.87
EVERY = 2
"""One page in so many is judged, so that the whole takes seconds."""


@pytest.fixture(scope="module")
def evaluation(shared: Path) -> Path:
    return shared / "data" / "extraction"


@pytest.fixture(scope="module")
def answers(evaluation: Path) -> dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]:
    index = json.loads((evaluation / "index.json").read_text("utf-8"))
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for name in PAGE_F1:
        chosen = [page for page in index if page["set"] == name][::EVERY]
        found[name] = [
            (page, html(gzip.decompress((evaluation / page["file"]).read_bytes()), page.get("url"))) for page in chosen
        ]
    return found


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))) if words else Counter()


def page_f1(pages: list[tuple[dict[str, Any], dict[str, Any]]]) -> float:
    """The harmonic mean of precision and recall of four-word shingles, each averaged over pages."""
    precision, recall = [], []
    for page, answer in pages:
        want, got = shingles(page["body"]), shingles(answer["text"])
        both = sum((want & got).values())
        precision.append(both / max(1, sum(got.values())))
        recall.append(both / max(1, sum(want.values())))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    return 2 * p * r / (p + r)


@pytest.mark.parametrize("name", PAGE_F1)
def test_the_article_of_a_page_is_found(name: str, answers: dict[str, Any]) -> None:
    assert page_f1(answers[name]) >= PAGE_F1[name]


def test_titles_are_the_pages_own(answers: dict[str, Any]) -> None:
    def plain(text: str) -> str:
        return re.sub(r"\W+", " ", text).strip().lower()

    titled = [(page, answer) for page, answer in answers["fundus"] if page.get("title")]
    exact = sum(plain(page["title"]) == plain(answer["title"] or "") for page, answer in titled)
    assert exact / len(titled) >= TITLE_EXACT


def test_the_article_of_a_plain_text_is_found(evaluation: Path) -> None:
    both = kept = wanted = 0
    with gzip.open(evaluation / "lines.jsonl.gz", "rt", encoding="utf-8") as stream:
        for text in map(json.loads, stream):
            for keep, want in zip(lines(text["lines"]), text["keep"], strict=True):
                both += bool(keep and want)
                kept += keep
                wanted += want
    assert 2 * both / (kept + wanted) >= LINE_F1
