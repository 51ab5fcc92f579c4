"""Who wrote a page and when, by what it marks up and by what it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from extraction import extract
from tests.extraction.test_pages import BODY, SEEN, page
from wirewatch.model import Article, Item

PLAIN = "https://www.news.example/world/ferry-cables"


def read(head: str, body: str = BODY, *, url: str = PLAIN, attributes: str = 'lang="en-GB"') -> Article:
    return extract(Item("newsline", url, page(head, body, attributes), "text/html; charset=utf-8", SEEN))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def linked(author: str, publisher: str = '{"@type": "Organization", "name": "Newsline"}') -> str:
    node = f'{{"@type": "NewsArticle", "headline": "h", "author": {author}, "publisher": {publisher}}}'
    return f'<script type="application/ld+json">{node}</script>'


@pytest.mark.parametrize(
    ("head", "byline"),
    [
        (linked('[{"@type": "Person", "givenName": "Ann", "familyName": "Lee"}]'), "Ann Lee"),
        (
            linked('[{"@type": "Person", "name": "Lee, Ann"}, {"@type": "Person", "name": "Jo Day"}]'),
            "Lee, Ann, Jo Day",
        ),
        (linked('[{"@type": "Organization", "name": "dpa"}, {"@type": "Person", "name": "Jo Day"}]'), "Jo Day, dpa"),
        (linked('{"@type": "Organization", "name": "dpa"}'), "dpa"),
        (linked('{"@type": "Person", "name": "By Ann Lee and Jo Day"}'), "Ann Lee, Jo Day"),
        (
            linked('{"@type": "Organization", "name": "Newsline"}') + '<meta name="article:byline" content="Jo Day">',
            "Jo Day",
        ),
        ('<meta name="author" content="신현주 기자">', "신현주"),
        ('<meta name="author" content="desk@news.example"><meta property="article:author" content="Jo Day">', "Jo Day"),
    ],
)
def test_people_and_agencies_before_the_publisher(head: str, byline: str) -> None:
    assert read(head).byline == byline


def test_an_author_named_by_reference_is_looked_up() -> None:
    graph = """{"@graph": [{"@type": "WebPage", "author": {"@id": "#p1"}, "datePublished": "2025-05-30T08:00:00Z"},
    {"@type": "Person", "@id": "#p1", "name": "Ann Lee"}]}"""
    article = read(f'<script type="application/ld+json">{graph}</script>')
    assert article.byline == "Ann Lee"
    assert article.published_at == datetime(2025, 5, 30, 8, tzinfo=UTC)


def test_a_shown_byline_counts_where_only_the_publisher_is_marked_up() -> None:
    head = linked('{"@type": "Organization", "name": "Newsline"}')
    shown = BODY.replace("By Dana Petrovska and Tom Vale, Friday 30 May", "By Dana Petrovska")
    assert read(head, shown).byline == "Dana Petrovska"
    follow = BODY.replace("By Dana Petrovska and Tom Vale, Friday 30 May", "<button>Follow</button>")
    assert read(head, follow).byline == "Newsline"


def test_bylines_of_teasers_are_not_the_articles() -> None:
    head = linked('{"@type": "Organization", "name": "Newsline"}')
    teasers = "".join(f'<div><a>Story {n}</a><p class="byline">By Jo Day{"en" * n}</p></div>' for n in range(4))
    assert (
        read(
            head, BODY.replace('<div class="byline">By Dana Petrovska and Tom Vale, Friday 30 May</div>', teasers)
        ).byline
        == "Newsline"
    )


@pytest.mark.parametrize(
    ("shown", "language", "expected"),
    [
        ("erstellt: 01. April 2025, 15:25", "de", utc(2025, 4, 1, 15, 25)),
        ("Do 25.04.24 | 14:07 Uhr | Von Eva Roth", "de", utc(2024, 4, 25, 14, 7)),
        ("2025年4月1日 21時", "ja", utc(2025, 4, 1)),
        ("1 de abril de 2025", "es", utc(2025, 4, 1)),
        ("April 1, 2025", "en", utc(2025, 4, 1)),
        ("1 апреля 2025", "ru", utc(2025, 4, 1)),
        ("04/13/2025", "en-us", utc(2025, 4, 13)),
        ("04/05/2025", "en", None),
        ("Copyright 1 April 2025", "en", None),
        ("April 2025", "en", None),
        ("45.13.2025", "de", None),
        ("The operator said on 1 April 2025 that both of the steel cables would be replaced by the autumn", "en", None),
        ('<a href="/x">1 April 2025: another story</a>', "en", None),
    ],
)
def test_the_date_beside_the_headline_counts_where_none_is_marked_up(
    shown: str, language: str, expected: datetime | None
) -> None:
    body = BODY.replace("<h1>", f"<div>{shown}</div><h1>")
    article = read("", body, attributes=f'lang="{language}"')
    assert article.published_at == expected


def test_the_day_an_address_is_filed_under_comes_last() -> None:
    filed = "https://www.news.example/2025/04/01/ferry/"
    assert read("", url=filed).published_at == datetime(2025, 4, 1, tzinfo=UTC)
    assert read('<meta name="date" content="2025-04-02">', url=filed).published_at == datetime(2025, 4, 2, tzinfo=UTC)
    assert read("", url="https://www.news.example/2025/44/01/ferry/").published_at is None


def test_a_date_keeps_the_zone_of_its_page() -> None:
    article = read('<meta property="article:published:time" content="2025-05-30T00:50:17+02:00">')
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2025-05-30T00:50:17+02:00"
    assert article.published_at.tzinfo == timezone(timedelta(hours=2))


def test_a_heading_that_names_the_site_is_no_headline() -> None:
    body = BODY.replace("<h1>Ferry operator to replace cables on Ohrid crossing</h1>", "<h1>Newsline</h1>")
    assert read("<title>Ferry stops for days | Newsline</title>", body).title == "Ferry stops for days"
