"""The language of a text is what was said, unless that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from py3langid import classify

from extraction.languages import NeedsClassifier, language_of
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

MACEDONIAN = "Министерството во петокот соопшти дека операторот ќе ги замени двата кабли на траектот наредниот месец."
BELARUSIAN = (
    "Міністэрства паведаміла ў пятніцу, што аператар парома заменіць абодва тросы ў наступным месяцы, але і гэта не "
    "паўплывае на рух, як ён казаў."
)
OTHERS = {
    "uk": "Міністерство повідомило у п'ятницю, що оператор порома замінить обидва троси наступного місяця, як і було "
    "заплановано, але це не вплине на рух.",
    "ru": "Оператор парома заменит оба троса в следующем месяце, сообщило в пятницу министерство. Это не повлияет на "
    "движение, но о сроках и о том, как оно будет идти, не говорится.",
    "bg": "Министерството съобщи в петък, че операторът на ферибота ще смени двата кабела през следващия месец, както "
    "е било планирано, и това няма да спре движението.",
    "ar": "وقالت الوزارة يوم الجمعة إن مشغل العبارة سيستبدل الكابلين في الشهر المقبل، بعد أن كان ذلك مقررا من قبل.",
    "fa": "این وزارتخانه روز جمعه اعلام کرد که هر دو کابل کشتی در ماه آینده با هزینه شرکت تعویض می شود و این کار را به "
    "زودی آغاز می کند.",
    "ur": "وزارت نے جمعہ کو کہا کہ کشتی کے دونوں کیبل اگلے مہینے بدل دیے جائیں گے اور اس سے آمد و رفت پر اثر نہیں ہے۔",
    "zh": "交通部周五表示，渡轮运营商将于下个月更换两条缆绳，此举不会影响当地居民的日常出行。",
    "ko": "교통부는 금요일 여객선 운영사가 다음 달 두 개의 케이블을 모두 교체할 것이라고 밝혔다.",
    "he": "משרד התחבורה הודיע ביום שישי כי מפעילת המעבורת תחליף את שני הכבלים בחודש הבא.",
    "el": "Το υπουργείο ανακοίνωσε την Παρασκευή ότι η εταιρεία θα αντικαταστήσει τα δύο καλώδια τον επόμενο μήνα.",
    "th": "กระทรวงแถลงเมื่อวันศุกร์ว่าผู้ให้บริการเรือข้ามฟากจะเปลี่ยนสายเคเบิลทั้งสองเส้นในเดือนหน้า",
}


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


@pytest.mark.parametrize("text", [FRENCH, DUTCH, GERMAN, JAPANESE, *OTHERS.values()])
def test_common_words_and_scripts_tell_a_language_without_tables(text: str) -> None:
    said = language_of([Block(text, Zone.BODY)], None, may_classify=False)
    assert said == str(classify(text)[0])


@pytest.mark.parametrize(
    "text",
    [GALICIAN, CATALAN, AFRIKAANS, DANISH, MACEDONIAN, BELARUSIAN, "Ministerium Freitag Regierung Beschluss " * 3],
)
def test_where_common_words_leave_a_doubt_the_classifier_is_asked(text: str) -> None:
    with pytest.raises(NeedsClassifier):
        language_of([Block(text, Zone.BODY)], None, may_classify=False)
    assert language_of([Block(text, Zone.BODY)], None) == str(classify(text)[0])


def test_words_and_scripts_are_never_wrong_where_the_classifier_is_right(shared: Path) -> None:
    index = json.loads((shared / "data" / "extraction" / "index.json").read_text(encoding="utf-8"))
    bodies = [article["body"] for article in index if article.get("body")]
    told = 0
    for body in bodies:
        text = " ".join(body.split())[:200]
        try:
            guess = language_of([Block(text, Zone.BODY)], None, may_classify=False)
        except NeedsClassifier:
            guess = None
        assert guess in (None, str(classify(body[:3000])[0])), text
        told += guess is not None
    assert told > len(bodies) / 2
