"""Near misses: what a slightly looser term would find, and why the term does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchlist import article_of_text, parse
from watchlist.nearly import NearMisses, relaxed
from watchlist.terms import find
from watchlist.text import ArticleText
from wirewatch.errors import QueryError
from wirewatch.model import Concept, Term

FAR = "The Taliban said on Monday, after two days of talks in the capital, that the list was under review."


def misses(query: str, text: str, concepts: tuple[Concept, ...] = ()) -> list[str]:
    found = NearMisses([Term("t", query)], concepts).of(article_of_text(text))
    return [miss.explanation.short for miss in found]


@pytest.mark.parametrize(
    ("query", "text", "why"),
    [
        ("taliban NEAR/8 list", FAR, "nearest are 13 words apart"),
        ("list ONEAR/20 taliban", FAR, "only in the other order"),
        ("taliban NOT talks", FAR, "takes it away"),
        ("taliban NOT NEAR/9 talks", FAR, "every mention has"),
        ("=TALIBAN", FAR, "only otherwise written"),
        ("title:taliban", FAR, "not in title, but elsewhere"),
    ],
)
def test_a_near_miss_says_what_stood_in_the_way(query: str, text: str, why: str) -> None:
    [said] = misses(query, text)
    assert why in said


def test_inside_a_concept_too() -> None:
    assert misses("@both", FAR, (Concept("both", "taliban NEAR/8 list"),))


@pytest.mark.parametrize("query", ["taliban NEAR/20 list", "kabul NEAR/20 list", "taliban NEAR/2 list", "hmeimim"])
def test_a_hit_is_none_and_what_is_far_off_is_none(query: str) -> None:
    assert misses(query, FAR) == []


WORDS = st.sampled_from(["taliban", "list", "talks", "=TALIBAN", '"the list"', "capital", "title:taliban"])
QUERIES = st.recursive(
    WORDS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["OR", "NEAR/3", "ONEAR/9", "NOT NEAR/3"]), inner)
        | st.builds("({} AND {} NOT {})".format, inner, WORDS, WORDS)
    ),
    max_leaves=4,
)


@given(QUERIES)
def test_a_relaxed_query_finds_all_that_the_query_finds(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:  # NEAR of an AND group, say
        return
    article = ArticleText(article_of_text(FAR))
    term = Term("t", text)
    if find(term, query, article):
        assert find(term, relaxed(query), article), text
