"""The language of a text is what was said, unless that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from py3langid import classify

from extraction.common_words import language_by_words
from extraction.languages import WORD, NeedsClassifier, language_of
from wirewatch.model import Block, Zone

GERMAN = "Der Betreiber der Fähre ersetzt im kommenden Monat beide Seile, teilte das Ministerium am Freitag mit."
RUSSIAN = "Оператор парома заменит оба троса в следующем месяце, сообщило в пятницу министерство транспорта."
JAPANESE = "フェリー運営会社は来月、両方のケーブルを交換すると運輸省が金曜日に発表した。"
FRENCH = (
    "Le ministère a annoncé vendredi que les deux câbles du bac seraient remplacés le mois prochain par l'exploitant."
)
DUTCH = "De exploitant van de veerpont vervangt volgende maand beide kabels, zo heeft het ministerie vrijdag gemeld."
GALICIAN = (
    "O ministerio dixo o venres que a operadora do transbordador cambiará os dous cables o mes que vén, sen máis."
)
CATALAN = "El ministeri va dir divendres que l'operador del transbordador canviarà els dos cables el mes que ve."
AFRIKAANS = "Die ministerie het Vrydag gesê dat die operateur van die veerboot albei kabels volgende maand sal vervang."
DANISH = "Ministeriet sagde fredag, at færgens operatør vil udskifte begge kabler i næste måned, og at det er planlagt."


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


@pytest.mark.parametrize("text", [FRENCH, DUTCH, GERMAN])
def test_common_words_tell_a_language_without_tables(text: str) -> None:
    said = language_of([Block(text, Zone.BODY)], None, may_classify=False)
    assert said == str(classify(text)[0])


@pytest.mark.parametrize("text", [GALICIAN, CATALAN, AFRIKAANS, DANISH, "Ministerium Freitag Regierung Beschluss " * 3])
def test_where_common_words_leave_a_doubt_the_classifier_is_asked(text: str) -> None:
    with pytest.raises(NeedsClassifier):
        language_of([Block(text, Zone.BODY)], None, may_classify=False)
    assert language_of([Block(text, Zone.BODY)], None) == str(classify(text)[0])


def test_common_words_are_never_wrong_where_the_classifier_is_right(shared: Path) -> None:
    index = json.loads((shared / "data" / "extraction" / "index.json").read_text(encoding="utf-8"))
    bodies = [article["body"] for article in index if article.get("body")]
    told = 0
    for body in bodies:
        text = " ".join(body.split())[:200]
        guess = language_by_words(WORD.findall(text.lower()))
        assert guess in (None, str(classify(body[:3000])[0])), text
        told += guess is not None
    assert told > len(bodies) / 2
