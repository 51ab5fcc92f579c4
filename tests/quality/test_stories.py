"""Floors for stories: how well reports of one affair are linked, and copies of real articles found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
import yaml

import alerts
from alerts.novelty import SAME_AFFAIR, affair_share, rarity_by
from benchmarks.stories import evaluate, real_bodies
from wirewatch.folding import folded_words
from wirewatch.identity import digest
from wirewatch.model import Article, Block, Zone
from wirewatch.stories import Traced

SUBJECTS = yaml.safe_load(Path(__file__).with_name("story_pairs.yaml").read_text("utf-8"))


def traced(report: str) -> Traced:
    title, _, body = report.partition("\n")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    blocks = (Block(title, Zone.HEADLINE), Block(body.strip(), Zone.BODY))
    key = digest(report)
    return alerts.trace(Article(key, f"https://{key.hex()}.example/", title, blocks, "wire", now, key))


def pairs(subject: dict[str, object], counts: dict[str, int]) -> Iterator[tuple[bool, bool]]:
    """For each pair of reports of a subject: whether it is one affair, and whether it is linked."""
    affairs = subject["affairs"]
    assert isinstance(affairs, list)
    reports = [(number, traced(report)) for number, affair in enumerate(affairs) for report in affair]
    term = folded_words(str(subject["term"]))[0]
    for report in (report for affair in affairs for report in affair):
        assert any(word.startswith(term) for word in folded_words(report)), f"{term} is not in {report}"
    for (one, first), (other, second) in combinations(reports, 2):
        yield one == other, affair_share(first, second, rarity_by(counts)) >= SAME_AFFAIR


def figures(counts: dict[str, int], *, half: str) -> tuple[float, float]:
    """Precision and recall of links."""
    chosen = [subject for subject in SUBJECTS if subject.get("half", "first") == half]
    judged = [pair for subject in chosen for pair in pairs(subject, counts)]
    right = sum(same and linked for same, linked in judged)
    return right / sum(linked for _, linked in judged), right / sum(same for same, _ in judged)


def test_the_set_is_large_and_half_of_it_hard() -> None:
    judged = [same for subject in SUBJECTS for same, _ in pairs(subject, {})]
    assert len(judged) >= 200
    assert judged.count(False) >= len(judged) / 2


@pytest.mark.parametrize("half", ["first", "second"])
@pytest.mark.parametrize("archive", ["new", "filled"])
def test_links_are_right(half: str, archive: str) -> None:
    counts: dict[str, int] = {}
    if archive == "filled":
        reports = [traced(report) for subject in SUBJECTS for affair in subject["affairs"] for report in affair]
        for report in reports:
            for word in ("", *report.words):
                counts[word] = counts.get(word, 0) + 1
    precision, recall = figures(counts, half=half)
    print(f"{half} half, {archive} archive: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.95
    assert recall >= 0.7


def test_copies_are_found(shared: Path) -> None:
    found = evaluate(real_bodies()[::2])
    for band, (there, made) in found.recall.items():
        assert there / made >= 0.95, band
    assert found.right / found.links >= 0.97
