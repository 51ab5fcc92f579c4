"""How well `~` finds a name's spellings, and how many other words it takes for one: floors that never go down."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from pathlib import Path

from watchlist.names import same_name
from watchlist.skeletons import skeletons
from wirewatch.folding import fold_text

UNSEEN = Path(__file__).with_name("places_unseen.tsv")
"""Costs and limits were tuned on places.tsv and others, never on these."""


def _places() -> list[tuple[str, set[str]]]:
    lines = [line for line in UNSEEN.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    places = [[fold_text(spelling) for spelling in line.split("\t")] for line in lines]
    return [(name, set(spellings) - {name}) for name, *spellings in places]


def _news_words(shared: Path) -> set[str]:
    folder = shared / "data" / "extraction"
    with gzip.open(folder / "lines.jsonl.gz", "rt", encoding="utf-8") as pages:
        texts = [line for page in pages for line in json.loads(page)["lines"]]
    records = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    texts += [record.get("body") or " ".join(record.get("with", ())) for record in records]
    words = {word for text in texts for word in fold_text(text).split()}
    return {word for word in words if len(word) > 1 and not re.search(r"\d", word)}


def test_names_are_found_in_their_other_spellings() -> None:
    pairs = [(name, spelling) for name, spellings in _places() for spelling in spellings]
    found = sum(same_name(name, spelling, in_phrase=False) for name, spelling in pairs)
    assert found / len(pairs) >= 0.725


def test_few_other_words_are_taken_for_a_name(shared: Path) -> None:
    vocabulary = _news_words(shared)
    assert len(vocabulary) >= 50_000
    by_skeleton: dict[str, set[str]] = defaultdict(set)
    for word in vocabulary:
        for skeleton in skeletons(word):
            by_skeleton[skeleton].add(word)
    places = _places()
    wrong = 0
    for name, spellings in places:
        alike = set().union(*(by_skeleton[skeleton] for skeleton in skeletons(name))) - spellings - {name}
        wrong += sum(same_name(name, word, in_phrase=False) for word in alike)
    assert wrong / len(places) <= 1.0
