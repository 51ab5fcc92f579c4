"""Lists, live blogs, interviews and transcripts stay in the article, and what stands around it is furniture.

In a `.kept` file `= ` begins the headline, `+ ` a line of the article and `- ` a line of its surroundings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.text_lines import read_lines
from extraction.text_zones import zone_lines
from wirewatch.model import Zone

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.kept"))


def zones(path: Path) -> list[tuple[str, Zone, str]]:
    written = path.read_text("utf-8").splitlines()
    blocks = zone_lines(read_lines("\n".join(line[2:] for line in written))).blocks
    marks = [line[0] for line in written if line]
    return [(mark, block.zone, block.text) for mark, block in zip(marks, blocks, strict=True)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_line_of_the_article_is_lost(path: Path) -> None:
    assert [text for mark, zone, text in zones(path) if mark in "+=" and zone is Zone.FURNITURE] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_the_headline_is_found_and_what_stands_around_is_furniture(path: Path) -> None:
    found = zones(path)
    headlines = [text for mark, _, text in found if mark == "="]
    assert [text for _, zone, text in found if zone is Zone.HEADLINE] == headlines
    assert [text for mark, zone, text in found if mark == "-" and zone is not Zone.FURNITURE] == []


ARTICLE = """Fishermen of Tyre return to sea after the storm

The harbour of Tyre opened again on Friday after a week in which no boat could leave because of the waves.

About two hundred boats went out before dawn, and the first of them came back at noon with sardines and mullet.

Traders at the harbour said that the prices of the day had changed a good deal:
- Sardines cost half of what they did before the storm
- Mullet is still dear

The harbour master expects calm weather until the middle of next week, when another storm may reach the coast."""

SURROUNDINGS = (
    *("Hezbollah | Iran | Gaza | World", "Trending: Hezbollah", "TRENDING\nHezbollah\nWorld Cup"),
    *("Read more: Hezbollah names a new leader", "Subscribe to our Hezbollah briefing newsletter today."),
    *("Most read\nHezbollah fires rockets\nTen soups for autumn", "Also read\n- Hezbollah in Syria\n- Recipes"),
    *("Lesen Sie auch\nHisbollah wählt Anführer", "Meistgelesen\nHisbollah\nWetter", "Anzeige\nHisbollah-Buch kaufen"),
    *("Lire aussi\nLe Hezbollah et le Liban", "Sur le même sujet\nHezbollah", "Te puede interesar\nHezbolá en la ONU"),
    *("Lea también\nHezbolá", "Leia também\nHezbollah e Irã", "Leggi anche\nHezbollah, il nuovo capo"),
    *("Читайте также\nХезболла выбрала лидера", "По теме\nХезболла", "相关阅读\n真主党选出新领导人"),
    *("関連記事\nヒズボラの新指導者", "관련 기사\n헤즈볼라 새 지도자", "اقرأ أيضا\nحزب الله ينتخب أمينا"),
    *("İlgili haberler\nHizbullah lideri", "© 2025 Hezbollah Watch. All rights reserved."),
    "Follow us on Twitter\n#Hezbollah",
)


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("below", [True, False], ids=["below", "above"])
def test_a_term_planted_around_the_article_is_furniture(surroundings: str, below: bool) -> None:
    text = f"{ARTICLE}\n\n{surroundings}" if below else f"{surroundings}\n\n{ARTICLE}"
    blocks = zone_lines(read_lines(text)).blocks
    planted = set(surroundings.split("\n"))
    assert {block.zone for block in blocks if block.text in planted} == {Zone.FURNITURE}
    own = [block.zone for block in blocks if block.text not in planted]
    assert own == [Zone.HEADLINE, *[own[1]] * 2, *[Zone.BODY] * 4]
    assert own[1] is Zone.BODY


def test_an_announced_list_stays_where_no_blank_line_is() -> None:
    lines = read_lines("\n".join(line for line in ARTICLE.splitlines() if line))
    assert [block.zone for block in zone_lines(lines).blocks] == [Zone.HEADLINE, *[Zone.BODY] * 6]


def test_the_first_of_numbered_subheads_is_no_headline() -> None:
    path = Path(__file__).parent / "texts" / "list_english_numbered.kept"
    lines = read_lines("\n".join(line[2:] for line in path.read_text("utf-8").splitlines() if line))
    headlines = [block.text for block in zone_lines(lines).blocks if block.zone is Zone.HEADLINE]
    assert not any(headline.startswith("1.") for headline in headlines)
