import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.cues import ADDRESS, CREDIT, FURNITURE, Cue, shows

EXPRESSIONS = [
    r"\bcookies?\b|(?:log|sign) in to|publicit[ée]",
    r"a{2}b|colou?rs*(?:ed)?|x\|y",
    r"\(c\)\s*(?:19|20)\d\d|[|]bar|[()]",
    r"^\W*(?:\d+ )?comments?\W*$|(?:one (?:two|three)|four)+",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@given(data=st.data())
def test_a_cue_shows_whatever_its_expression_finds(expression: str, data: st.DataObject) -> None:
    cue = Cue(expression)
    found = data.draw(st.from_regex(re.compile(expression)))
    assert cue.shows(found)
    other = data.draw(st.text("abcdinot |()19comentsk", max_size=12))
    assert cue.shows(other) == (re.search(expression, other) is not None)


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        (FURNITURE, "© 2026 The Paper"),
        (FURNITURE, "12 Comments"),
        (FURNITURE, "Sign up for our newsletter"),
        (CREDIT, "Photograph by: Ann Lee"),
        (CREDIT, "The harbour at night. (Getty Images)"),
        (CREDIT, "新华社照片"),
        (ADDRESS, "tips@paper.example"),
        (ADDRESS, "follow #harbour"),
    ],
)
def test_signs(cue: Cue, text: str) -> None:
    assert shows(cue, text)


@pytest.mark.parametrize(
    ("cue", "text"),
    [(FURNITURE, "The harbour was closed."), (CREDIT, "An apt image of the harbour"), (ADDRESS, "Figure#1 at noon")],
)
def test_no_signs(cue: Cue, text: str) -> None:
    assert not shows(cue, text)
