"""How well the watchlist does what its language promises: labelled cases, and floors that never go down."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchlist import Found, Watchlist, parse
from wirewatch.errors import QueryError
from wirewatch.model import Article, Block, Concept, Term, Zone

LABELS = Path(__file__).with_name("watchlist_labels.yaml")

EXACT = (1.0, 1.0)
"""The floor of every other operator."""
FLOORS = {
    "inflection": (0.95, 0.91),
    "name": (0.89, 0.92),
}
"""Precision and recall of the operators that guess: at inflections and at spellings."""
OVERALL_FLOOR = (0.985, 0.985)
MARKS_FLOOR = 1.0


@dataclass(frozen=True)
class Case:
    term: Term
    operator: str
    article: Article
    expected: str
    marks: tuple[str, ...]
    why: str

    def disagreement(self, outcome: str) -> str:
        text = " | ".join(f"[{block.zone}] {block.text}" for block in self.article.blocks)
        why = f" ({self.why})" if self.why else ""
        return f"{self.operator}: {self.term.query}\n    {text}\n    expected {self.expected}{why}, found {outcome}"


def _article(case: Mapping[str, Any], text: str | list[dict[str, str]]) -> Article:
    zoned = [{"body": text}] if isinstance(text, str) else text
    blocks = tuple(Block(words, Zone(zone)) for block in zoned for zone, words in block.items())
    headline, byline = (
        next((block.text for block in blocks if block.zone is zone), None) for zone in (Zone.HEADLINE, Zone.BYLINE)
    )
    return Article(
        key=bytes(16),
        url=case.get("url", "https://news.example/1"),
        title=headline or "",
        blocks=blocks,
        source=case.get("source", "desk"),
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        fingerprint=bytes(16),
        byline=byline,
        language=case["language"],
    )


@cache
def _labels() -> tuple[tuple[Concept, ...], tuple[Case, ...]]:
    labels = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    cases: list[Case] = []
    for operator, of_operator in labels["cases"].items():
        for case in of_operator:
            (expected,) = case.keys() & {"hit", "miss", "suppressed"}
            term = Term(f"{operator} {len(cases)}", case["query"])
            article = _article(case, case[expected])
            cases.append(Case(term, operator, article, expected, tuple(case.get("marks", ())), case.get("why", "")))
    return tuple(Concept(name, query) for name, query in labels["concepts"].items()), tuple(cases)


def _outcome(found: Found | None) -> str:
    if found is None:
        return "miss"
    return "hit" if found.visibility == "live" else "suppressed"


@cache
def _found() -> dict[Case, Found | None]:
    """All terms watch together, as they do in the field."""
    concepts, cases = _labels()
    watchlist = Watchlist.compile([case.term for case in cases], concepts)
    return {case: {one.term: one for one in watchlist.match(case.article)}.get(case.term) for case in cases}


def _precision_and_recall(found: Mapping[Case, Found | None]) -> tuple[float, float]:
    """Of what was found, how much was expected so; of what was expected, how much was found so."""
    outcomes = [(case.expected, _outcome(one)) for case, one in found.items()]
    right = sum(expected == outcome != "miss" for expected, outcome in outcomes)
    answered = sum(outcome != "miss" for _, outcome in outcomes)
    wanted = sum(expected != "miss" for expected, _ in outcomes)
    return right / answered if answered else 1.0, right / wanted if wanted else 1.0


def _letters(words: str) -> str:
    """Words as they compare: without spaces, punctuation and what cannot be seen."""
    composed = unicodedata.normalize("NFC", words)
    return "".join(char for char in composed if unicodedata.category(char)[0] not in "ZPC")


def _marked(found: Found, article: Article) -> list[str]:
    spans = sorted({(span.block, span.start, span.end) for match in found.matches for span in match.spans})
    return [article.blocks[block].text[start:end] for block, start, end in spans]


def test_the_labels_are_many_and_varied() -> None:
    _, cases = _labels()
    per_operator: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        per_operator[case.operator].append(case.expected)
    assert len(cases) >= 524
    assert len({case.article.language for case in cases}) >= 25
    assert len({(case.term.query, case.article) for case in cases}) == len(cases)
    assert all(len(expected) >= 10 and expected.count("miss") >= 4 for expected in per_operator.values())


def test_every_query_is_understood() -> None:
    refused = []
    for case in _labels()[1]:
        try:
            parse(case.term.query)
        except QueryError as error:
            refused.append(f"{case.term.query}: {error}")
    assert not refused, "\n".join(refused)


def test_precision_and_recall_hold_for_every_operator() -> None:
    per_operator: dict[str, dict[Case, Found | None]] = defaultdict(dict)
    for case, one in _found().items():
        per_operator[case.operator][case] = one
        if (outcome := _outcome(one)) != case.expected:
            print(case.disagreement(outcome))
    scores = {operator: _precision_and_recall(found) for operator, found in per_operator.items()}
    scores["overall"] = _precision_and_recall(_found())
    floors = {**dict.fromkeys(scores, EXACT), **FLOORS, "overall": OVERALL_FLOOR}
    below = []
    for operator, (precision, recall) in scores.items():
        line = f"{operator:16} precision {precision:.3f}  recall {recall:.3f}"
        print(line)
        if precision < floors[operator][0] or recall < floors[operator][1]:
            below.append(line)
    assert not below, "below the floor:\n" + "\n".join(below)


def test_the_words_that_match_are_marked_and_no_others() -> None:
    right = labelled = 0
    for case, one in _found().items():
        if not case.marks or one is None:
            continue
        labelled += 1
        marked = _marked(one, case.article)
        if _letters("".join(marked)) == _letters("".join(case.marks)):
            right += 1
        else:
            print(case.disagreement(f"marks {marked}, expected {list(case.marks)}"))
    assert labelled >= 230
    assert right / labelled >= MARKS_FLOOR


@pytest.mark.parametrize("operator", sorted({case.operator for case in _labels()[1]}))
def test_a_term_finds_alone_what_it_finds_among_others(operator: str) -> None:
    concepts, cases = _labels()
    for case in cases:
        if case.operator == operator:
            alone = next(iter(Watchlist.compile([case.term], concepts).match(case.article)), None)
            assert alone == _found()[case], case.term.query


def test_only_inflections_and_sentences_depend_on_the_language() -> None:
    """An article that does not say its language is searched as well as any other."""
    concepts, _ = _labels()
    for case, one in _found().items():
        if case.operator in {"inflection", "near_sentence"} or "lang:" in case.term.query:
            continue
        alone = Watchlist.compile([case.term], concepts).match(replace(case.article, language=None))
        assert _outcome(next(iter(alone), None)) == _outcome(one), case.term.query
