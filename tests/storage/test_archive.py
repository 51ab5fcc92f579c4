"""Reading the archive: hits by what is asked, articles by key, candidates in slices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import Batch, archive, nothing
from wirewatch.candidates import AllOf, AnyOf, Everything, Lexeme
from wirewatch.errors import StorageError
from wirewatch.model import DeliveryState, Origin, Visibility
from wirewatch.telling import Planned

VERSION = 1


def keys(slices):
    return [article.key for articles in slices for article in articles]


@pytest.fixture
def hits(store, make, no_plan):
    hours = [make.now + timedelta(hours=number) for number in range(4)]
    found = [
        make.hit("a", "x", found_at=hours[0]),
        make.hit("b", "y", found_at=hours[1], origin=Origin.BACKFILL),
        make.hit("c", "x", found_at=hours[2], visibility=Visibility.SUPPRESSED),
        make.hit("a", "y", found_at=hours[3]),
    ]
    articles = [make.indexed("a"), make.indexed("b", source="other"), make.indexed("c")]
    store.write(Batch(articles, found), no_plan)
    return found


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"newest_first": False}, [0, 1, 2, 3]),
        ({"limit": 2}, [3, 2]),
        ({"terms": ["x"]}, [2, 0]),
        ({"terms": []}, []),
        ({"sources": ["other"]}, [1]),
        ({"visibility": Visibility.LIVE}, [3, 1, 0]),
        ({"origin": Origin.BACKFILL}, [1]),
        ({"terms": ["x", "y"], "sources": ["wire"], "visibility": Visibility.LIVE}, [3, 0]),
    ],
)
def test_hits_are_found_by_what_is_asked(store, hits, asked, expected):
    assert [found.hit for found in store.hits(**asked)] == [hits[number] for number in expected]


def test_hits_are_found_from_since_to_before_until(store, hits):
    asked = {"since": hits[1].found_at, "until": hits[3].found_at}
    assert [found.hit for found in store.hits(**asked)] == [hits[2], hits[1]]


def test_articles_are_found_by_the_beginning_of_their_keys(store, make, no_plan):
    near = [bytes.fromhex("ab" + "00" * 15), bytes.fromhex("ac" + "ff" * 15)]
    store.write(Batch([make.indexed(key.hex(), key=key) for key in near]), no_plan)
    assert store.article_by_prefix("ab").key == near[0]
    assert store.article_by_prefix("AC").key == near[1]
    assert store.article_by_prefix(near[1].hex()).key == near[1]
    assert store.article_by_prefix("abf") is None
    assert store.article(b"?" * 16) is None
    with pytest.raises(StorageError, match="more than one begins so"):
        store.article_by_prefix("a")
    for wrong in ("", "xyz", "ab" * 17, "a b"):
        with pytest.raises(StorageError, match="names no article"):
            store.article_by_prefix(wrong)


@pytest.fixture
def hundred(store, make, no_plan):
    """Articles of which every tenth is about ships, every fourth about grain."""
    articles = []
    for number in range(100):
        words = {"news", f"n{number}"} | ({"ships"} if number % 10 == 0 else set())
        words |= {"grain"} if number % 4 == 0 else set()
        articles.append(replace(make.indexed(str(number)), lexemes=frozenset(words)))
    store.write(Batch(articles), no_plan)
    return store


@pytest.mark.parametrize(
    ("candidates", "wanted"),
    [
        (Everything(), lambda n: True),
        (Lexeme("ships"), lambda n: n % 10 == 0),
        (Lexeme("n1", prefix=True), lambda n: str(n).startswith("1")),
        (Lexeme("n1"), lambda n: n == 1),
        (Lexeme("", prefix=True), lambda n: True),
        (Lexeme("nowhere"), lambda n: False),
        (AllOf((Lexeme("ships"), Lexeme("grain"))), lambda n: n % 20 == 0),
        (AnyOf((Lexeme("ships"), Lexeme("grain"))), lambda n: n % 10 == 0 or n % 4 == 0),
        (AllOf((AnyOf((Lexeme("n40"), Lexeme("n41"))), Lexeme("ships"))), lambda n: n == 40),
        (AllOf((Lexeme("ships"), Everything())), lambda n: n % 10 == 0),
        (AnyOf((Lexeme("ships"), Everything())), lambda n: True),
        (AllOf((Everything(),)), lambda n: True),
    ],
)
def test_candidates_are_found_in_the_order_of_keys(hundred, make, candidates, wanted):
    expected = sorted(make.key(str(number)) for number in range(100) if wanted(number))
    assert keys(hundred.archive(candidates, VERSION)) == expected


def test_the_archive_is_read_in_slices_and_resumed_behind_an_article(hundred, make):
    slices = list(hundred.archive(Lexeme("grain"), VERSION, slice_size=10))
    assert [len(articles) for articles in slices] == [10, 10, 5]
    resumed = keys(hundred.archive(Lexeme("grain"), VERSION, after=slices[0][-1].key))
    assert resumed == keys(slices)[10:]
    assert slices[0][0] == hundred.article(slices[0][0].key)


def test_more_candidates_than_one_window_of_keys(hundred, make, monkeypatch):
    monkeypatch.setattr(archive, "_KEY_WINDOW", 7)
    for candidates, count in ((Everything(), 100), (Lexeme("grain"), 25), (Lexeme("n7"), 1)):
        read = keys(hundred.archive(candidates, VERSION, slice_size=3))
        assert (len(read), read) == (count, sorted(set(read)))


def test_a_query_too_deep_or_too_long_for_the_database_reads_everything(hundred):
    deep = Lexeme("n1")
    for number in range(200):
        deep = (AllOf if number % 2 else AnyOf)((deep, Lexeme("news")))
    assert len(keys(hundred.archive(deep, VERSION))) == 100
    long = AnyOf(tuple(Lexeme(f"w{number}") for number in range(30_000)))
    assert len(keys(hundred.archive(long, VERSION))) == 100
    fits = AnyOf(tuple(Lexeme(f"w{number}") for number in range(10_000)))
    assert keys(hundred.archive(fits, VERSION)) == []


def test_the_archive_by_time_and_source(store, make, no_plan):
    day = timedelta(days=1)
    dates = {"old": make.now - 9 * day, "new": make.now - day, "undated": None, "future": make.now + day}
    articles = [make.indexed(name, published_at=date, source=name) for name, date in dates.items()]
    store.write(Batch(articles), no_plan)

    def names(**asked):
        read = keys(store.archive(Lexeme("taliban"), VERSION, **asked))
        return {name for name in dates if make.key(name) in read}

    assert names(since=make.now - day) == {"new", "undated", "future"}
    assert names(until=make.now) == {"old", "new"}
    assert names(since=make.now, until=make.now + day) == {"undated"}, "undated ones count by when they were fetched"
    assert names(sources=["old", "future"]) == {"old", "future"}


def test_counts(store, make, hits):
    planned = [make.delivery(hit) for hit in hits]
    extra = make.hit("a", "z")
    store.write(Batch((), [extra]), lambda _hits, _look: Planned(tuple(planned)))
    [claimed, *_] = store.claim_deliveries(make.now, lease=make.lease, limit=1)
    make.mark_sent(store, claimed.delivery.key, 1, make.now, "ok")
    counts = store.counts()
    assert (counts.articles, counts.live_hits, counts.suppressed_hits) == (3, 4, 1)
    assert counts.deliveries == {DeliveryState.PENDING: 3, DeliveryState.SENT: 1, DeliveryState.DEAD: 0}


def test_an_article_indexed_by_an_earlier_version_is_always_a_candidate(store, make):
    old = replace(make.indexed("old", "Grain prices rose."), lexemes_version=VERSION)
    new = replace(make.indexed("new", "Grain prices fell."), lexemes_version=VERSION + 1)
    store.write(Batch((old, new)), nothing)
    assert keys(store.archive(Lexeme("taliban"), VERSION)) == []
    assert keys(store.archive(Lexeme("taliban"), VERSION + 1)) == [make.key("old")]
    assert store.candidate_count(Lexeme("taliban"), VERSION + 1) == 1
