"""What never reaches a block."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from extraction.cleaning import clean, raw_lines

VISIBLE_FORMAT_MARKS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def test_no_control_bidi_or_zero_width_character_is_left() -> None:
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) not in ("Cc", "Cf", "Cs") or code in VISIBLE_FORMAT_MARKS:
            continue
        if 0x13430 <= code <= 0x1343F:  # hieroglyph joiners: part of how the signs are drawn
            continue
        assert clean(f"a{chr(code)}b") in ("ab", "a b"), hex(code)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_cleaned_text_is_one_composed_line_with_single_spaces(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\u00a0" not in cleaned
    assert "  " not in cleaned
    assert len(raw_lines(cleaned)) == 1


def test_lines_end_however_they_end() -> None:
    assert raw_lines("a\r\nb\rc\nd\u2028e\x85f") == ["a", "b", "c", "d", "e", "f"]
