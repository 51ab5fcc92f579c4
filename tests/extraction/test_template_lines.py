"""A source's repeated lines become furniture; its news never does, however often it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from extraction.template_lines import edge_lines, without_templates
from wirewatch.identity import url_key
from wirewatch.model import Article, Block, Zone

BANNERS = [
    "Sign up for The Ferry, our weekly letter from the ministry of defence beat",
    "Mit Material der Nachrichtenagentur und des Verteidigungsministeriums",
    "Подпишитесь на наш канал, чтобы не пропустить новости министерства обороны",
    "国防部新闻请关注本报公众号",
    "تابعوا أخبار وزارة الدفاع على قناتنا",
]
FIRST_DAY = datetime(2025, 5, 1, 9, tzinfo=UTC)


def article(number: int, *, first: str = "", last: str = "", days: int = 1, body: str = "") -> Article:
    """One of a source's articles, with a line planted before or after its own text."""
    own = [
        f"The council of town {number} met for the {number}th time and decided what it had put off {number} times.",
        body or f"Its mayor, who has been in office for {number} years, said nothing that had not been said before it.",
        f"Residents of street {number} had waited longer than those of any other street for the bus to come back.",
        f"A vote on proposal {number} is to be held when the {number} members who were absent have come home again.",
        f"The meeting of group {number} lasted until after midnight and ended without any result but that one.",
        f"Town {number} has about {number},000 inhabitants and one school, which has been closed since the winter.",
    ]
    texts = [text for text in (first, *own, last) if text]
    day = FIRST_DAY + timedelta(days=number // 2 if days > 1 else 0)
    blocks = (Block(f"Town {number}", Zone.HEADLINE), *(Block(text, Zone.BODY) for text in texts))
    url = f"https://news.example/{number}"
    return Article(url_key(url), url, f"Town {number}", blocks, "newsline", day, bytes(16), published_at=day)


def live(read: Article) -> list[str]:
    return [block.text for block in read.blocks if block.zone is Zone.BODY]


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_banner_that_many_articles_carry_is_furniture(banner: str, place: str) -> None:
    seen = [edge_lines(article(number, days=5, **{place: banner})) for number in range(1, 6)]
    planted = article(9, **{place: banner})
    read = without_templates(planted, seen)
    assert banner not in live(read)
    assert Block(banner, Zone.FURNITURE) in read.blocks
    assert read.fingerprint != planted.fingerprint
    assert len(read.blocks) == len(planted.blocks), "nothing is dropped"


def test_one_or_two_siblings_prove_nothing() -> None:
    for count in (1, 2):
        seen = [edge_lines(article(number, days=5, last=BANNERS[0])) for number in range(2, 2 + 2 * count, 2)]
        planted = article(9, last=BANNERS[0])
        assert without_templates(planted, seen) == planted


def test_articles_of_one_day_prove_nothing() -> None:
    seen = [edge_lines(article(number, last=BANNERS[0])) for number in range(1, 8)]
    assert BANNERS[0] in live(without_templates(article(9, last=BANNERS[0]), seen))


def test_a_sentence_that_a_running_story_repeats_stays() -> None:
    background = "The ferry has been out of service since its cables broke in May."
    seen = [edge_lines(article(number, days=5, last=background)) for number in range(1, 5)]
    seen += [edge_lines(article(number, days=5)) for number in range(20, 40)]
    assert background in live(without_templates(article(9, last=background), seen))


def test_a_quotation_stays_however_often_it_is_told() -> None:
    quote = "“We will not wait for a second report,” the minister said."
    seen = [edge_lines(article(number, days=5, last=quote)) for number in range(1, 9)]
    assert quote in live(without_templates(article(9, last=quote), seen))


def test_updates_of_one_article_prove_nothing() -> None:
    update = article(9, last=BANNERS[0])
    seen = [
        replace(edge_lines(update), article_key=bytes([number]) * 16, day=FIRST_DAY.date() + timedelta(days=number))
        for number in range(5)
    ]
    assert without_templates(update, seen) == update


def test_an_article_is_not_its_own_proof_and_long_paragraphs_are_never_a_template() -> None:
    long = "A paragraph of many words that every article ends with, as some sites explain themselves at length. " * 4
    seen = [edge_lines(article(number, days=5, last=long)) for number in range(1, 6)]
    assert long in live(without_templates(article(9, last=long), seen))
    known = edge_lines(article(9, last=BANNERS[0]))
    assert BANNERS[0] in live(without_templates(article(9, last=BANNERS[0]), [known] * 5))
