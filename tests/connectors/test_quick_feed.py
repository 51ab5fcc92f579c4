"""The quick parser reads what feedparser reads, or nothing."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.parsed_feed import ParsedFeed
from connectors.quick_feed import is_tame, parse_quick
from connectors.xml_feed import parse_xml_feed

FEED_URL = "https://news.example/feeds/world.xml"
FEEDS = Path(__file__).parent / "feeds"

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:dcterms="http://purl.org/dc/terms/"><channel><title>News</title><language>en</language>{channel}<item>
 <title>Title</title><link>https://news.example/1</link><description>A &lt;b&gt;teaser&lt;/b&gt;</description>{item}
 </item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>News</title>{channel}
 <entry><id>urn:1</id><title>Title</title><link href="https://news.example/1"/><summary>Text</summary>{item}</entry></feed>"""


def same(quick: ParsedFeed, slow: ParsedFeed | None) -> None:
    """Equal, but for a link that is only the guid: both make it the item's address later."""
    assert slow is not None
    assert len(quick.items) == len(slow.items)
    items = tuple(
        replace(mine, link=theirs.link) if mine.link is None and theirs.link == theirs.guid else mine
        for mine, theirs in zip(quick.items, slow.items, strict=True)
    )
    assert replace(quick, items=items) == slow


@pytest.mark.parametrize(
    ("channel", "item"),
    [
        ("", ""),
        ("<managingEditor>desk@news.example (Desk)</managingEditor>", ""),
        ("<managingEditor>desk@news.example</managingEditor>", "<author>Own</author>"),
        ("<dc:creator>Desk</dc:creator>", "<dc:creator>One</dc:creator><dc:creator>Two</dc:creator>"),
        ("<image><title>I</title><url>https://x.example/i.png</url><link>https://x.example</link></image>", ""),
        ("<atom:link rel='self' href='https://news.example/rss'/>", "<guid>https://news.example/guid</guid>"),
        ("", "<guid isPermaLink='false'>x-1</guid><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>"),
        ("", "<dc:date>2026-02-02T10:00:00+01:00</dc:date>"),
        ("", "<dcterms:modified>2026-02-02</dcterms:modified><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate>"),
        ("", "<atom:updated>2026-02-02T10:00:00Z</atom:updated>"),
        ("", "<content:encoded><![CDATA[<p>Long &amp; <i>wide</i></p>]]></content:encoded>"),
        ("", "<media:content url='x'><media:description>Photo</media:description></media:content>"),
        ("", "<media:title>Photo</media:title>"),
        ("", "<itunes:summary>Other</itunes:summary>"),
        ("", "<source url='https://other.example/rss'>Other</source><category>A</category><comments>c</comments>"),
        ("", "<title>Second title</title>"),
        ("", "<link>https://news.example/2</link>"),
        ("", "<title></title>"),
        ("", "<atom:link rel='alternate' href='https://news.example/alternate'/>"),
        ("", "<body xmlns='http://www.w3.org/1999/xhtml'><p>x</p></body>"),
        ("", "<summary>none of RSS</summary>"),
    ],
)
def test_what_it_reads_of_rss_is_what_feedparser_reads(channel: str, item: str) -> None:
    body = RSS.format(channel=channel, item=item).encode()
    quick = parse_quick(body)
    if quick is not None and "media:description" not in item:  # feedparser takes a photo's caption for content
        same(quick, parse_xml_feed(body, FEED_URL))


@pytest.mark.parametrize(
    ("channel", "item"),
    [
        ("", ""),
        ("<author><name>Desk</name><email>a@b.example</email></author>", ""),
        (
            "<author><email>a@b.example</email></author>",
            "<author><name>Own</name></author><author><name>Two</name></author>",
        ),
        ("", "<published>2026-02-02T10:00:00Z</published><updated>2026-02-03T10:00:00Z</updated>"),
        ("", "<updated>2026-02-03T10:00:00Z</updated>"),
        ("", "<content type='html'>&lt;p&gt;Long&lt;/p&gt;</content>"),
        ("", "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Long</div></content>"),
        ("", "<content>Plain &amp; long\n\nTwo</content>"),
        ("", "<content type='image/png'>aGVsbG8=</content>"),
        ("", "<content src='https://news.example/x' type='text/html'/>"),
        (
            "",
            "<link rel='enclosure' type='audio/mpeg' href='x.mp3'/><link rel='alternate' href='https://news.example/2'/>",
        ),
        ("", "<link rel='alternate' type='application/json' href='https://news.example/2.json'/>"),
        ("", "<source><title>Other</title><id>urn:9</id><author><name>Else</name></author></source>"),
        ("", "<title type='html'>Second &amp;amp; title</title>"),
        ("", "<summary>Second</summary>"),
    ],
)
def test_what_it_reads_of_atom_is_what_feedparser_reads(channel: str, item: str) -> None:
    body = ATOM.format(channel=channel, item=item).encode()
    if quick := parse_quick(body):
        same(quick, parse_xml_feed(body, FEED_URL))


@pytest.mark.parametrize(
    "title",
    [
        "AT&amp;T",
        "R&amp;amp;D",
        "It&amp;#8217;s",
        "a &amp;nosuch; b",
        "1 &lt; 2",
        "&lt;b&gt;Bold&lt;/b&gt; move",
        "Use &lt;br&gt; here",
        "&lt;script&gt;x&lt;/script&gt;",
        "Ã©tÃ©",
        "caf\u0092s",
        "  two\n lines ",
        "<![CDATA[AT&T &amp; <i>more</i>]]>",
        "日本",
    ],
)
def test_titles_are_guessed_to_be_text_or_markup_as_feedparser_does(title: str) -> None:
    body = RSS.replace("<title>Title</title>", f"<title>{title}</title>").format(channel="", item="").encode()
    if quick := parse_quick(body):
        same(quick, parse_xml_feed(body, FEED_URL))


def test_ordinary_feeds_take_the_quick_way() -> None:
    assert parse_quick(RSS.format(channel="", item="").encode()) is not None
    assert parse_quick(ATOM.format(channel="", item="").encode()) is not None
    assert parse_quick((FEEDS / "plain.rdf").read_bytes()) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss",
        b"<html><body/></html>",
        b"<rss version='2.0'><channel><item><title>a & b</title></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>&nbsp;</title></item></channel></rss>",
        b"<!DOCTYPE rss [<!ENTITY x 'y'>]><rss version='2.0'><channel><item><title>&x;</title></item></channel></rss>",
        b"<rss version='2.0'><item><title>x</title></item></rss>",
        b"<rss version='9'><channel><item><title>x</title></item></channel></rss>",
        b"<rss version='2.0'><channel><item><item><title>x</title></item></item></channel></rss>",
    ],
)
def test_what_is_broken_or_odd_is_left_to_feedparser(body: bytes) -> None:
    assert parse_quick(body) is None


@pytest.mark.parametrize(
    ("body", "tame"),
    [
        (b"<rss a='1' b='2'><channel/></rss>", True),
        (b"<rss><item " + b" ".join(b"a%d='1'" % n for n in range(300)) + b"/></rss>", False),
        (b"<rss " + b" ".join(b"xmlns:a%d='u:%d'" % (n, n) for n in range(300)) + b"/>", False),
        (b"<rss><channel>", False),
        (b"<a>" * 300 + b"</a>" * 300, False),
        (b"", False),
    ],
)
def test_what_is_safe_to_hand_to_feedparser(body: bytes, tame: bool) -> None:
    assert is_tame(body) is tame


def test_real_feeds_are_read_alike(shared: Path) -> None:
    read = 0
    for path in sorted((shared / "data/extraction/feeds").glob("*.gz")):
        body = gzip.decompress(path.read_bytes())
        if quick := parse_quick(body):
            same(quick, parse_xml_feed(body, FEED_URL))
            read += 1
    assert read >= 29
