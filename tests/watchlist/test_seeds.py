"""Two real articles, zoned as a reader would, and six terms as an analyst writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from watchlist import Found, Watchlist, article_of_text
from wirewatch.model import Article, Block, Concept, Term, Visibility, Zone

ZONES_OF_000 = {
    "New Friends": Zone.HEADLINE,
    **dict.fromkeys(["Subscribe", "Join us", "And you get", "Copyright", "Copy link"], Zone.FURNITURE),
}
ZONES_OF_002 = {
    "Russia deepens": Zone.HEADLINE,
    "Moscow is seeking": Zone.STANDFIRST,
    "Vladimir Putin, president": Zone.CAPTION,
    "Leandro Fleischer": Zone.BYLINE,
    "Russia seeks to counter": Zone.SUBHEAD,
    "Putin also seeks": Zone.SUBHEAD,
    **dict.fromkeys(["Voz media", "CHINA", "3 minutes", "Found a", "RECOMM", "Invertir", "tracking"], Zone.FURNITURE),
}


def _article(path: Path, zones: dict[str, Zone]) -> Article:
    blocks = []
    for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
        text = paragraph.strip()
        zone = next((zone for begins, zone in zones.items() if text.startswith(begins)), Zone.BODY)
        blocks.append(Block(text, zone))
    return replace(article_of_text(""), blocks=tuple(blocks))


@pytest.fixture(scope="module")
def hits(shared: Path) -> Callable[[str, str], Found | None]:
    """The hit of a term in the article whose file name begins so."""
    written = yaml.safe_load((shared / "seeds" / "wirewatch.yaml").read_text(encoding="utf-8"))
    watch = Watchlist.compile(
        [Term(term["name"], term["query"]) for term in written["terms"]],
        [Concept(name, query) for name, query in written["concepts"].items()],
    )
    found: dict[tuple[str, str], Found] = {}
    for number, zones in (("000", ZONES_OF_000), ("002", ZONES_OF_002)):
        (path,) = (shared / "seeds").glob(f"{number}_*.txt")
        for hit in watch.match(_article(path, zones)):
            found[hit.term.name, number] = hit
    return lambda term, number: found.get((term, number))


def test_seven_live_hits_and_one_suppressed(hits: Callable[[str, str], Found | None]) -> None:
    expected = {
        ("Taliban delisting", "000"): Visibility.LIVE,
        ("Taliban delisting", "002"): Visibility.LIVE,
        ("Hmeimim", "000"): Visibility.LIVE,
        ("Hayat Tahrir al-Sham", "000"): Visibility.LIVE,
        ("Hayat Tahrir al-Sham", "002"): Visibility.LIVE,
        ("ISIS-K", "000"): Visibility.LIVE,
        ("tariffs", "002"): Visibility.SUPPRESSED,
        ("Ahmed al-Sharaa", "002"): Visibility.LIVE,
    }
    names = ["Taliban delisting", "Hmeimim", "Hayat Tahrir al-Sham", "ISIS-K", "tariffs", "Ahmed al-Sharaa"]
    there = {(name, number): hits(name, number) for name in names for number in ("000", "002")}
    assert {key: hit.visibility for key, hit in there.items() if hit} == expected


def _marked(hit: Found | None) -> list[list[str]]:
    assert hit is not None
    return [[match.passage[start:end] for start, end in match.marks] for match in hit.matches]


def test_delisting_is_shown_best_first(hits: Callable[[str, str], Found | None]) -> None:
    assert _marked(hits("Taliban delisting", "000")) == [
        ["delisting", "Taliban"],
        ["removing", "Taliban", "lists"],
        ["remove", "list", "Taliban"],
    ]
    second = hits("Taliban delisting", "002")
    assert _marked(second) == [
        ["Taliban", "remove", "list"],
        ["suspend", "ban", "Taliban", "removing", "list"],
    ]
    assert second is not None
    assert second.matches[0].zone is Zone.HEADLINE


def test_a_name_and_its_other_spelling(hits: Callable[[str, str], Found | None]) -> None:
    assert _marked(hits("Hayat Tahrir al-Sham", "000")) == [["Hayat Tahrir al-Sham", "HTS"]]
    variant = hits("Hayat Tahrir al-Sham", "002")
    assert variant is not None
    assert "spelling variant “al-Shams” of “al-Sham”" in variant.matches[0].reason


def test_two_names_in_one_sentence_are_one_mention(hits: Callable[[str, str], Found | None]) -> None:
    assert _marked(hits("ISIS-K", "000")) == [["Islamic State Khorasan", "ISIS-K"]]
