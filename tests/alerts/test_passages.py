"""How a passage is cut and its marks joined."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.cleaning import clean_text, place_of, safe_link, shorten
from alerts.passages import LONGEST_MARK, show_passage
from wirewatch.model import Match, Zone


def show(passage: str, *marked: str, length: int = 320) -> str:
    marks, place = [], 0
    for word in marked:
        start = passage.index(word, place)
        place = start + len(word)
        marks.append((start, place))
    return "".join(
        f"[{run.text}]" if run.marked else run.text
        for run in show_passage(Match("t", Zone.BODY, passage, tuple(marks), (), "r"), length)
    )


@pytest.mark.parametrize(
    ("passage", "marked", "shown"),
    [
        ("While lifting the embargo would help,", ["lifting", "embargo"], "While [lifting the embargo] would help,"),
        ("the Northern Front, or NF-2, in", ["Northern Front", "NF-2"], "the [Northern Front, or NF-2], in"),
        ("the Harbour Union (HU), which", ["Harbour Union", "HU"], "the [Harbour Union (HU)], which"),
        ("the Harbour Union (once HU), which", ["Harbour Union", "HU"], "the [Harbour Union (once HU)], which"),
        ("(the Harbour Union) which", ["Harbour Union"], "(the [Harbour Union]) which"),
        ("lift the old embargo", ["lift", "embargo"], "[lift the old embargo]"),
        ("lift the whole old embargo", ["lift", "embargo"], "[lift] the whole old [embargo]"),
        ("Embargo: plans to lift it", ["Embargo", "lift"], "[Embargo]: plans to [lift] it"),
        ("the embargo – they lift it", ["embargo", "lift"], "the [embargo] – they [lift] it"),
        ("to lift. Embargo stays", ["lift", "Embargo"], "to [lift]. [Embargo] stays"),
        ("first lift ¶ embargo", ["lift", "embargo"], "first [lift] ¶ [embargo]"),
        ("the em\u00adbar\u200bgo and\u00a0more", ["em\u00adbar\u200bgo"], "the [embargo] and more"),
        ("nothing marked", [], "nothing marked"),
        ("", [], ""),
    ],
)
def test_marks(passage, marked, shown):
    assert show(passage, *marked) == shown


def test_a_long_passage_is_cut_around_its_mark_at_words():
    passage = "start " + "before " * 100 + "Hmeimim " + "after " * 100 + "end"
    shown = show(passage, "Hmeimim")
    assert len(shown) <= 330
    assert shown.startswith("… before")
    assert shown.endswith("after …")
    assert "before [Hmeimim] after" in shown


def test_marks_far_apart_are_both_shown():
    passage = "lift " + "word " * 200 + "embargo " + "tail " * 200
    shown = show(passage, "lift", "embargo")
    assert shown.startswith("[lift] word")
    assert " … word" in shown
    assert "word [embargo] tail" in shown
    assert len(shown) <= 340


def test_many_marks_far_apart_show_the_first_ones():
    passage = ("tariff " + "word " * 60) * 50
    shown = show(passage, *["tariff"] * 50)
    assert len(shown) <= 400
    assert shown.count("[tariff]") >= 3


def test_a_word_without_end_is_cut():
    shown = show("x" * 80_000, "x" * 80_000)
    assert 0 < len(shown) <= 330


def test_text_without_spaces_is_cut_too():
    passage = "新" * 500 + "哈马斯" + "聞" * 500
    shown = show(passage, "哈马斯")
    assert "新[哈马斯]聞" in shown
    assert len(shown) <= 330


TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("ab. ¶()…\u00ad\u200b\u202e\x00\x1b\n"), st.characters()), max_size=900
)


@st.composite
def marked_passages(draw):
    passage = draw(TEXT)
    places = sorted(draw(st.sets(st.integers(0, len(passage)), max_size=12)))
    return passage, tuple(zip(places[::2], places[1::2], strict=False))


@settings(deadline=None)
@given(marked_passages(), st.integers(40, 400))
def test_what_is_shown_is_the_text_and_holds_the_first_mark(passage_and_marks, length):
    passage, marks = passage_and_marks
    runs = show_passage(Match("t", Zone.BODY, passage, marks, (), "r"), length)
    shown = "".join(run.text for run in runs)
    cleaned = clean_text(passage)
    for piece in shown.split("…"):
        assert piece.strip() in cleaned
    marked = [text for start, end in marks if (text := clean_text(passage[start:end]))]
    if marked and len(marked[0]) <= LONGEST_MARK:
        assert marked[0] in next(run.text for run in runs if run.marked)
    assert len(shown) <= length + 3 * LONGEST_MARK


@settings(deadline=None)
@given(st.text(max_size=300))
def test_clean_text_holds_nothing_that_hides_or_commands(text):
    cleaned = clean_text(text)
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize("hidden", "\u034f\u115f\u2063\u3164\ufe0f\uffa0\U000e0041")
def test_what_is_printable_and_yet_invisible_goes_too(hidden):
    assert clean_text(f"Tali{hidden}ban") == "Taliban"
    assert show(f"the Tali{hidden}ban left", f"Tali{hidden}ban") == "the [Taliban] left"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=300), st.integers(10, 100))
def test_shortened_text_fits(text, limit):
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=1&c=2#part", "https://example.org/a?b=1&c=2"),
        ("http://example.org:8080/ü ä", "http://example.org:8080/%C3%BC%20%C3%A4"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://bank.example@evil.example/", "https://evil.example/"),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https://example.org/|label>", "https://example.org/%7Clabel%3E"),
        ("https://example.org/@user", "https://example.org/%40user"),
        ("https://example.org/\r\nBcc: x", "https://example.org/%20Bcc:%20x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://exa mple.org", None),
        ("https://[::1", None),
        ("https://example.org:99999/", None),
        ("https://example.org/" + "a" * 3000, None),
    ],
)
def test_links(url, link):
    assert safe_link(url) == link


def test_a_file_is_shown_as_its_path():
    assert place_of("file:///srv/in%20box/%D0%B0.txt") == "/srv/in box/а.txt"
    assert place_of("javascript:alert(1)") == "javascript:alert(1)"
    assert "\n" not in place_of("file:///a%0Ab\u202e")
