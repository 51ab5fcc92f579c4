"""Floors for stories: how well reports of one affair are linked, and copies of real articles found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
import yaml

import alerts
import storage
from alerts.novelty import SAME_AFFAIR, Rarity, affair_share
from benchmarks.stories import evaluate, real_bodies
from benchmarks.story_articles import hit_in
from flows.files import article_of_file
from wirewatch.folding import folded_words
from wirewatch.identity import digest
from wirewatch.model import Article, Block, Zone
from wirewatch.novelty import Novelty
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
        yield one == other, affair_share(first, second, Rarity(counts)) >= SAME_AFFAIR


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


def test_reports_find_each_other_in_a_store(tmp_path: Path) -> None:
    """All reports as they come in: each but the first of its affair is linked to one of its own, hardly any astray."""
    affairs: dict[bytes, str] = {}
    right = wrong = 0
    with storage.open_store(f"sqlite:///{tmp_path}/a.db") as store:
        for turn in range(3):
            chosen = [(f"{s['subject']} {n}", s["term"], a[turn]) for s in SUBJECTS for n, a in enumerate(s["affairs"])]
            made = [(affair, term, traced(report)) for affair, term, report in chosen]
            affairs |= {each.article.key: affair for affair, _, each in made}
            hits = [replace(hit_in(each.article), term=term) for _, term, each in made]
            indexed = [storage.Indexed(each.article, frozenset(["a"]), 1) for _, _, each in made]
            batch = storage.Batch(indexed, hits, traced=[each for _, _, each in made])
            store.write(batch, storage.nothing, alerts.STORY_RULES)
        for key, affair in affairs.items():
            place = store.place_in_story(key)
            if place and place.link:
                right += affairs[place.link.to] == affair
                wrong += affairs[place.link.to] != affair
    print(f"of {len(affairs) // 3 * 2} later reports {right} were linked to their affair, {wrong} to another")
    assert right >= 0.75 * len(affairs) / 3 * 2
    assert right / (right + wrong) >= 0.95


def test_the_seeds_are_one_story_with_two_developments(shared: Path, tmp_path: Path) -> None:
    articles = [article_of_file(file) for file in sorted((shared / "seeds").glob("*.txt"))]
    with storage.open_store(f"sqlite:///{tmp_path}/a.db") as store:
        hits = [hit_in(article) for article in articles]
        indexed = [storage.Indexed(article, frozenset(["a"]), 1) for article in articles]
        batch = storage.Batch(indexed, hits, traced=[alerts.trace(article) for article in articles])
        written = store.write(batch, storage.nothing, alerts.STORY_RULES)
    assert len({hit.story for hit in written.new_hits}) == 1
    assert sorted(hit.novelty for hit in written.new_hits) == [Novelty.DEVELOPMENT, Novelty.NEW]
    assert not any(hit.is_folded for hit in written.new_hits)


def test_copies_are_found(shared: Path) -> None:
    found = evaluate(real_bodies()[::2])
    for band, (there, made) in found.recall.items():
        assert there / made >= 0.95, band
    assert found.right / found.links >= 0.97
