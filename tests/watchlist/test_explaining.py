"""`explain` says why not, and `check` says it before a term goes live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watchlist import article_of_text, check, explain
from wirewatch.model import Article, Block, Concept, Term, Zone

DELISTING = Concept("delisting", "delist* OR (remov* OR drop*) NEAR/12 (list OR lists)")


def why(query: str, article: Article | str) -> str:
    text = article_of_text(article) if isinstance(article, str) else article
    return explain(Term("t", query), [DELISTING], text).short


@pytest.mark.parametrize(
    ("query", "text", "reason"),
    [
        ("taliban", "The Talibans left.", "taliban: the word is not there; there is “Talibans”"),
        ('"a b"', "b a", '"a b": its words are there, but not one after another'),
        ('"Islamic State Khorasan"', "Islamic State", "there is no “khorasan”"),
        ("=HTS", "the hts format", "=HTS: only otherwise written: “hts”"),
        ("a NEAR/2 b", "a c d e b", "NEAR/2: nearest are 3 words apart (“a” and “b”)"),
        ("a NEAR/2 b", "a c d", "no b"),
        ("a ONEAR/2 b", "b a", "ONEAR/2: only in the other order, 0 words apart"),
        ("a NEAR/s b", "a went. B came.", "NEAR/s: never in one sentence; nearest are 1 word apart"),
        ("a NOT NEAR/2 b", "a b", "every mention has b within 2 words"),
        ("a NOT b", "a b", "NOT b: takes it away: once, word “b”"),
        ("a b c", "a", "b: the word is not there; c: the word is not there"),
        ("lang:en", "a", "the article's is not known"),
        ("taliban NEAR @delisting", "the Taliban", "no @delisting"),
    ],
)
def test_why_not(query: str, text: str, reason: str) -> None:
    assert reason in why(query, text)


def test_where_else_it_stands() -> None:
    blocks = (Block("A report.", Zone.BODY), Block("TARIFFS", Zone.FURNITURE), Block("BEIRUT", Zone.DATELINE))
    article = replace(article_of_text(""), blocks=blocks, byline="Leandro Fleischer")
    assert "only in furniture" in why("tariff*", article)
    assert "only in the dateline; any: looks there" in why("beirut", article)
    assert "only in the byline; author: looks there" in why("leandro", article)
    assert "not in title, but elsewhere" in why("title:report", article)
    assert "never stand in one zone" in why("any:beirut NEAR report", article)
    assert str(explain(Term("t", "tariff*"), [], article)).startswith("t: suppressed hit")


def test_the_text_walks_the_query() -> None:
    text = str(
        explain(Term("t", "taliban NEAR @delisting OR x"), [DELISTING], article_of_text("delisting the Taliban"))
    )
    assert text.splitlines() == [
        "t: hit, 1 match",
        "  body: *delisting* the *Taliban*",
        "    “delisting” is 1 word before “Taliban”; concept delisting: delist*",
        "✓ taliban NEAR @delisting OR x: once, “delisting” is 1 word before “Taliban”; concept delisting: delist*",
        "  ✓ taliban NEAR @delisting: once, “delisting” is 1 word before “Taliban”; concept delisting: delist*",
        "    ✓ taliban: once, word “Taliban”",
        "    ✓ @delisting = delist* OR (remov* OR drop*) NEAR/12 (list OR lists): once, concept delisting: delist*",
        "      ✓ delist*: once, “delisting” begins with delist*",
        "      ✗ (remov* OR drop*) NEAR/12 (list OR lists): no remov* OR drop* and no list OR lists",
        "        ✗ remov* OR drop*: none of these",
        "          ✗ remov*: the word is not there",
        "          ✗ drop*: the word is not there",
        "        ✗ list OR lists: none of these",
        "          ✗ list: the word is not there",
        "          ✗ lists: the word is not there",
        "  ✗ x: the word is not there",
    ]


TALIBAN = Term(
    "Taliban delisting",
    "taliban NEAR/20 @delisting",
    must_hit=("Kazakhstan removed the Taliban from its terror list.",),
    must_not_hit=("The Taliban suspended banking licences.", "The Taliban dropped out; listen to the interview."),
)


def test_a_good_term_has_no_findings() -> None:
    assert check([TALIBAN], [DELISTING]) == []


def test_sentences_that_fail_say_why() -> None:
    term = replace(TALIBAN, must_hit=("The Taliban met.",), must_not_hit=("Delisting the Taliban",))
    messages = [(finding.severity, finding.message) for finding in check([term], [DELISTING])]
    assert messages == [
        ("error", "must hit “The Taliban met.” and does not: taliban NEAR/20 @delisting: no @delisting"),
        (
            "error",
            "must not hit “Delisting the Taliban” and does: "
            "“Delisting” is 1 word before “Taliban”; concept delisting: delist*",
        ),
    ]


def test_errors_of_queries_and_concepts_are_findings() -> None:
    terms = [Term("one", "(x"), Term("two", "@nope"), Term("three", "fine")]
    concepts = [Concept("a", "@b"), Concept("b", "@a"), Concept("c", '"open')]
    found = {finding.term: finding for finding in check(terms, concepts)}
    assert set(found) == {"one", "two", "@a", "@b", "@c"}
    assert all(finding.severity == "error" for finding in found.values())
    assert found["one"].message.splitlines() == ['column 1: "(" is never closed', "  (x", "  ^"]
    assert "circle" in found["@a"].message


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("Taliban and Kabul", "the operator is AND"),
        ("Taliban near/5 delisting", "the operator is NEAR"),
        ("the", "commonest words"),
        ("x OR Taliban", "single letter"),
        ("al-Sharaa", "~al-Sharaa would also find"),
        ('"Hayat Tahrir al-Sham"', '~"Hayat Tahrir al-Sham" would also find'),
        ("Kabul NOT Kabul", "can never match"),
        ("Kabul lang:en lang:fr", "one language"),
        ("con*", "longer beginning"),
        ("Kabul organi?ation", "no wildcard"),
    ],
)
def test_hints(query: str, hint: str) -> None:
    findings = check([Term("t", query)], [])
    assert [finding.severity for finding in findings] == ["warning"]
    assert hint in findings[0].message
