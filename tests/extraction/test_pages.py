"""A page comes out as its article, with everything around it as furniture."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from extraction import extract
from wirewatch.identity import url_key
from wirewatch.model import FEED_FRAGMENT, Article, BodyFrom, Item, PublishedFrom, Zone

SEEN = datetime(2025, 6, 1, 12, tzinfo=UTC)
URL = "https://www.news.example/world/ferry-cables?utm_source=feed"

HEAD = """<title>Ferry operator to replace cables | Newsline</title>
<link rel="canonical" href="/world/ferry-cables">
<meta property="og:site_name" content="Newsline">
<meta name="description" content="Strands were found broken on the Ohrid crossing in May.">
<meta property="article:published_time" content="2025-05-30T18:40:00+02:00">
<script type="application/ld+json">
{"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Newsline"},
 {"@type": "NewsArticle", "headline": "Ferry operator to replace cables on Ohrid crossing",
  "author": [{"@type": "Person", "name": "Dana Petrovska"}, {"@type": "Person", "name": "Tom Vale"}]}]}
</script>"""

BODY = """<header><a href="/">Newsline</a> <nav>
<ul><li><a href="/w">World</a></li><li><a href="/s">Sport</a></li></ul></nav></header>
<div class="ticker"><b>Breaking:</b> Senate votes for tariffs on timber</div>
<main><article>
<h1>Ferry operator to replace cables on Ohrid crossing</h1>
<p class="article__standfirst">Strands were found broken on the Ohrid crossing in May.</p>
<div class="byline">By Dana Petrovska and Tom Vale, Friday 30 May</div>
<figure><img src="a.jpg" alt=""><figcaption>The ferry at its eastern pier. Photo: Goran Ilievski</figcaption></figure>
<p>The operator of the cable ferry across the narrow end of Lake Ohrid will replace both of its steel cables next
month after an inspection found broken strands, the <a href="/m">transport ministry</a> said on Friday.</p>
<p>The crossing, which carries about 900 cars a day in summer, will be closed for eleven days. A smaller passenger boat
is to run in place of the ferry for people without cars.</p>
<h2>Hotels wanted to wait</h2>
<p>Hotel owners on the eastern shore asked the operator to wait until the end of summer. The ministry refused and said
that an inspection report could not be put off, and that there was no money for a second one.</p>
<p>The work is to begin on 10 June, weather permitting, and a second pair of cables is to be kept in reserve.</p>
</article>
<aside><h3>Most read</h3><ul><li><a href="/x">Storm Edna reaches the coast</a></li></ul></aside></main>
<footer>© 2024 Newsline. All rights reserved.</footer>"""


def page(head: str = HEAD, body: str = BODY, attributes: str = 'lang="en_GB"') -> bytes:
    return f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>".encode()


def read(raw: bytes, **said: object) -> Article:
    return extract(Item("newsline", URL, raw, "text/html; charset=utf-8", SEEN, **said))  # type: ignore[arg-type]


def texts(article: Article, zone: Zone) -> list[str]:
    return [block.text for block in article.blocks if block.zone is zone]


def test_the_article_comes_out_zone_by_zone() -> None:
    article = read(page())
    assert article.title == "Ferry operator to replace cables on Ohrid crossing"
    assert texts(article, Zone.HEADLINE) == [article.title]
    assert texts(article, Zone.STANDFIRST) == ["Strands were found broken on the Ohrid crossing in May."]
    assert texts(article, Zone.CAPTION) == ["The ferry at its eastern pier. Photo: Goran Ilievski"]
    assert texts(article, Zone.SUBHEAD) == ["Hotels wanted to wait"]
    assert [text.split()[1] for text in texts(article, Zone.BODY)] == ["operator", "crossing,", "owners", "work"]
    assert article.byline == "Dana Petrovska, Tom Vale"
    assert article.body_from is BodyFrom.PAGE
    assert article.note is None


def test_text_around_the_article_is_furniture() -> None:
    furniture = texts(read(page()), Zone.FURNITURE)
    for text in ("Breaking: Senate votes for tariffs on timber", "Storm Edna reaches the coast", "Sport", "Most read"):
        assert text in furniture
    assert not any("cable ferry" in text for text in furniture)


def test_the_zones_stand_in_the_pages_order() -> None:
    zones = [block.zone for block in read(page()).blocks if block.zone is not Zone.FURNITURE]
    head = [Zone.HEADLINE, Zone.STANDFIRST, Zone.BYLINE, Zone.CAPTION]
    assert zones == [*head, Zone.BODY, Zone.BODY, Zone.SUBHEAD, Zone.BODY, Zone.BODY]


def test_no_visible_text_is_lost() -> None:
    article = read(page())
    found = " ".join(block.text for block in article.blocks)
    for words in ("Newsline", "World", "Sport", "tariffs on timber", "All rights reserved", "Friday 30 May", "10 June"):
        assert words in found


def test_the_page_says_when_it_was_published() -> None:
    article = read(page(), published_at=datetime(2025, 5, 31, tzinfo=UTC))
    assert article.published_at == datetime(2025, 5, 30, 16, 40, tzinfo=UTC)
    assert article.published_from is PublishedFrom.PAGE


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('<meta name="date" content="2025-05-30">', datetime(2025, 5, 30, tzinfo=UTC)),
        ('<script type="application/ld+json">{"@type":"Article","datePublished":"2025-05-30T08:00:00Z"}</script>',) * 1
        + (datetime(2025, 5, 30, 8, tzinfo=UTC),),
        ('<meta itemprop="datePublished" content="30 May 2025 08:00 EST">', datetime(2025, 5, 30, 13, tzinfo=UTC)),
        ('<meta name="date" content="30.05.2025">', datetime(2025, 5, 30, tzinfo=UTC)),
        ('<meta name="date" content="31/05/2025">', datetime(2025, 5, 31, tzinfo=UTC)),
        ('<meta name="date" content="05/04/2025">', None),
        ('<meta name="date" content="2025">', None),
        ('<meta name="date" content="May 2025">', None),
        ('<meta name="copyright" content="2025-01-01">', None),
        ('<meta property="article:published_time" content="2031-01-01T00:00:00Z">', None),
    ],
)
def test_only_marked_up_dates_count(given: str, expected: datetime | None) -> None:
    article = read(page(head=given))
    assert article.published_at == expected
    assert article.published_from is (PublishedFrom.PAGE if expected else PublishedFrom.NONE)


def test_a_time_element_of_the_article_is_its_date_but_a_sidebars_is_not() -> None:
    time = '<time datetime="2025-05-30T09:00:00Z">yesterday</time>'
    own = read(page(head="", body=BODY.replace("<h1>", f"{time}<h1>")))
    assert own.published_at == datetime(2025, 5, 30, 9, tzinfo=UTC)
    beside = read(page(head="", body=BODY.replace("<aside>", f"<aside>{time}")))
    assert beside.published_at is None


def test_the_feeds_date_stands_in_and_says_so() -> None:
    article = read(page(head=""), published_at=datetime(2025, 5, 31, tzinfo=UTC))
    assert article.published_at == datetime(2025, 5, 31, tzinfo=UTC)
    assert article.published_from is PublishedFrom.FEED


def test_a_copyright_line_is_no_date() -> None:
    assert read(page(head="")).published_at is None


def test_the_language_is_the_pages_else_the_sources() -> None:
    assert read(page(), language="sq").language == "en-gb"
    assert read(page(attributes=""), language="sq").language == "sq"
    assert read(page(attributes=""), language="mk").language == "en", "Macedonian is not written in Latin letters"


def test_the_canonical_address_is_the_articles_own() -> None:
    article = read(page())
    assert article.url == "https://www.news.example/world/ferry-cables"
    assert article.key == url_key("http://news.example/world/ferry-cables/")


@pytest.mark.parametrize(
    "href",
    ["https://other.example/world/ferry-cables", "https://www.news.example/", "javascript:void(0)", "http://[", ""],
)
def test_an_address_elsewhere_or_the_front_page_is_not_canonical(href: str) -> None:
    article = read(page(head=f'<link rel="canonical" href="{href}">'))
    assert article.url == URL


def test_the_feeds_title_is_kept_where_it_says_something_else() -> None:
    same = read(page(), title="Ferry operator to replace cables on Ohrid crossing ")
    assert texts(same, Zone.HEADLINE) == [same.title]
    other = read(page(), title="Ohrid: cables of the Kalište ferry are worn out")
    assert texts(other, Zone.HEADLINE) == [same.title, "Ohrid: cables of the Kalište ferry are worn out"]
    assert other.title == same.title


def test_the_publisher_is_no_author_where_people_are_named() -> None:
    head = """<meta name="author" content="Dana Petrovska"><script type="application/ld+json">
    {"@type": "NewsArticle", "author": {"@type": "Organization", "name": "Newsline"}}</script>"""
    assert read(page(head=head)).byline == "Dana Petrovska"


def test_a_page_in_an_old_encoding_is_read_as_it_declares() -> None:
    raw = page(head='<meta charset="iso-8859-2"><title>t</title>', body=BODY.replace("Goran Ilievski", "Łukasz Żak"))
    article = extract(Item("s", URL, raw.decode().replace("©", "").encode("iso8859-2"), "text/html", SEEN))
    assert texts(article, Zone.CAPTION) == ["The ferry at its eastern pier. Photo: Łukasz Żak"]


def test_the_feeds_text_is_the_body_where_the_page_shows_only_a_part() -> None:
    paragraph = "The operator of the cable ferry will replace both of its steel cables, the transport ministry said. "
    feed_html = "".join(f"<p>{number}. {paragraph * 2}</p>" for number in range(12))
    article = read(page(), feed_html=feed_html)
    assert article.body_from is BodyFrom.FEED_FALLBACK
    body = texts(article, Zone.BODY)
    assert [text.split()[0] for text in body[:12]] == [f"{number}." for number in range(12)]
    assert any("900 cars" in text for text in body[12:]), "what only the page says stays live"


def test_a_summary_in_the_feed_does_not_replace_the_article() -> None:
    article = read(page(), feed_html="<p>The operator of the cable ferry will replace both steel cables.</p>")
    assert article.body_from is BodyFrom.PAGE


def test_json_ld_rescues_a_page_that_shows_no_article() -> None:
    body = "The operator of the cable ferry will replace both steel cables next month, the ministry said. " * 3
    script = f'{{"@type": "NewsArticle", "headline": "h", "articleBody": "{body}"}}'
    article = read(page(head=f'<script type="application/ld+json">{script}</script>', body="<div id=app></div>"))
    assert texts(article, Zone.BODY) == [body.strip()]


def test_a_feed_fragment_is_read_as_its_readers_see_it() -> None:
    fragment = "<h3>Closed for days</h3><p>The ferry stops &amp; rests.<br>Boats run.</p><script>x</script>Tail"
    item = Item("s", URL, fragment.encode(), FEED_FRAGMENT, SEEN, title="Ferry stops", byline="Dana Petrovska")
    article = extract(item)
    assert [(block.zone.value, block.text) for block in article.blocks] == [
        ("headline", "Ferry stops"),
        ("byline", "Dana Petrovska"),
        ("subhead", "Closed for days"),
        *(("body", "The ferry stops & rests."), ("body", "Boats run."), ("body", "Tail")),
    ]
    assert article.body_from is BodyFrom.FEED
    assert article.byline == "Dana Petrovska"


def test_a_saved_page_is_the_same_article_under_another_name() -> None:
    one, two = (extract(Item("inbox", f"file:///inbox/{name}.html", page(), "text/html", SEEN)) for name in "ab")
    assert one.key == two.key
    assert one.url == "file:///inbox/a.html"
    changed = extract(Item("inbox", "file:///inbox/a.html", page(body=BODY.replace("900", "901")), "text/html", SEEN))
    assert changed.key != one.key


def test_html_called_text_is_read_as_html() -> None:
    article = extract(Item("inbox", "file:///inbox/a.txt", page(), "text/plain", SEEN))
    assert article.title == "Ferry operator to replace cables on Ohrid crossing"


def test_text_called_html_is_read_as_text() -> None:
    raw = b"Ferry stops\n\nThe ferry across the lake stops for eleven days because its cables are worn, officials said."
    article = extract(Item("inbox", "file:///inbox/a.html", raw, "text/html", SEEN))
    assert article.title == "Ferry stops"
