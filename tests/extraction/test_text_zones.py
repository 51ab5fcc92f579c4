"""Texts of many sites and scripts come out in their zones.

A `.zoned` file holds a text, each line after its zone; `+:` continues a paragraph that was broken at a fixed width.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

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
