"""Skimming a page never loses a hit that reading it closely would find: shown on real pages, for every kind of term."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extraction import extract
from extraction.decoding import decode
from extraction.markup import declared_charset, parse_page, seen_lines
from extraction.skimming import skim
from watchlist import Watchlist
from watchlist.text import ArticleText
from wirewatch.errors import ExtractionError, QueryError
from wirewatch.folding import words_of
from wirewatch.model import Article, Block, Item, Term, Zone

EVERY = 11
"""Of the pages, which is a few seconds' worth; the figures for all are in docs/benchmarks.md."""


def queries_of(article: Article, known: set[str], chance: random.Random) -> list[str]:
    """Words, phrases, beginnings, inflections, names and neighbours, as they stand in the article or around it."""
    queries: list[str] = []
    for block in chance.sample(article.blocks, min(12, len(article.blocks))):
        words = [token.word for token in words_of(block.text)]
        # Where an extractor glues two words of a page together, nobody looks for what it made.
        words = [word for word in words if word in known and word.isalpha() and len(word) > 1]
        if len(words) < 4:
            continue
        at = chance.randrange(len(words) - 3)
        one, two, _, four = words[at : at + 4]
        queries += [one, f'"{one} {two}"', f"{one} NEAR/30 {four}", f"{two}+"]
        queries += [f"{two[:3]}*"] if len(two) > 3 and two.isascii() else []
        queries += [f'~"{one} {two}"'] if one.isascii() and len(one) > 4 and len(two) > 4 else []
    queries += [f'author:"{article.byline}"'] if article.byline and '"' not in article.byline else []
    return queries


def term_of(query: str) -> Term | None:
    try:
        Watchlist.compile([Term(name=query, query=query)], ())
    except QueryError:  # a name too short for spellings, say
        return None
    return Term(name=query, query=query)


def test_no_hit_is_lost_on_real_pages(shared: Path) -> None:
    folder = shared / "data" / "extraction"
    chance = random.Random(7)
    asked = 0
    lost: list[str] = []
    for page in json.loads((folder / "index.json").read_text("utf-8"))[::EVERY]:
        raw = gzip.decompress((folder / page["file"]).read_bytes())
        url = page.get("url") or "https://site.example/a"
        item = Item("s", url, raw, "text/html", datetime(2026, 11, 22, tzinfo=UTC), title="Said by the feed")
        try:
            article, skimmed = extract(item), skim(item)
        except ExtractionError:
            continue
        tree = parse_page(decode(raw, declared=declared_charset(raw, "text/html")))
        if skimmed is None or tree is None:
            continue
        known = {token.word for line in seen_lines(tree) for token in words_of(line.text)}
        words = Article(b"", url, "", (Block(skimmed.text, Zone.BODY),), "s", item.fetched_at, b"")
        terms = Watchlist.compile(filter(None, map(term_of, queries_of(article, known, chance))), ())
        hits = {found.term.name for found in terms.match(article)}
        texts = [ArticleText(replace(words, language=language)) for language in (None, *skimmed.languages)]
        candidates = {term.name for text in texts for term in terms.candidates(text)}
        asked += len(hits)
        assert terms.may_match(words, skimmed.languages) or not hits
        if skimmed.languages:
            lost += [f"{page['id']}: {query}" for query in hits - candidates]
    assert asked > 700
    assert not lost


@pytest.mark.parametrize(
    ("html", "query"),
    [
        *(
            ("<p><b>H</b>meimim</p>", "Hmeimim"),
            ("<p>one</p><p>Hmeimim</p>", "Hmeimim"),
            ("<p>Hme&shy;imim</p>", "Hmeimim"),
        ),
        *(("<p>Hmei&#109;im</p>", "Hmeimim"), ("<p>al-Sham<br>HTS</p>", "HTS"), ("<td>a<td>HTS", "=HTS")),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"On H\\u006deimim"}</script>',
            "Hmeimim",
        ),
        ('<meta name="author" content="Ann Bee"><p>text</p>', 'author:"Ann Bee"'),
        ("<p>The Hayat Tahrir <i>al-Shams</i> said</p>", '~"Hayat Tahrir al-Sham"'),
        ("<html lang=de><p>die Sanktionen wurden verhängt</p>", "Sanktion+"),
    ],
)
def test_words_are_found_however_a_page_writes_them(html: str, query: str) -> None:
    item = Item("s", "https://n.example/a", f"<html><body>{html}".encode(), "text/html", datetime.now(UTC))
    skimmed, terms = skim(item), Watchlist.compile([Term(name=query, query=query)], ())
    assert skimmed is not None
    words = Article(b"", item.url, "", (Block(skimmed.text, Zone.BODY),), "s", item.fetched_at, b"")
    assert terms.may_match(words, skimmed.languages)
