"""Bad input is a clear message, or the whole text; never a crash, never silence."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

import pytest

from extraction import extract
from wirewatch.errors import ExtractionError
from wirewatch.model import FEED_FRAGMENT, Article, BodyFrom, Item, Zone

SEEN = datetime(2025, 6, 1, 12, tzinfo=UTC)


def read(
    raw: bytes, media_type: str = "text/html", *, feed_html: str | None = None, title: str | None = None
) -> Article:
    scheme = "file:///inbox/some%20file.txt" if media_type == "text/plain" else "https://news.example/2025/a"
    return extract(Item("s", scheme, raw, media_type, SEEN, feed_html=feed_html, title=title))


def words(article: Article) -> str:
    return " ".join(block.text for block in article.blocks)


@pytest.mark.parametrize("media_type", ["text/plain", "text/html"])
@pytest.mark.parametrize("raw", [b"", b"  \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\x00\x00", b"\0" * 500])
def test_nothing_in_it_is_said_to_be_empty(raw: bytes, media_type: str) -> None:
    with pytest.raises(ExtractionError, match="empty"):
        read(raw, media_type)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        *(
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        ),
        *((b"7z\xbc\xaf\x27\x1c\0\x04", "7-Zip"), (b"Rar!\x1a\x07\x01\0", "RAR"), (b"\0\0\0 ftypisom\0\0", "video")),
        *(
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "office"),
            (b"\x7fELF\x02\x01", "program"),
        ),
        *((zlib.compress(bytes(range(256)) * 9) * 3 + b"\0" * 400, "binary data"),),
    ],
)
def test_binary_files_are_named_for_what_they_look_like(raw: bytes, name: str) -> None:
    with pytest.raises(ExtractionError, match=name) as caught:
        read(raw, "text/plain")
    assert "convert it to .txt or .html" in str(caught.value)


@pytest.mark.parametrize("depth", [300, 1_900, 3_000, 50_000])
def test_text_under_any_number_of_nested_elements_is_found(depth: int) -> None:
    nested = f"{'<div>' * depth}<p>The Hmeimim airbase stays.</p>{'</div>' * depth}"
    page = f"<html><body>{nested}<p>After it.</p></body></html>"
    article = read(page.encode())
    live = " ".join(block.text for block in article.blocks if block.zone is not Zone.FURNITURE)
    assert "Hmeimim airbase" in live
    assert "After it." in words(article)
    assert (article.body_from is BodyFrom.WHOLE) == (depth > 2_000) == bool(article.note)


@pytest.mark.parametrize(
    "body",
    [
        *("x<br>" * 200_000, "<p>word " * 100_000, "<table><tr><td>" * 20_000, "<!--" * 50_000, "<script>" * 50_000),
        *(
            "<a href='" * 50_000,
            "<![CDATA[" * 50_000,
            "&lt;" * 300_000,
            "<svg>" + "<path d='M0 0'/>" * 300_000 + "</svg>",
        ),
    ],
    ids=lambda body: body[:12],
)
def test_bombs_of_markup_cost_no_text(body: str) -> None:
    article = read(f"<html><head><title>t</title></head><body><p>Before the bomb.</p>{body}</body></html>".encode())
    assert "Before the bomb." in words(article)


def test_a_giant_json_ld_script_is_not_parsed() -> None:
    script = '{"@type": "NewsArticle", "headline": "From the script", "x": [' + "[1],[2]," * 700_000 + "[3]]}"
    page = f'<html><head><script type="application/ld+json">{script}</script></head><body><p>Read me.</p></body></html>'
    assert "Read me." in words(read(page.encode()))


def test_text_beyond_the_limit_is_left_out_and_the_note_says_so() -> None:
    paragraph = "Sentence number one of a very long book stands here. " * 20
    article = read("\n\n".join([paragraph] * 2_500).encode(), "text/plain")
    assert sum(len(block.text) for block in article.blocks) <= 2_000_000
    assert article.note is not None
    assert "2,000,000 characters" in article.note


def test_a_text_of_very_many_lines_is_taken_whole() -> None:
    article = read("\n".join(f"line {number} of a log" for number in range(8_000)).encode(), "text/plain")
    assert article.body_from is BodyFrom.WHOLE
    assert {block.zone for block in article.blocks} == {Zone.BODY}


@pytest.mark.parametrize(
    ("page", "origin"),
    [
        (
            b"<html><head><script>var a = 1;</script></head><body><script>render()</script></body></html>",
            BodyFrom.WALLED,
        ),
        (b"<html><body></body></html>", BodyFrom.FEED_FALLBACK),
        (
            b"<html><body><p>This site uses cookies. Please accept them.</p><button>Accept</button></body></html>",
            BodyFrom.WALLED,
        ),
        (b"<html><body><noscript>Enable JavaScript</noscript><div id=app></div></body></html>", BodyFrom.WALLED),
        (b"<html><body><h1>404</h1><p>Page not found.</p></body></html>", BodyFrom.FEED_FALLBACK),
    ],
    ids=["script only", "empty", "cookie wall", "noscript", "not found"],
)
def test_a_page_without_an_article_gives_the_feeds_text_and_says_so(page: bytes, origin: BodyFrom) -> None:
    feed_html = "<p>Russia keeps the <b>Hmeimim</b> airbase, the ministry said on Monday after two days of talks.</p>"
    article = read(page, feed_html=feed_html, title="Airbase stays")
    assert article.body_from is origin
    assert article.note is not None
    assert "feed's text" in article.note
    body = [block.text for block in article.blocks if block.zone is Zone.BODY]
    assert body == ["Russia keeps the Hmeimim airbase, the ministry said on Monday after two days of talks."]
    assert "Airbase stays" in [block.text for block in article.blocks if block.zone is Zone.HEADLINE]


def test_a_page_without_any_text_and_without_a_feed_is_a_named_failure() -> None:
    with pytest.raises(ExtractionError, match="no visible text"):
        read(b"<html><body><script>render()</script></body></html>")


def test_a_feed_item_that_is_only_a_title_is_its_headline() -> None:
    article = read(b"", FEED_FRAGMENT, title="Airbase stays")
    assert [(block.zone, block.text) for block in article.blocks] == [(Zone.HEADLINE, "Airbase stays")]


def test_a_feed_item_of_nothing_at_all_is_a_named_failure() -> None:
    with pytest.raises(ExtractionError, match="no text"):
        read(b"", FEED_FRAGMENT)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_page_gives_the_text_that_is_there(share: float) -> None:
    paragraphs = "".join(
        f"<p>Paragraph {n} tells how the bridge was rebuilt after the flood of May.</p>" for n in range(20)
    )
    page = f"<html><head><title>Bridge</title></head><body><article><h1>Bridge</h1>{paragraphs}</article></body></html>"
    article = read(page.encode()[: int(len(page) * share)])
    assert "Paragraph 0 tells" in words(article)


def test_a_huge_title_is_cut_as_title_and_kept_as_text() -> None:
    article = read(b"<p>Body text of the item.</p>", FEED_FRAGMENT, title="word " * 200_000)
    assert len(article.title) <= 500
    assert "Body text" in words(article)


def test_the_feeds_text_is_kept_beside_a_page_that_cannot_be_parsed() -> None:
    bomb = f"<html><body>{'<div>' * 5_000}<p>Deep text.</p></body></html>".encode()
    article = read(bomb, feed_html="<p>The Hmeimim airbase stays.</p>")
    live = [block.text for block in article.blocks if block.zone is not Zone.FURNITURE]
    assert live == ["The Hmeimim airbase stays.", "Deep text."]
    hollow = read(f"<html><body>{'<div>' * 5_000}</body></html>".encode(), feed_html="<p>The airbase stays.</p>")
    assert [block.text for block in hollow.blocks] == ["The airbase stays."]
