"""The language of a text is what was said, unless that cannot be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from extraction.languages import language_of
from wirewatch.model import Block, Zone

GERMAN = "Der Betreiber der Fähre ersetzt im kommenden Monat beide Seile, teilte das Ministerium am Freitag mit."
RUSSIAN = "Оператор парома заменит оба троса в следующем месяце, сообщило в пятницу министерство транспорта."
JAPANESE = "フェリー運営会社は来月、両方のケーブルを交換すると運輸省が金曜日に発表した。"


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        (GERMAN, None, "de"),
        (GERMAN, "en", "en"),
        (RUSSIAN, "en", "ru"),
        (RUSSIAN, "sr", "sr"),
        (RUSSIAN, "uk", "uk"),
        (JAPANESE, None, "ja"),
        (JAPANESE, "en-us", "ja"),
        (f"{GERMAN} {GERMAN} „{RUSSIAN[:40]}“", "de", "de"),
        ("Kurz.", None, None),
        ("123 456", "de", "de"),
    ],
)
def test_what_was_said_counts_unless_it_is_written_otherwise(text: str, said: str | None, expected: str | None) -> None:
    assert language_of([Block(text, Zone.BODY)], said) == expected


def test_furniture_says_nothing() -> None:
    assert language_of([Block(RUSSIAN, Zone.FURNITURE)], None) is None


def test_a_text_whose_language_is_known_loads_no_tables() -> None:
    code = (
        "import sys; from extraction.languages import language_of; from wirewatch.model import Block, Zone;"
        f"language_of([Block({GERMAN!r}, Zone.BODY)], 'de'); sys.exit('py3langid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
