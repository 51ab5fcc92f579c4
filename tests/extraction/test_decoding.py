"""Bytes of any usual encoding come out as the same text."""

from __future__ import annotations

import pytest

from extraction import decode
from wirewatch.errors import ExtractionError

TEXTS = {
    "english": "The ministry’s “new” rules – about 40 pages – take effect on Monday, they said. Café owners protest.",
    "german": "Die Brücke über die Weser wird für drei Jahre gesperrt, größere Umwege drohen. Händler fürchten viel.",
    "russian": "Правительство утвердило новый порядок закупок, сообщили в министерстве. Документ вступит в силу в мае.",
    "polish": "Rząd przyjął nową ustawę o zamówieniach publicznych. Przepisy wejdą w życie już w przyszłym miesiącu, "
    "a gminy będą musiały się do nich dostosować. Część samorządów zapowiedziała skargę do trybunału.",
    "turkish": "Hükümet yeni ihale yasasını onayladı, bakanlık açıkladı. Değişiklikler gelecek ay yürürlüğe girecek. "
    "İstanbul'da işçiler belediye önünde toplandı ve görüşme istedi.",
    "japanese": "政府は新しい調達規則を承認したと発表した。規則は来月から施行される見通しだ。",
    "chinese": "政府批准了新的采购规则，将于下月生效。有关部门表示，企业需要在三个月内完成调整。",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings(language: str, encoding: str) -> None:
    assert decode(TEXTS[language].encode(encoding)) == TEXTS[language]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *(("english", "cp1252"), ("german", "cp1252"), ("german", "latin-1"), ("russian", "cp1251")),
        *(("russian", "koi8-r"), ("polish", "cp1250"), ("turkish", "cp1254"), ("japanese", "cp932")),
        *(("chinese", "gb18030"),),
    ],
)
def test_legacy_encodings_are_recognised(language: str, encoding: str) -> None:
    assert decode(TEXTS[language].encode(encoding)) == TEXTS[language]


def test_the_declared_encoding_decides_where_it_is_not_utf_8() -> None:
    assert decode("Łódź".encode("iso8859-2"), declared="ISO-8859-2") == "Łódź"
    assert decode("naïve – “so”".encode("cp1252"), declared="iso-8859-1") == "naïve – “so”"


def test_a_false_declaration_never_spoils_utf_8() -> None:
    assert decode("Žluťoučký kůň".encode(), declared="windows-1252") == "Žluťoučký kůň"


@pytest.mark.parametrize("declared", ["no-such-charset", "idna", "utf-8", "base64"])
def test_a_useless_declaration_is_ignored(declared: str) -> None:
    assert decode(TEXTS["russian"].encode("cp1251"), declared=declared) == TEXTS["russian"]


def test_a_file_cut_within_a_character_keeps_the_rest() -> None:
    whole = TEXTS["russian"].encode()
    cut = len("Правительство".encode()) - 1
    assert decode(whole[:cut]) == "Правительств"


def test_rare_damage_does_not_make_utf_8_something_else() -> None:
    raw = (TEXTS["russian"] * 10).encode()
    damaged = raw[:400] + b"\xff" + raw[400:]
    assert decode(damaged).replace("\ufffd", "") == TEXTS["russian"] * 10


def test_stray_nul_bytes_are_left_out() -> None:
    assert decode(b"A page with one stray\0 byte. " + b"Text goes on and on. " * 60).startswith(
        "A page with one stray b"
    )


def test_binary_data_is_refused_by_name() -> None:
    with pytest.raises(ExtractionError, match="binary data"):
        decode(bytes(range(256)) * 20)


def test_damaged_text_that_is_mostly_ascii_is_read_all_the_same() -> None:
    raw = bytearray(b"The Hmeimim airbase stays where it is, the ministry said on Monday. " * 40)
    raw[::14] = bytes((at * 37) % 256 for at in range(1, len(raw[::14]) + 1))
    assert "airbase" in decode(bytes(raw))


def test_noise_is_refused() -> None:
    with pytest.raises(ExtractionError, match="no encoding"):
        decode(bytes(0x80 + (at * 37 + at * at * 11) % 0x40 for at in range(3_000)))
