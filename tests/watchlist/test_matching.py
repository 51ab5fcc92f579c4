"""What a match shows: its passage, its marks, its reason; and the finer points of NEAR and of zones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watchlist import Found, Watchlist, article_of_text
from wirewatch.errors import QueryError
from wirewatch.model import Article, Block, Concept, Match, Term, Visibility, Zone


def article(*texts: str | tuple[Zone, str], **facts: str) -> Article:
    blocks = [Block(text, Zone.BODY) if isinstance(text, str) else Block(text[1], text[0]) for text in texts]
    return replace(article_of_text(""), blocks=tuple(blocks), **facts)


def found(query: str, where: Article | str, *concepts: Concept) -> Found | None:
    text = article_of_text(where) if isinstance(where, str) else where
    hits = Watchlist.compile([Term("t", query)], concepts).match(text)
    return hits[0] if hits else None


def shown(match: Match) -> str:
    text = match.passage
    for start, end in reversed(match.marks):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


def passages(query: str, where: Article | str, *concepts: Concept) -> list[str]:
    hit = found(query, where, *concepts)
    return [shown(match) for match in hit.matches] if hit else []


def test_the_passage_is_the_sentence_and_only_matched_words_are_marked() -> None:
    text = "Before it. While delisting the Tali\u00adban’s friends, he left. After it."
    assert passages("taliban NEAR/2 delist*", text) == ["While [delisting] the [Tali\u00adban]’s friends, he left."]


def test_spans_are_places_in_the_blocks() -> None:
    text = article((Zone.HEADLINE, "None"), "First sentence.  The Taliban left.")
    hit = found("Taliban", text)
    assert hit is not None
    (span,) = hit.matches[0].spans
    assert text.blocks[span.block].text[span.start : span.end] == "Taliban"


def test_a_near_over_two_paragraphs_shows_both() -> None:
    text = article("One. They met the Taliban.", "A delisting followed. More.")
    assert passages("taliban NEAR delisting", text) == ["They met the [Taliban]. ¶ A [delisting] followed."]


def test_mentions_in_one_sentence_are_one_match() -> None:
    text = "HTS, or Hayat Tahrir al-Sham, fights. HTS again."
    assert passages('HTS OR "Hayat Tahrir al-Sham"', text) == [
        "[HTS], or [Hayat Tahrir al-Sham], fights.",
        "[HTS] again.",
    ]


def test_matches_are_ordered_headline_then_shortest_then_place() -> None:
    text = article(
        "Taliban gather for a delisting.",
        "A delisting: Taliban cheer.",
        (Zone.HEADLINE, "Taliban await, after all these years, delisting"),
    )
    assert passages("taliban NEAR delisting", text) == [
        "[Taliban] await, after all these years, [delisting]",
        "A [delisting]: [Taliban] cheer.",
        "[Taliban] gather for a [delisting].",
    ]


def test_only_the_shortest_stretches_are_marked() -> None:
    assert passages("taliban NEAR/9 list", "The Taliban, the old Taliban, left the list for good.") == [
        "The Taliban, the old [Taliban], left the [list] for good."
    ]


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("a NEAR/0 b", "a b", True),
        ("a NEAR/0 b", "a, b", True),
        ("a NEAR/0 b", "a c b", False),
        ("a NEAR/1 b", "a's c b", True),
        ("a NEAR/1 b", "a x-y b", False),
        ("a NEAR/0 a", "a", False),
        ("a NEAR/0 a", "a a", True),
        ('"a b" NEAR/1 "b c"', "a b c", False),
        ("(a NEAR/2 b) ONEAR/5 c", "a c b", False),
        ("c ONEAR/5 (a NEAR/2 b)", "a c b", False),
        ("(a NEAR/2 b) NEAR/0 c", "a c b", True),
        ("a NEAR/1 b NEAR/1 c", "a x b x c", True),
        ("a NEAR/1 b NEAR/1 c", "c x a x b", True),
        ("a NEAR/1 (b NEAR/1 c)", "a x x b c", False),
        ("a NOT NEAR/1 b", "a x b", False),
        ("a NOT NEAR/1 b", "a x b x x a", True),
        ("a NOT NEAR/5 a", "a", True),
        ('a NOT NEAR/0 "a b"', "a b", False),
        ('"a b" NOT NEAR/0 a', "a b", True),
        ("a NOT NEAR/s b", "a went. B here.", True),
        ("a NOT NEAR/p b", "a went. B here.", False),
    ],
)
def test_near_exactly(query: str, text: str, hit: bool) -> None:
    assert (found(query, text) is not None) == hit


def test_near_stays_in_its_zone_and_its_caption() -> None:
    assert found("a NEAR b", article((Zone.HEADLINE, "a"), "b")) is None
    assert found("a NEAR b", article((Zone.CAPTION, "a"), (Zone.CAPTION, "b"))) is None
    assert found("a NEAR b", article("a", (Zone.SUBHEAD, "x y z"), "b")) is not None


def test_and_and_not_see_all_zones_together() -> None:
    text = article((Zone.HEADLINE, "Taliban"), (Zone.CAPTION, "Kabul"))
    assert found("taliban kabul", text) is not None
    assert found("taliban NOT kabul", text) is None
    assert found("title:(taliban NOT kabul)", text) is not None


def test_byline_and_dateline_are_looked_in_by_field_only() -> None:
    text = article((Zone.DATELINE, "BEIRUT"), "A report.", byline="Leandro Fleischer")
    assert found("beirut OR leandro", text) is None
    assert passages("author:leandro", text) == ["[Leandro] Fleischer"]
    assert passages("any:beirut", text) == ["[BEIRUT]"]
    assert found("any:leandro", text) is not None
    assert found("author:beirut", text) is None


def test_furniture_completes_only_a_suppressed_hit_and_feeds_no_not() -> None:
    text = article("The Taliban left.", (Zone.FURNITURE, "TARIFFS | Kabul weather"))
    suppressed = found("taliban tariff*", text)
    assert suppressed is not None
    assert suppressed.visibility is Visibility.SUPPRESSED
    live = found("taliban NOT kabul", text)
    assert live is not None
    assert live.visibility is Visibility.LIVE
    assert found("tariff* NOT taliban", text) is None
    assert found("title:tariff*", text) is None


def test_a_query_about_facts_alone_shows_the_headline() -> None:
    text = article((Zone.HEADLINE, "New Friends"), "A report.", url="https://www.bbc.co.uk/1", language="en-GB")
    hit = found("site:bbc.co.uk lang:en", text)
    assert hit is not None
    assert (hit.matches[0].passage, hit.matches[0].marks) == ("New Friends", ())


DELISTING = Concept("delisting", "delist* OR remov* NEAR/12 list")


@pytest.mark.parametrize(
    ("query", "text", "reason"),
    [
        ("taliban", "The Taliban left.", "word “Taliban”"),
        ('"The Taliban"', "The Taliban left.", "phrase “The Taliban”"),
        ("talib*", "The Taliban left.", "“Taliban” begins with talib*"),
        ("=HTS", "HTS left.", "exactly “HTS”"),
        ("sanction+", "They were sanctioned.", "“sanctioned” is a form of sanction+"),
        ("taliban NEAR delist*", "delisting the Taliban", "“delisting” is 1 word before “Taliban”"),
        ("taliban NEAR delist*", "Taliban delisting", "“Taliban” is directly before “delisting”"),
        ("taliban NEAR delist*", "Taliban: a full delisting", "“Taliban” is 2 words before “delisting”"),
        ("a NEAR/s b", "a and then b", "“a” and “b” are in one sentence"),
        ("a NOT NEAR/2 b", "a and so on, b", "word “a”; no b within 2 words"),
        (
            "taliban NEAR @delisting",
            "removed the Taliban from its list",
            "“Taliban” is inside “removed … list”; concept delisting: remov* NEAR/12 list",
        ),
        ('~"Hayat Tahrir al-Sham"', "Hayat Tahrir al-Shams fell.", "spelling variant “al-Shams” of “al-Sham”"),
        ("~Hmeimim", "at Khmeimim", "spelling variant “Khmeimim” of “Hmeimim”"),
        ("~Hmeimim", "at Hmeimim", "name “Hmeimim”"),
    ],
)
def test_reasons_are_in_words(query: str, text: str, reason: str) -> None:
    hit = found(query, text, DELISTING)
    assert hit is not None
    assert hit.matches[0].reason == reason


def test_errors_name_the_term_or_the_concept() -> None:
    with pytest.raises(QueryError, match=r"^term Taliban delisting: column 9: unknown concept @nope"):
        Watchlist.compile([Term("Taliban delisting", "Taliban @nope")], [])
    with pytest.raises(QueryError, match=r"^concept bad: column 1: \"\(\" is never closed"):
        Watchlist.compile([Term("t", "@bad")], [Concept("bad", "(x")])
    with pytest.raises(QueryError, match=r"circle: @a → @b → @a"):
        Watchlist.compile([Term("t", "@a")], [Concept("a", "x OR @b"), Concept("b", "@a")])
    with pytest.raises(QueryError, match=r"^term t: column 8: @c: NEAR cannot join an AND group"):
        Watchlist.compile([Term("t", "x NEAR @c")], [Concept("c", "a b")])


def test_a_broken_concept_spoils_only_what_uses_it() -> None:
    terms, concepts = [Term("good", "x")], [Concept("bad", "(")]
    assert Watchlist.compile(terms, concepts).match(article_of_text("x"))


def test_a_text_that_repeats_its_words_is_answered() -> None:
    text = article_of_text("tariff war " * 2_000)
    hits = Watchlist.compile([Term("t", "(tariff NEAR/50 war) NEAR/50 (war NEAR/50 tariff) NEAR/50 war")], []).match(
        text
    )
    assert len(hits) == 1
