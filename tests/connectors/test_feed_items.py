"""What becomes of a feed's items: addresses, titles, authors, fragments, and which pages are fetched."""

from __future__ import annotations

import gzip
import io
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import feedparser
import pytest

from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of, wants_page
from connectors.http import Response
from connectors.parsed_feed import FeedItem, ParsedFeed, plain_text
from connectors.xml_feed import parse_xml_feed
from wirewatch.identity import canonical_url
from wirewatch.model import FEED_FRAGMENT, Item, Pages, Source, SourceKind

FEEDS = Path(__file__).parent / "feeds"
FEED_URL = "https://news.example/feeds/world.xml"
SOURCE = Source("wire", SourceKind.FEED, FEED_URL)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = "<p>" + "Eleven ships left the harbour before the storm reached the coast. " * 20 + "</p>"


def items(*found: FeedItem, url: str = FEED_URL) -> tuple[Item, ...]:
    return items_of(ParsedFeed("RSS 2.0", "News", found), SOURCE, url, NOW)


async def read(body: bytes, charset: str | None = None) -> tuple[Item, ...]:
    feed, whole = await parse_feed(Response(FEED_URL, 200, {}, body, "application/xml", charset))
    assert whole
    return items_of(feed, SOURCE, FEED_URL, NOW)


@pytest.mark.parametrize("broken", [False, True], ids=["well formed", "left to feedparser"])
async def test_an_rss_feed_with_all_the_trimmings(broken: bool) -> None:
    body = (FEEDS / "trimmings.rss").read_bytes()
    if broken:
        body = body.replace(b"A teaser.", b"A teaser & more.")
    first, second, third, fourth, fifth = await read(body)
    assert first.url == "https://news.example/world/harbour?page=1&copy=2"
    assert first.title == "AT&T opens harbour office"
    assert first.byline == "Ana Ruiz, Li Wei"
    assert first.published_at == datetime(2026, 2, 27, 9, 30, tzinfo=UTC)
    assert first.language == "pt-br"
    assert first.media_type == FEED_FRAGMENT
    assert "The whole story" in (first.feed_html or "")
    assert first.raw.decode() == first.feed_html
    assert second.url == "https://original.example/story"
    assert second.byline == "Desk One"
    assert second.published_at == datetime(2020, 11, 16, 10, 57, tzinfo=UTC)
    assert third.url == "https://news.example/guid/is/the/link"
    assert third.title == "No title, but a text that begins like this and goes on"
    assert third.byline == "The Editors"
    assert fourth.url.startswith(FEED_URL + "?item=")
    assert not fourth.wants_page
    assert fifth.url == "https://news.example/relative/link"


async def test_an_atom_feed_with_bases_types_and_xhtml() -> None:
    first, second, third = await read((FEEDS / "bases.atom").read_bytes())
    assert first.url == "https://other.example/base/story-1"
    assert first.title == "Markup & text"
    assert first.byline == "Feed Author"
    assert first.published_at == datetime(2026, 2, 1, 12, tzinfo=UTC)
    assert "<b>bold</b>" in (first.feed_html or "")
    assert second.title == "a < b is <b>text</b> here"
    assert second.byline == "Own Author, Second Author"
    assert second.feed_html == "<p>Plain &lt;text&gt;</p>\n<p>Second paragraph</p>"
    assert third.url == "https://news.example/only-updated"
    assert third.published_at == datetime(2026, 2, 3, tzinfo=UTC)


async def test_an_rdf_feed() -> None:
    first, second = await read((FEEDS / "plain.rdf").read_bytes())
    assert (first.url, first.title) == ("https://news.example/rdf/1", "Première dépêche")
    assert (first.byline, first.published_at) == ("Jeanne Petit", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert second.url == "https://news.example/rdf/2"


async def test_a_json_feed_of_either_version() -> None:
    first, second, third = await read((FEEDS / "both.json").read_bytes())
    assert first.url == "https://news.example/json/1"
    assert first.byline == "New Style, Second"
    assert first.published_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert first.feed_html == "<p>Hello <b>there</b></p>"
    assert second.url == "https://elsewhere.example/linked"
    assert second.byline == "Old Style"
    assert second.feed_html == "<p>Text &amp; more</p>"
    assert second.title == "Text & more"
    assert third.url.startswith(FEED_URL + "?item=")
    assert {item.language for item in (first, second, third)} == {"de-at"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "koi8-r"])
async def test_declared_encodings_are_followed(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>Новости</title><item>'
    text += "<title>Санкции сняты</title><link>https://news.example/1</link></item></channel></rss>"
    assert [item.title for item in await read(text.encode(encoding))] == ["Санкции сняты"]


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [("windows-1251", "windows-1251"), ("utf-8", "iso-8859-1"), ("utf-8", "nonsense"), ("utf-8", None)],
)
async def test_without_a_declaration_utf8_then_the_header_decide(encoding: str, charset: str | None) -> None:
    text = "<rss version='2.0'><channel><title>Новости</title><item><title>Санкции сняты</title>"
    text += "<link>https://news.example/1</link></item></channel></rss>"
    assert [item.title for item in await read(text.encode(encoding), charset)] == ["Санкции сняты"]


def test_a_body_that_is_the_path_of_a_file_opens_no_file() -> None:
    assert parse_xml_feed(bytes(FEEDS / "trimmings.rss"), FEED_URL) is None


def test_a_guid_that_is_no_address_is_not_the_link() -> None:
    (item,) = items(FeedItem(guid="tag:news.example,2026:1", title="A", summary="Text."))
    assert item.url.startswith(FEED_URL + "?item=")
    assert not item.wants_page
    (again,) = items(FeedItem(guid="tag:news.example,2026:1", title="A, corrected"))
    assert again.url == item.url


def test_items_without_links_stay_apart_when_addresses_are_compared() -> None:
    found = items(FeedItem(guid="1", title="A"), FeedItem(guid="2", title="B"), FeedItem(title="C"), FeedItem())
    assert len({canonical_url(item.url) for item in found}) == 3
    with_query = items(FeedItem(guid="1", title="A"), url=FEED_URL + "?lang=en")[0].url
    assert with_query.startswith(FEED_URL + "?lang=en&item=")


def test_twin_links_are_one_item_and_twin_guids_two() -> None:
    same = FeedItem(link="/a", guid="1", title="A")
    assert (
        len(items(same, same, FeedItem(link="/a", guid="2", title="A"), FeedItem(link="/a", guid="1", title="B"))) == 1
    )
    assert [item.url for item in items(same, FeedItem(link="/b", guid="1", title="A"))] == [
        "https://news.example/a",
        "https://news.example/b",
    ]


def test_different_items_that_share_a_link_are_kept_apart() -> None:
    found = items(
        FeedItem(link="https://pod.example/", guid="1", title="Episode 1"),
        FeedItem(link="https://pod.example/", guid="2", title="Episode 2"),
        FeedItem(link="https://pod.example/3", guid="3", title="Episode 3"),
    )
    assert len({canonical_url(item.url) for item in found}) == 3
    assert [item.wants_page for item in found] == [False, False, True]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@b.c", "file:///etc/passwd", "http://", "http://[::1", " "]
)
def test_links_that_cannot_be_fetched_are_not_links(link: str) -> None:
    (item,) = items(FeedItem(link=link, guid="1", title="A"))
    assert item.url.startswith(FEED_URL + "?item=")


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (FeedItem(summary="<p>A short teaser.</p>"), True),
        (FeedItem(summary="<p>A short teaser.</p>", content=LONG), False),
        (FeedItem(content=LONG), False),
        (FeedItem(summary=LONG), True),
        (FeedItem(content=LONG + "…"), True),
        (FeedItem(content=LONG + "<a href='/x'>Read more</a>"), True),
        (FeedItem(content=LONG + "<p>Continue reading A storm at sea &rarr;</p>"), True),
        (FeedItem(content=LONG + "[&#8230;]"), True),
        (FeedItem(content=LONG + "[...]"), True),
        (FeedItem(summary=LONG + "More words.", content=LONG), True),
        (FeedItem(content="<p>" + "日本の港を出た船は嵐の前に帰った。" * 30 + "</p>"), False),
        (FeedItem(), True),
    ],
)
def test_a_page_is_fetched_unless_the_feed_carries_the_full_text(item: FeedItem, wanted: bool) -> None:
    assert wants_page(item, Pages.AUTO) is wanted
    assert wants_page(item, Pages.ALWAYS)
    assert not wants_page(item, Pages.NEVER)


def test_a_summary_that_says_something_else_is_kept_before_the_content() -> None:
    (item,) = items(FeedItem(link="/a", title="A", summary="A standfirst of its own.", content=LONG))
    assert item.feed_html == "A standfirst of its own.\n" + LONG
    (item,) = items(FeedItem(link="/a", title="A", summary="Eleven ships left the harbour […]", content=LONG))
    assert item.feed_html == LONG


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("a&nbsp;&amp; b", "a & b"),
        ("<p>one</p><p>two</p>", "one two"),
        ("<b>in</b>side", "inside"),
        ("x<script>var a = '<p>no</p>'</script><!-- no --> y", "x y"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_plain_text(fragment: str, text: str) -> None:
    assert plain_text(fragment) == text


MISREAD = re.compile(r"\d{4}/\d{1,2}/\d{1,2} ")
"""Dates that feedparser takes for others: 2020/1/10 is not in November."""


async def test_real_feeds_give_what_feedparser_gives(shared: Path) -> None:
    """At least its items, and the same link, title, author and date wherever feedparser has one."""
    for path in sorted((shared / "data/extraction/feeds").glob("*.gz")):
        body = gzip.decompress(path.read_bytes())
        feed, whole = await parse_feed(Response(FEED_URL, 200, {}, body, "application/xml", None))
        assert whole, path.name
        theirs = entries(body)
        assert len(feed.items) >= len(theirs), path.name
        for mine, entry in zip(feed.items, theirs, strict=False):
            link = entry.get("feedburner_origlink") or entry.get("link")
            if link and link.startswith("http"):
                assert urljoin(FEED_URL, mine.link or mine.guid or "") == link, path.name
            assert plain_text(mine.title or "") == plain_text(entry.get("title", "")), path.name
            for author in entry.get("authors", ()):
                assert not author.get("name") or " ".join(author["name"].split()) in (mine.byline or ""), path.name
            read = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
            if read and not MISREAD.match(entry.get("published", "")):
                assert mine.published_at, path.name
                assert mine.published_at.replace(microsecond=0) == datetime(*read[:6], tzinfo=UTC), path.name
        distinct = {canonical_url(entry.link) for entry in theirs if entry.get("link", "").startswith("http")}
        assert len(items_of(feed, SOURCE, FEED_URL, NOW)) >= len(distinct), path.name


def entries(body: bytes) -> list[feedparser.FeedParserDict]:
    headers = {"content-location": FEED_URL}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    return list(parsed.entries)


RSS = """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>T</title>{channel}<item><title>A</title>{item}</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>A</title><id>urn:1</id>{item}</entry></feed>"""
BROKEN = "<description>A &middot B & C</description>"


@pytest.mark.parametrize("broken", ["", BROKEN], ids=["well formed", "left to feedparser"])
@pytest.mark.parametrize(
    ("form", "item", "categories"),
    [
        (
            RSS,
            "<category>Syria</category><category domain='x'> Asia &amp;\n Africa</category>",
            ("Syria", "Asia & Africa"),
        ),
        (RSS, "<dc:subject>Syria</dc:subject><category/><category>Syria</category>", ("Syria",)),
        (RSS, "<categories><category>Syria</category><category>Iraq</category></categories>", ("Syria", "Iraq")),
        (RSS, "<itunes:keywords>a, b</itunes:keywords>", ()),
        (ATOM, "<category term='sy' label='Syria'/><category term='Iraq' scheme='x'/><category/>", ("Syria", "Iraq")),
    ],
)
async def test_categories(form: str, item: str, categories: tuple[str, ...], broken: str) -> None:
    [read_item] = await read(form.format(channel="", item=f"<link>https://a.example/1</link>{item}{broken}").encode())
    assert read_item.categories == categories


@pytest.mark.parametrize("broken", ["", BROKEN], ids=["well formed", "left to feedparser"])
@pytest.mark.parametrize(
    ("form", "item", "url"),
    [
        (RSS, "<enclosure url='/1.mp3' type='audio/mpeg'/><enclosure url='/2.mp3'/>", "https://news.example/1.mp3"),
        (RSS, "<guid>x</guid><enclosure url='https://cdn.example/1.mp3'/>", "https://cdn.example/1.mp3"),
        (RSS, "<link>https://a.example/1</link><enclosure url='/1.mp3'/>", "https://a.example/1"),
        (ATOM, "<link rel='enclosure' href='/1.mp3'/>", "https://news.example/1.mp3"),
        (ATOM, "<link rel='enclosure' href='/1.mp3'/><link href='/1'/>", "https://news.example/1"),
    ],
)
async def test_a_recording_stands_in_for_a_link(form: str, item: str, url: str, broken: str) -> None:
    [read_item] = await read(form.format(channel="", item=item + broken).encode())
    assert read_item.url == url
    assert read_item.wants_page == (not url.endswith(".mp3"))


@pytest.mark.parametrize("broken", ["", BROKEN], ids=["well formed", "left to feedparser"])
@pytest.mark.parametrize(
    ("channel", "item", "byline"),
    [
        ("", "<googleplay:author>Play</googleplay:author>", "Play"),
        ("<googleplay:author>Play</googleplay:author>", "", "Play"),
        ("<itunes:author>Tunes</itunes:author>", "", "Tunes"),
        ("<managingEditor>ed@a.example (Ed)</managingEditor>", "", "Ed"),
        ("<managingEditor>ed@a.example (Ed)</managingEditor>", "<dc:creator>Own</dc:creator>", "Own"),
    ],
)
async def test_authors_of_items_and_channels(channel: str, item: str, byline: str, broken: str) -> None:
    [read_item] = await read(
        RSS.format(channel=channel, item=item + "<link>https://a.example/1</link>" + broken).encode()
    )
    assert read_item.byline == byline


async def test_tags_and_attachments_of_a_json_feed() -> None:
    body = (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "tags": ["Syria", 4, "Syria"], '
        '"attachments": [7, {"url": "/1.mp3"}], "content_text": "Text."}, {"id": "2", "tags": {}, "attachments": "x"}]}'
    )
    first, second = await read(body.encode())
    assert (first.categories, first.url) == (("Syria",), "https://news.example/1.mp3")
    assert second.categories == ()
