"""Parsing, rendering, and errors that say where and what was expected."""

from __future__ import annotations

import pytest

from watchlist import parse, render
from watchlist.query import And, Exact, Field, Name, Near, Not, NotNear, Or, Stem, Within, Words
from wirewatch.errors import QueryError


def test_not_binds_before_and_before_or() -> None:
    assert parse("a b OR c NOT d NEAR e").root == Or(
        (
            And((Words("a"), Words("b"))),
            And((Words("c"), Not(Near(Words("d"), Words("e"))))),
        )
    )


def test_a_chain_of_near_joins_from_the_left() -> None:
    assert parse("a NEAR/3 b ONEAR/s c NOT NEAR/p d").root == NotNear(
        Near(Near(Words("a"), Words("b"), 3), Words("c"), Within.SENTENCE, ordered=True), Words("d"), Within.PARAGRAPH
    )


def test_marks_reach_into_brackets() -> None:
    assert parse('title:~(Kabul OR "Abu Omar") =(A-b OR "C d*") go+ listing*').root == And(
        (
            Field("title", Or((Name("Kabul"), Name("Abu Omar")))),
            Or((Exact("A-b"), Exact("C d", prefix=True))),
            Stem("go"),
            Words("listing", prefix=True),
        )
    )


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a AND b", "a b"),
        ("-b a", "NOT b a"),
        ("(a)", "a"),
        ("( a OR (b OR c) )", "a OR b OR c"),
        ("(a b) c", "a b c"),
        ("a NEAR/10 b", "a NEAR b"),
        ("a NEAR (b NEAR c)", "a NEAR (b NEAR c)"),
        ("“curly quotes”", '"curly quotes"'),
        ('"AND"', '"AND"'),
        ('"title:x"', '"title:x"'),
        ("TITLE:x", "title:x"),
        ("https://example.org/a", '"https://example.org/a"'),
        ("（a OR b）", "a OR b"),
        ("塔利班*", "塔利班"),
        ("=AND", "=AND"),
        ("=title:x", "=title:x"),
        ('"a   b"', '"a b"'),
        ("= a", "=a"),
        ('a"b"', "a b"),
        ("x (NOT b)", "x NOT b"),
        ("NEARBY ORNOT", "NEARBY ORNOT"),
        ("a.b a,b", "a.b a,b"),
        ("@a.b", "@a .b"),
        ("12:30", "12:30"),
    ],
)
def test_the_canonical_form(written: str, canonical: str) -> None:
    assert render(parse(written)) == canonical
    assert parse(canonical) == parse(written)


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("(a OR b", 0, '"(" is never closed'),
        ("a)", 1, '")" has no "(" before it'),
        ("()", 1, "expected a word or phrase"),
        ("a AND", 2, "AND needs a term after it"),
        ("(a OR)", 3, "OR needs a term after it"),
        ("a NEAR/5", 2, "NEAR/5 needs a term after it"),
        ("a NOT", 2, "NOT needs a term after it"),
        ("title:", 0, "title: needs a term after it"),
        ("~", 0, "needs a term after it"),
        ("= AND", 2, "AND needs a term before it"),
        ("=-a", 0, "do not go together"),
        ("== a", 0, "do not go together"),
        ("=@a", 1, "does not apply to a concept"),
        ("--a", 1, 'expected a word or phrase here, not "-"'),
        ("(-)", 2, 'expected a word or phrase here, not ")"'),
        ("a OR OR b", 5, "OR needs a term before it"),
        ("a) b", 1, '")" has no "(" before it'),
        ("OR a", 0, "OR needs a term before it"),
        ("NOT NEAR a", 4, "NEAR needs a term before it"),
        ("a NEAR/x b", 2, "expected a number of words"),
        ("a NEAR/ b", 2, "expected a number of words"),
        ('a "b c', 2, "never closed"),
        ('""', 0, "the phrase is empty"),
        ("", 0, "the query is empty"),
        ("tilte:a", 0, 'unknown field "tilte:" (did you mean title:?)'),
        ("C:a", 0, 'unknown field "C:"'),
        ("a & b", 2, "no letter or digit"),
        ("a - b", 2, "no letter or digit"),
        ("ab*", 0, "expected 3 letters"),
        ("*ban", 0, "only at the end"),
        ("organi*ation", 0, "only at the end"),
        ("C++", 0, '"=C++" finds these very characters'),
        ("follow-up+", 0, "single word"),
        ("~list*", 1, 'leave out the "*"'),
        ("~=a", 0, "do not go together"),
        ("~title:a", 0, "write the field first: title:~"),
        ("~@a", 1, "does not apply to a concept"),
        ("~Iran", 1, "fewer than 3 consonants"),
        ("NOT a", 0, "nothing must be present"),
        ("a OR NOT b", 5, "nothing must be present"),
        ("a NOT NOT b", 6, "NOT NOT"),
        ("a NEAR (b c)", 2, "NEAR cannot join an AND group"),
        ("a NEAR (b OR (c NOT d))", 2, "NEAR cannot join an AND group"),
        ("a NEAR lang:en", 7, "has no place in the text"),
        ("title:(body:a)", 7, "can never match"),
        ("lang:~Kabulis", 6, "words and phrases only"),
        ("(" * 100 + "a" + ")" * 100, 60, "nested more than"),
        (" NEAR ".join("a" * 100), 422, "in a chain"),
    ],
)
def test_errors_name_the_column_and_what_was_expected(query: str, column: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.column == column
    assert str(caught.value).splitlines()[-1].index("^") == column + 2


def test_any_text_is_parsed_or_refused_with_a_query_error() -> None:
    pieces = ["a", "(", ")", '"', "NEAR/3", "NOT", "OR", "AND", "~", "=", "-", "@x", "title:", "lang:", "*", "+", "b*"]
    for number in range(len(pieces) ** 3):
        first, rest = divmod(number, len(pieces) ** 2)
        text = " ".join([pieces[first], pieces[rest // len(pieces)], pieces[rest % len(pieces)]])
        try:
            query = parse(text)
        except QueryError:
            continue
        assert parse(render(query)) == query
