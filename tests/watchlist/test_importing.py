"""Watchlists from elsewhere: what is rewritten, what is left out, and that the report says so."""

from __future__ import annotations

import pytest

from watchlist import parse
from watchlist.importing import import_terms, rewrite


@pytest.mark.parametrize(
    ("theirs", "ours", "note"),
    [
        ("apple and (iphone or ipad)", "apple AND (iphone OR ipad)", "and → AND"),
        ('apple AND NOT "apple pie"', 'apple NOT "apple pie"', "AND NOT → NOT"),
        ('"mac book"~5', "(mac NEAR/5 book)", '"mac book"~5 → (mac NEAR/5 book)'),
        ("ban NEAR/5f Taliban", "ban ONEAR/5 Taliban", "NEAR/5f → ONEAR/5"),
        ("taliban w/10 list", "taliban NEAR/10 list", "w/10 → NEAR/10"),
        ("taliban pre/3 list", "taliban ONEAR/3 list", "pre/3 → ONEAR/3"),
        ("taliban /s kabul", "taliban NEAR/s kabul", "/s → NEAR/s"),
        ("“Hayat Tahrir” near ban", '"Hayat Tahrir" NEAR ban', "near → NEAR"),
        ("raw:HTS", "=HTS", "raw: → ="),
        ("{HTS}", "=HTS", "{HTS} → =HTS"),
        ("{ISIS K}", "=ISIS ONEAR/0 =K", "{ISIS K} → =ISIS ONEAR/0 =K"),
        ("language:en sanction?", "lang:en sanction*", "language: → lang:"),
        ("country:US AND Hmeimim", "Hmeimim", "left out country:US: there is no such field here"),
        ("ban NOT country:US AND list", "ban AND list", "left out country:US: there is no such field here"),
        ("<<<since May>>> foo*", "foo*", "left out the comment <<<since May>>>"),
        ("*stan", "stan", "*stan → stan: a wildcard stands at the end of a word only"),
    ],
)
def test_a_query_of_another_tool_is_rewritten_and_the_change_is_told(theirs: str, ours: str, note: str) -> None:
    rewritten, notes = rewrite(theirs)
    assert rewritten == ours
    assert note in notes
    parse(rewritten)


@pytest.mark.parametrize(
    "query", ['taliban NEAR/20 (delist* OR "remove from list")', "apple -pie", "title:taliban", 'a ONEAR/3 "b c*"']
)
def test_what_this_language_says_too_is_left_as_it_is(query: str) -> None:
    assert rewrite(query) == (query, [])


def test_a_keyword_list_gives_a_term_a_line() -> None:
    result = import_terms("# the desk's list\nTaliban\n\nIslamic State\nISIS-K # the branch\nfoo AND (bar\nTaliban\n")
    assert [(term.line, term.name, term.query) for term in result.terms] == [
        (2, "Taliban", "Taliban"),
        (4, "Islamic State", '"Islamic State"'),
        (5, "ISIS-K", "ISIS-K"),
    ]
    assert result.terms[0].notes == ("line 7 says the same, and is left out",)
    assert [line for line, _ in result.refused] == [6]
    assert "never closed" in result.refused[0][1]


def test_a_query_that_ends_in_a_quote_names_its_term_whole() -> None:
    result = import_terms('apple NOT "apple pie"\n"Islamic State"\n')
    assert [term.name for term in result.terms] == ['apple NOT "apple pie"', "Islamic State"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_by_its_heading(delimiter: str) -> None:
    rows = [["Name", "Boolean"], ["Delisting", '"taliban and delist*"'], ["Hmeimim", ""]]
    result = import_terms("\ufeff" + "\n".join(delimiter.join(row) for row in rows))
    assert [(term.name, term.query) for term in result.terms] == [
        ("Delisting", "taliban AND delist*"),
        ("Hmeimim", "Hmeimim"),
    ]
