"""Folding makes equal what readers take for equal, and never moves an offset."""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchlist import ArticleText, article_of_text
from wirewatch.folding import exact_form, fold_text, fold_texts, folded_lines, folded_words, is_unspaced, tokens
from wirewatch.model import Block, Zone

PLAIN = st.text(st.sampled_from("aAbsS0'’-‑.,_ \n\0“é—\u00a0İß"), max_size=30)
TEXT = st.text(
    st.one_of(
        st.sampled_from("aAéßıłøđæœſﬁ sS'’ʼ-.,_0９½\u00a0\u00ad\u200b\u200e\u0301\u064b"),
        st.sampled_from("أإآٱىةكیک\u0640\u0670שּׁжёйїςΣάガｶﾞ塔利班กำ한\u1112\u1161\u11ab\ufdfa\U0001d413"),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=40,
)
SIMPLE = st.one_of(
    st.characters(min_codepoint=0xC0, max_codepoint=0x24F),
    st.characters(min_codepoint=0x370, max_codepoint=0x530),
    st.sampled_from("aZ0ſßİŉǅẞᾳ’."),
)


@pytest.mark.parametrize(
    ("written", "also_written"),
    [
        ("delisting the Taliban", "delisting\u00a0the Taliban"),
        ("delisting", "de\u00adlis\u00adting"),
        ("Taliban", "Tali\u200bban"),
        ("Taliban", "\u200eTaliban\u200f"),
        ("Taliban", "Ｔａｌｉｂａｎ"),
        ("O'Brien's list", "O’Brien’s list"),
        ("Putin's", "Putin"),
        ("Fünf", unicodedata.normalize("NFD", "Fünf")),
        ("five finalists", "ﬁve ﬁnalists"),
        ("STRASSE", "Straße"),
        ("Lodz, Istanbul, Krosno", "Łódź İstanbul Krosno"),
        ("Aarhus oe ae", "Aarhus œ æ"),
        ("الطالبان", "الطَّالِبَان"),
        ("احمد الي مدرسه", "أحمد إلى مدرسة"),
        ("حكومت", "حكومـــت"),
        ("حكومت", "حکومت"),
        ("пʼять", "п'ять"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ｶﾞｽ", "ガス"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("2024", "٢٠٢٤"),
        ("CO2", "CO₂"),
    ],
)
def test_variants_of_one_spelling_fold_alike(written: str, also_written: str) -> None:
    assert fold_text(written) == fold_text(also_written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US", "U.S."),
        ("well", "we'll"),
        ("हिन्दी", "हनद"),
        ("ก่า", "กา"),
        ("ガ", "カ"),
        ("น้ำ", "น้า"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


def test_a_hyphenated_word_is_its_parts_and_a_possessive_is_none() -> None:
    assert [token.word for token in tokens("ISIS-K, U.S. and Putin’s d'Alep; it's 's-Hertogenbosch")] == (
        ["isis", "k", "u", "s", "and", "putin", "d", "alep", "it", "s", "hertogenbosch"]
    )


def test_offsets_count_code_points_of_the_text_as_given() -> None:
    text = "  The\u00a0Tali\u00adban, “Ｋａｂｕｌ”: ﷺ塔利"
    shown = [(token.word, text[token.start : token.end]) for token in tokens(text)]
    assert shown == [
        ("the", "The"),
        ("taliban", "Tali\u00adban"),
        ("kabul", "Ｋａｂｕｌ"),
        ("صلي", "ﷺ"),
        ("الله", "ﷺ"),
        ("عليه", "ﷺ"),
        ("وسلم", "ﷺ"),
        ("塔", "塔"),
        ("利", "利"),
    ]


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert [token.word for token in tokens("iPhone手机 ก\u0e33 ２０２４年")] == [
        "iphone",
        "手",
        "机",
        "ก",
        "\u0e33",
        "2024",
        "年",
    ]
    assert is_unspaced("手")
    assert not is_unspaced("한국")


def test_the_exact_form_keeps_case_and_marks_only() -> None:
    assert exact_form("Tali\u00adbań") == "Talibań"
    assert exact_form("ＨＴＳ") == "HTS"
    assert exact_form(unicodedata.normalize("NFD", "é")) == "é"


@given(TEXT)
def test_folding_is_stable_and_offsets_are_ordered(text: str) -> None:
    found = tokens(text)
    assert fold_text(text) == " ".join(token.word for token in found)
    assert fold_text(fold_text(text)) == fold_text(text)
    places = [(token.start, token.end) for token in found]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[1] <= other[0] or one == other for one, other in itertools.pairwise(places)), "words overlap"


@given(st.lists(st.text(SIMPLE, min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join))
def test_words_of_letters_that_fold_alike_everywhere_fold_as_any_other(text: str) -> None:
    assert folded_words(text) == [token.word for token in tokens(text)]


def test_each_letter_folds_the_short_way_as_the_long_way() -> None:
    letters = [chr(code) for code in range(0x20, 0x3000) if not chr(code).isspace()]
    for chunk in (chunk for letter in letters for chunk in (letter, f"1{letter}e", f"(n{letter},", f"“n{letter}’")):
        assert folded_words(chunk) == [token.word for token in tokens(chunk)]


@given(st.lists(st.one_of(PLAIN, TEXT), max_size=4))
def test_lines_are_folded_as_their_words_one_by_one(texts: list[str]) -> None:
    lines = folded_lines(texts).split("\n") if texts else []
    assert [line.replace("-", " ").split() for line in lines] == [
        [token.word for token in tokens(text)] for text in texts
    ]
    assert fold_texts(texts) == [fold_text(text) for text in texts]


@given(TEXT)
def test_normal_forms_fold_alike(text: str) -> None:
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))


@given(st.lists(st.one_of(PLAIN, TEXT), max_size=4))
@example(["the end’s end’s end", "isis-k's-man"])
@example(["œuvre’s œuvre"])
def test_each_word_is_found_where_it_stands_without_finding_the_others(texts: list[str]) -> None:
    article = replace(article_of_text(""), blocks=tuple(Block(text, Zone.BODY) for text in texts))
    for segment in ArticleText(article).segments:
        places = [segment.token(position) for position in range(segment.first, segment.first + len(segment.words))]
        assert places == tokens(segment.text)


def test_whatever_clings_to_a_letter_parts_no_word():
    clinging = [chr(code) for code in range(0x80, 0x10000) if unicodedata.category(chr(code))[0] == "M"]
    assert len(clinging) > 1000
    assert [mark for mark in clinging if len(tokens(f"a{mark}b")) != 1] == []
