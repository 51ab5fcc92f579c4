"""Texts of many sites and scripts come out in their zones.

A `.zoned` file holds a text, each line after its zone; `+:` continues a paragraph that was broken at a fixed width.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from extraction import cues
from extraction.text_lines import read_lines
from extraction.text_zones import zone_lines
from wirewatch.model import Zone

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.zoned"))


@dataclass(frozen=True)
class ZonedFile:
    raw: str
    expected: list[tuple[Zone, str]]


def load(path: Path) -> ZonedFile:
    raw: list[str] = []
    expected: list[tuple[Zone, str]] = []
    for line in path.read_text("utf-8").splitlines():
        mark, _, text = line.partition(": ")
        raw.append(text)
        if mark == "+":
            zone, begun = expected.pop()
            expected.append((zone, f"{begun} {text}"))
        elif mark:
            expected.append((Zone(mark), text))
    return ZonedFile("\n".join(raw), expected)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_line_gets_its_zone(path: Path) -> None:
    text = load(path)
    zoned = [(block.zone.value, block.text) for block in zone_lines(read_lines(text.raw)).blocks]
    expected = [
        (zone.value, words.removeprefix("## ").removeprefix("# ").replace("\u3000", " "))
        for zone, words in text.expected
        if words != "---"
    ]
    assert zoned == expected


PROSE = (
    "The Interior Ministry said on Tuesday that officers had searched eleven premises, seizing phones and cash.",
    "Prosecutors in Damascus believe the network moved about 4 million euros through exchange offices since 2021.",
)
PAGE = ("Read more", "Subscribe to our newsletter", "Ten best beaches in Spain")

SHORT_TEXTS = {
    "last paragraph without a stop": ["Raids in three cities", *PROSE, "Hayat Tahrir al-Sham denies it"],
    "of many words": [*PROSE, "According to a diplomat the delegation left Doha on Sunday without a deal"],
    "two of them": [PROSE[0], "HTS leaders fled north", "Two men are still at large"],
    "in capitals": [PROSE[0], "TALIBAN DENY INVOLVEMENT"],
    "a list of names": [
        "Raids in three cities",
        *PROSE,
        "Arrested:",
        "Abu Ahmad",
        "Ali Hassan",
        "Taxi driver of Idlib",
    ],
    "notes before the prose": ["Delegation expected Thursday at noon", "Hotel Serena, second floor", PROSE[0]],
    "sentence of three words under the headline": ["Raids in three cities", "Taliban denied it.", *PROSE],
    "in Russian": [
        "Обыски в трёх городах",
        "Министерство сообщило во вторник, что обыски прошли в одиннадцати помещениях, изъяты телефоны и наличные.",
        "«Талибан» отрицает",
    ],
}


@pytest.mark.parametrize("text", SHORT_TEXTS.values(), ids=SHORT_TEXTS.keys())
@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["lines", "blocks"])
def test_a_text_without_a_sign_of_a_page_has_no_furniture(text: list[str], between: str) -> None:
    blocks = zone_lines(read_lines(between.join(text))).blocks
    assert [block.text for block in blocks if block.zone is Zone.FURNITURE] == []


@pytest.mark.parametrize("above", ["Politics", "LATEST: MARKETS SLIDE AS STORM NEARS"])
def test_a_kicker_or_a_banner_above_the_headline_is_furniture_in_any_text(above: str) -> None:
    blocks = zone_lines(read_lines("\n".join((above, "Raids in three cities", *PROSE)))).blocks
    assert [block.zone for block in blocks] == [Zone.FURNITURE, Zone.HEADLINE, Zone.BODY, Zone.BODY]


def test_a_short_sentence_under_the_headline_of_a_copied_page_is_its_body() -> None:
    text = ("Home | News | Sport", "Raids in three cities", "Taliban denied it.", *PROSE, *PAGE)
    zones = [block.zone for block in zone_lines(read_lines("\n".join(text))).blocks]
    assert zones == [Zone.FURNITURE, Zone.HEADLINE, *[Zone.BODY] * 3, *[Zone.FURNITURE] * 3]


def test_a_short_last_paragraph_stays_although_a_page_follows() -> None:
    text = ("Raids in three cities", *PROSE, "Hayat Tahrir al-Sham denies it", "\n".join(PAGE))
    zones = [block.zone for block in zone_lines(read_lines("\n\n".join(text))).blocks]
    assert zones == [Zone.HEADLINE, *[Zone.BODY] * 3, *[Zone.FURNITURE] * 3]


def test_many_lines_without_prose_are_a_menu_though_none_of_them_shows_it() -> None:
    teasers = ("Storm Edna reaches the coast", "World Cup draw", "Budget talks", "Soups for autumn", "A lottery win")
    blocks = zone_lines(read_lines("\n".join(("Raids in three cities", *PROSE, *teasers)))).blocks
    assert [block.text for block in blocks if block.zone is Zone.FURNITURE] == [*teasers]


def test_signs_of_furniture_are_seen_in_turkish_capitals() -> None:
    assert cues.shows(cues.FURNITURE, "İLGİLİ HABERLER")
