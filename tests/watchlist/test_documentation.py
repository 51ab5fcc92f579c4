"""The examples of docs/watchlist-language.md are true, and no operator is missing from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from watchlist import Watchlist, article_of_text, parse
from watchlist.query import FIELDS
from wirewatch.errors import QueryError
from wirewatch.model import Article, Block, Concept, Term, Visibility, Zone

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "watchlist-language.md"


@dataclass
class Example:
    query: str = ""
    concepts: list[Concept] = field(default_factory=list)
    outcomes: list[tuple[str, str]] = field(default_factory=list)


def _examples() -> list[Example]:
    found = []
    for block in re.findall(r"```watchlist\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL):
        example = Example()
        for line in block.splitlines():
            if re.match(r"@\w+: ", line):
                name, _, query = line[1:].partition(": ")
                example.concepts.append(Concept(name, query))
            elif not example.query:
                example.query = line
            else:
                example.outcomes.append((line[0], line[2:]))
        found.append(example)
    return found


def _article(text: str) -> Article:
    """An article from an example's line: `<fact> [zone] text | [zone] text`."""
    article = article_of_text("")
    fact = re.match(r"<([^>]*)> ", text)
    if fact:
        text = text[fact.end() :]
        if fact[1].startswith("http"):
            article = replace(article, url=fact[1])
        elif fact[1].startswith("source "):
            article = replace(article, source=fact[1].removeprefix("source "))
        else:
            article = replace(article, language=fact[1])
    blocks = []
    for part in text.split(" | "):
        zone = re.match(r"\[(\w+)\] ", part)
        blocks.append(Block(part[zone.end() :], Zone(zone[1])) if zone else Block(part, Zone.BODY))
    return replace(article, blocks=tuple(blocks))


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.query)
def test_the_examples_are_true(example: Example) -> None:
    assert example.outcomes, "an example shows nothing"
    for sign, text in example.outcomes:
        if sign == "!":
            with pytest.raises(QueryError) as caught:
                Watchlist.compile([Term("example", example.query)], example.concepts)
            assert str(caught.value).removeprefix("term example: ").startswith(text)
            continue
        found = Watchlist.compile([Term("example", example.query)], example.concepts).match(_article(text))
        live = [one for one in found if one.visibility is Visibility.LIVE]
        assert bool(live) == (sign == "+"), text


@pytest.mark.parametrize(
    "operator",
    ["Words", "Phrases", "AND", "OR", "NOT and -", "NEAR", "ONEAR", "NOT NEAR", "*", "+", "=", "~", "@"]
    + [f"{name}:" for name in FIELDS],
)
def test_every_operator_has_a_section_with_examples(operator: str) -> None:
    sections = re.split(r"^(?=##)", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    of_operator = [
        section
        for section in sections
        if re.match(rf"#+ (.*: )?{re.escape(operator)}(:.*)?$", section.splitlines()[0] if section else "")
    ]
    assert of_operator, f"no section for {operator}"
    assert all("```watchlist" in section for section in of_operator)


def test_the_operators_of_the_lexer_are_those_documented() -> None:
    words = {"AND", "OR", "NOT", "NEAR", "ONEAR"}
    refused = set()
    for word in ["AND", "OR", "NOT", "NEAR", "ONEAR", "XOR", "WITHIN", "ADJ", "SENTENCE"]:
        try:
            parse(word)
        except QueryError:
            refused.add(word)
    assert refused == words
