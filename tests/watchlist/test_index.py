"""What the index may leave out: nothing that matches, in any language and from any thread."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from watchlist import Watchlist, article_of_text
from watchlist.stems import as_beginning, beginning, stemmer_for
from wirewatch.folding import fold_text, fold_word
from wirewatch.model import Block, Term, Zone

LANGUAGES = ["ca", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "pl", "pt", "ro", "ru", "sv", "tr", None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_begins_as_its_stem_says(language: str | None, shared: Path) -> None:
    records = json.loads((shared / "data" / "extraction" / "index.json").read_text(encoding="utf-8"))
    words = sorted({word for record in records for word in fold_text(record.get("body") or "").split()})[::40]
    stem = stemmer_for(language)
    wrong = [word for word in words if not as_beginning(fold_word(word)).startswith(beginning(stem(word), language))]
    assert len(words) > 500
    assert wrong == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Straße", "auf der STRASSE"),
        ("al-Sham", "(al-Sham)…"),
        ('"a b"', "x/a—b,c"),
        ("塔利班", "俄罗斯将塔利班移出"),
        ('"terror list*"', "terror-listing"),
        ("die+", "he was dying"),
        ("~Abdelfattah", "“Abdel-Fattah”"),
        ('~"Hayat Tahrir"', "(Hay’at Tahrir)"),
        ("=C++", "C++."),
        ("lang:en", "anything"),
        ("any:Fleischer", ""),
    ],
)
def test_every_kind_of_anchor_is_found(query: str, text: str) -> None:
    article = replace(article_of_text(text), language="en", byline="Leandro Fleischer")
    crowd = [Term(f"other {number}", word) for number, word in enumerate(["x y", "zzz*", "go+", '~"Some Body"'])]
    found = Watchlist.compile([*crowd, Term("t", query)], []).match(article)
    assert "t" in [hit.term.name for hit in found]


@pytest.mark.parametrize(
    "text",
    [
        "Bashar Assad",
        "BASHAR ASSAD’s men",
        "Bashar al-Assad",
        "Bashar al Assad",
        "Bashar de la Assad",
        "Bashar — Assad",
        "Bashar-Assad",
        "(Bashar, Assad)",
        "Башар аль-Асад",
        "Bachar el Asad",
    ],
)
def test_a_name_of_two_words_is_found_however_its_words_are_parted(text: str) -> None:
    crowd = [Term(f"other {number}", f'~"Bashar Nobody{number}"') for number in range(70)]
    watch = Watchlist.compile([*crowd, Term("t", '~"Bashar Assad"'), *crowd], [])
    for around in ("", "van", "x", "—"):
        article = replace(article_of_text(f"{around} {text} {around}"), language="en")
        assert "t" in [hit.term.name for hit in watch.match(article)]
    assert watch.match(article_of_text("Bashar met Assad; Assad, Bashar. Bashar")) == []


def test_threads_share_a_watchlist() -> None:
    queries = ["sanction+", "~Khartoum", "list*", "war NEAR/3 list", "x"]
    watch = Watchlist.compile([Term(query, query) for query in queries], [])
    texts = ["sanctions on Khartum", "a war list", "listing sanctioned words", "x and Jartum", "nothing at all"]
    articles = [
        replace(article_of_text(""), language=language, blocks=(Block(f"{text} {number}", Zone.BODY),))
        for number in range(40)
        for text in texts
        for language in ("en", "fr", None)
    ]
    expected = [Watchlist.compile([Term(query, query) for query in queries], []).match(one) for one in articles[:15]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(watch.match, articles))
    assert [[hit.term.name for hit in hits] for hits in found[:15]] == [
        [hit.term.name for hit in hits] for hits in expected
    ]
    assert [len(hits) for hits in found] == [len(hits) for hits in expected] * (len(articles) // 15)
