"""The two real texts come out zoned as an analyst reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from extraction import extract
from wirewatch.model import Article, BodyFrom, Item, PublishedFrom, Zone


def read(path: Path) -> Article:
    return extract(Item("seeds", path.as_uri(), path.read_bytes(), "text/plain", datetime(2026, 11, 22, tzinfo=UTC)))


def texts(article: Article, zone: Zone) -> list[str]:
    return [block.text for block in article.blocks if block.zone is zone]


@pytest.fixture
def digest_item(shared: Path) -> Article:
    return read(next((shared / "seeds").glob("000_*.txt")))


@pytest.fixture
def site_page(shared: Path) -> Article:
    return read(next((shared / "seeds").glob("002_*.txt")))


def test_the_digest_item_is_a_headline_eleven_paragraphs_and_furniture(digest_item: Article) -> None:
    assert digest_item.title == "New Friends"
    assert texts(digest_item, Zone.HEADLINE) == ["New Friends"]
    assert len(texts(digest_item, Zone.BODY)) == 11
    furniture = texts(digest_item, Zone.FURNITURE)
    for beginning in ("Subscribe", "Join us", "And you get a free", "Copyright", "Copy link"):
        assert any(text.startswith(beginning) for text in furniture), beginning
    assert len(furniture) == 5
    assert {block.zone for block in digest_item.blocks} == {Zone.HEADLINE, Zone.BODY, Zone.FURNITURE}


def test_the_site_page_has_all_its_zones(site_page: Article) -> None:
    assert [text[:32] for text in texts(site_page, Zone.HEADLINE)] == ["Russia deepens rapprochement wit"]
    assert [text[:17] for text in texts(site_page, Zone.STANDFIRST)] == ["Moscow is seeking"]
    assert len(texts(site_page, Zone.CAPTION)) == 2
    assert all(text.startswith("Vladimir Putin, president") for text in texts(site_page, Zone.CAPTION))
    assert site_page.byline == "Leandro Fleischer"
    assert len(texts(site_page, Zone.SUBHEAD)) == 2
    assert len(texts(site_page, Zone.BODY)) == 8


def test_the_site_page_keeps_banners_and_controls_as_furniture(site_page: Article) -> None:
    furniture = "\n".join(texts(site_page, Zone.FURNITURE))
    for piece in (
        *("Voz media US", "TARIFFS", "CHINA STRIKES BACK", "3 minutes read", "Found a mistake?", "RECOMMENDATION"),
        *("Invertir fondos", "0 seconds of 1 minute", "Press shift question mark", "00:00", "tracking"),
    ):
        assert piece in furniture


def test_neither_says_when_it_was_published(digest_item: Article, site_page: Article) -> None:
    for article in (digest_item, site_page):
        assert (article.published_at, article.published_from) == (None, PublishedFrom.NONE)
        assert article.body_from is BodyFrom.FILE
        assert article.note is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
def test_other_encodings_of_a_text_are_the_same_article(site_page: Article, shared: Path, encoding: str) -> None:
    path = next((shared / "seeds").glob("002_*.txt"))
    copy = extract(
        Item("seeds", "file:///other.txt", path.read_text("utf-8").encode(encoding), "text/plain", site_page.fetched_at)
    )
    assert copy.blocks == site_page.blocks
    assert copy.key == site_page.key


def test_no_break_spaces_straight_quotes_and_code_pages_change_no_zone(digest_item: Article, shared: Path) -> None:
    text = next((shared / "seeds").glob("000_*.txt")).read_text("utf-8")
    variants = [text.replace(" ", "\u00a0").encode(), text.replace("’", "'").encode(), text.encode("cp1252")]
    for raw in variants:
        copy = extract(Item("seeds", "file:///copy.txt", raw, "text/plain", digest_item.fetched_at))
        assert [block.zone for block in copy.blocks] == [block.zone for block in digest_item.blocks]
        assert copy.key == digest_item.key


def test_a_term_moved_into_the_footer_is_furniture_there(shared: Path) -> None:
    path = next((shared / "seeds").glob("000_*.txt"))
    text = path.read_text("utf-8").replace("or ISIS-K in", "in").replace("Copy link", "ISIS-K\nCopy link")
    article = extract(Item("seeds", path.as_uri(), text.encode(), "text/plain", datetime(2026, 11, 22, tzinfo=UTC)))
    assert "ISIS-K" in texts(article, Zone.FURNITURE)
    assert not any("ISIS-K" in text for text in texts(article, Zone.BODY))


def test_a_half_written_file_is_zoned_as_far_as_it_goes(digest_item: Article, shared: Path) -> None:
    raw = next((shared / "seeds").glob("000_*.txt")).read_bytes()
    half = extract(Item("seeds", "file:///half.txt", raw[:1400], "text/plain", digest_item.fetched_at))
    assert half.title == "New Friends"
    assert texts(half, Zone.BODY)[:4] == texts(digest_item, Zone.BODY)[:4]
    assert half.key != digest_item.key
