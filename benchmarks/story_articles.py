"""Articles and hits of which the benchmarks of stories are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from wirewatch.identity import digest, fingerprint
from wirewatch.model import Article, Block, Hit, Match, Origin, Span, Visibility, Zone

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)


def make_article(name: str, title: str, paragraphs: Sequence[str]) -> Article:
    """An article of a site of its own."""
    blocks = (Block(title, Zone.HEADLINE), *(Block(text, Zone.BODY) for text in paragraphs))
    site = digest(name).hex()[:2]
    url = f"https://{site}.example/{digest(name).hex()}"
    return Article(digest(name), url, title, blocks, "wire", NOW, fingerprint(blocks))


def hit_in(article: Article) -> Hit:
    """A hit whose sentence is the middle of the article's longest paragraph."""
    number = max(range(1, len(article.blocks)), key=lambda place: len(article.blocks[place].text))
    words = article.blocks[number].text.split()
    begin = max(0, len(words) // 2 - 12)
    passage = " ".join(words[begin : begin + 24])
    match = Match("term", Zone.BODY, passage, ((0, 1),), (Span(number, 0, 1),), "a word")
    return Hit(article.key, "term", 1, (match,), Visibility.LIVE, Origin.POLL, NOW)
