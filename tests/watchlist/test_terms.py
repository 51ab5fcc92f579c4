"""What a term asks beside its query: aliases, exclusions, zones, languages, sources, a number of matches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watchlist import Watchlist, article_of_text, explain
from watchlist.terms import Found
from wirewatch.errors import QueryError
from wirewatch.model import Article, Block, Term, Visibility, Zone

ARTICLE = replace(
    article_of_text(""),
    blocks=(
        Block("Ferry strike closes the port of Sarvan", Zone.HEADLINE),
        Block("The strike began at dawn. HTS units were seen near the Khmeimim base.", Zone.BODY),
        Block("Dockers on strike. Photo: agency", Zone.CAPTION),
        Block("Strike tracker", Zone.FURNITURE),
    ),
    language="en-GB",
    source="harbour",
)


def found(term: Term, article: Article = ARTICLE) -> Found | None:
    return next(iter(Watchlist.compile([term], ()).match(article)), None)


def test_an_alias_stands_for_the_term_and_the_reason_says_so() -> None:
    term = Term("Hayat Tahrir al-Sham", '"Hayat Tahrir al-Sham"', aliases=("=HTS", "Nusra"))
    hit = found(term)
    assert hit and [match.reason for match in hit.matches] == ["via alias =HTS"]


def test_a_term_and_its_alias_in_one_sentence_are_one_mention() -> None:
    text = article_of_text("Hayat Tahrir al-Sham (HTS) agreed. Later HTS left.")
    hit = found(Term("HTS", '"Hayat Tahrir al-Sham"', aliases=("=HTS",)), text)
    assert hit and [len(match.marks) for match in hit.matches] == [2, 1]


def test_a_broken_alias_names_the_term() -> None:
    with pytest.raises(QueryError, match="term T"):
        Watchlist.compile([Term("T", "a", aliases=("(b",))], ())


def test_exclude_takes_a_spelling_out_of_a_name() -> None:
    assert found(Term("Hmeimim", "~Hmeimim"))
    assert not found(Term("Hmeimim", "~Hmeimim", exclude=("Khmeimim",)))
    assert found(Term("Hmeimim", "~Hmeimim", exclude=("Hamim",)))


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ((), ["headline", "body", "caption"]),
        ((Zone.HEADLINE,), ["headline"]),
        ((Zone.CAPTION,), ["caption"]),
        ((Zone.HEADLINE, Zone.CAPTION), ["headline", "caption"]),
        ((Zone.STANDFIRST,), []),
    ],
)
def test_zones_say_where_a_term_looks(zones: tuple[Zone, ...], expected: list[str]) -> None:
    hit = found(Term("strike", "strike", zones=zones))
    assert sorted(match.zone for match in hit.matches) == sorted(expected) if hit else expected == []


def test_min_matches_asks_for_several_mentions() -> None:
    assert found(Term("strike", "strike", min_matches=3))
    assert not found(Term("strike", "strike", min_matches=5))
    suppressed = found(Term("strike", "strike", min_matches=4))
    assert suppressed and suppressed.visibility is Visibility.SUPPRESSED, "the fourth is in furniture"


@pytest.mark.parametrize(
    ("languages", "hits"), [((), True), (("en",), True), (("en-US",), False), (("de", "fr"), False)]
)
def test_languages(languages: tuple[str, ...], hits: bool) -> None:
    term = Term("strike", "strike", languages=languages)
    assert bool(found(term)) is hits
    assert found(term, replace(ARTICLE, language=None)), "an unknown language is no obstacle"


def test_sources() -> None:
    assert found(Term("strike", "strike", sources=("harbour", "wire")))
    assert not found(Term("strike", "strike", sources=("wire",)))


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (Term("strike", "strike", languages=("de",)), "the term is for articles in de; this one is in en-GB"),
        (Term("strike", "strike", sources=("wire",)), "the term is for the sources wire; this one is from harbour"),
        (Term("strike", "strike", min_matches=9), "the term asks for 9 matches"),
    ],
)
def test_explain_says_which_condition_stood_in_the_way(term: Term, said: str) -> None:
    assert said in str(explain(term, (), ARTICLE))
