"""What is old is let go, what somebody still needs is not, and what went is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import Batch, nothing, retention
from wirewatch.candidates import Everything, Lexeme
from wirewatch.errors import StorageError

OLD = timedelta(days=40)
KEPT = timedelta(days=30)


@pytest.fixture
def aged(store, make, no_plan):
    """An article without hits and one with, forty days old, and one of today."""
    then = make.now - OLD
    store.write(
        Batch([make.indexed("old", fetched_at=then), make.indexed("hit", "Supplies.", fetched_at=then)]), no_plan
    )
    store.write(Batch([make.indexed("new", "Rain.")], [make.hit("hit", found_at=then)]), make.plan)
    return store


def titles(store):
    slices = store.archive(Everything(), 1)
    return {article.title for articles in slices for article in articles}


def test_articles_without_hits_are_let_go(aged, make, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    assert aged.forget_articles(make.now - KEPT, make.now) == 1
    assert titles(aged) == {"Headline hit", "Headline new"}
    assert not list(aged.archive(Lexeme("taliban"), 1))
    assert aged.forget_articles(make.now - KEPT, make.now) == 0
    gone = aged.let_go()["articles"]
    assert (gone.before, gone.at, gone.total) == (make.now - KEPT, make.now, 1)
    aged.write(Batch([make.indexed("old")]), nothing)
    assert len(list(aged.archive(Lexeme("taliban"), 1))) == 1


def test_a_hit_that_is_still_to_be_told_stays(aged, make):
    [claim] = aged.claim_deliveries(make.now, lease=make.lease, limit=9)
    assert aged.forget_hits(make.now - KEPT, make.now) == 0
    assert aged.forget_deliveries(make.now + KEPT, make.now) == 0
    make.mark_sent(aged, claim.delivery.key, 1, make.now, "ok")
    assert aged.forget_hits(make.now - KEPT, make.now) == 1
    assert aged.forget_articles(make.now - KEPT, make.now) == 2
    assert aged.forget_deliveries(make.now + KEPT, make.now) == 1
    assert titles(aged) == {"Headline new"}
    assert not aged.hits() and not aged.deliveries()
    assert {kind: gone.total for kind, gone in aged.let_go().items()} == {"articles": 2, "hits": 1, "deliveries": 1}


def test_runs_are_let_go(store, make):
    for days in (40, 1):
        store.add_run("poll", make.now - timedelta(days=days), make.now, {"read": days})
    assert store.forget_runs(make.now - KEPT, make.now) == 1
    assert [run.counts["read"] for run in store.last_runs()] == [1]


def test_outdated_articles_are_indexed_again(store, make, no_plan):
    store.write(Batch([make.indexed("a"), make.indexed("b")]), no_plan)
    assert {article.title for article in store.outdated(2, 10)} == {"Headline a", "Headline b"}
    assert len(store.outdated(2, 1)) == 1
    store.reindex([replace(make.indexed("a"), lexemes=frozenset({"other"}), lexemes_version=2)])
    assert [article.title for article in store.outdated(2, 10)] == ["Headline b"]
    found = [article.title for articles in store.archive(Lexeme("other"), 2) for article in articles]
    assert sorted(found) == ["Headline a", "Headline b"]
    store.reindex([replace(make.indexed("gone"), lexemes_version=2)])
    with pytest.raises(StorageError):
        store.write(Batch(hits=[make.hit("gone")]), no_plan)
