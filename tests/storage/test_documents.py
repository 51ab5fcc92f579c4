"""Documents on both databases: bytes, strikes, and what was passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from storage import Batch, Documents, Indexed, PassedOver, SetAside, Store, set_aside_key
from wirewatch.model import Article, Item


def kept(make: Any, article: Article, raw: bytes, **fields: Any) -> Indexed:
    item = Item("wire", article.url, raw, "text/html", article.fetched_at, feed_html="<p>\0x</p>", **fields)
    return Indexed(article, frozenset({"taliban"}), 1, kept=item, made_with="one")


def test_bytes_come_back_as_they_were(store: Store, make: Any, no_plan: Callable[..., Any]) -> None:
    raw = bytes(range(256)) * 100
    one, two = make.article("a"), make.article("b", source="other", fetched_at=make.now - timedelta(days=9))
    store.write(Batch([kept(make, one, raw), kept(make, two, b"")]), no_plan)
    found = store.raw_documents()
    assert {each.article.key: each.item.raw for each in found} == {one.key: raw, two.key: b""}
    assert found[0].article in (one, two)
    assert all(each.item.feed_html for each in found)
    assert store.count_raw()[0] == 2
    assert store.count_raw()[1] < len(raw)
    first = store.raw_documents(limit=1)
    assert [each.article.key for each in store.raw_documents(after=first[0].article.key)] == [found[1].article.key]
    assert len(store.raw_documents(since=make.now - timedelta(days=1))) == 1
    assert len(store.raw_documents(until=make.now - timedelta(days=1))) == 1

    store.mark_read_again([one.key], "two")
    assert [each.article.key for each in store.raw_documents(made_with_other_than="two")] == [two.key]
    store.write(Batch([kept(make, one, b"new")]), no_plan)
    assert [each.item.raw for each in store.raw_documents() if each.article.key == one.key] == [b"new"]
    assert store.forget_raw(make.now - timedelta(days=1), make.now) == 1
    assert store.forget_articles(make.now + timedelta(days=1), make.now) == 2
    assert store.count_raw() == (0, 0)


def test_another_reading_is_no_revision_and_never_overwrites_a_newer_text(
    store: Store, make: Any, no_plan: Callable[..., Any]
) -> None:
    article = make.article("a")
    store.write(Batch([Indexed(article, frozenset(), 1)]), no_plan)
    read = replace(article, blocks=article.blocks[:1])
    written = store.write(Batch([Indexed(read, frozenset(), 1)], revises=False), no_plan)
    assert written.revised == 1
    assert store.article(article.key) == read
    older = replace(article, fetched_at=article.fetched_at - timedelta(days=1))
    store.write(Batch([Indexed(older, frozenset(), 1)], revises=False), no_plan)
    store.write(Batch([make.indexed("gone")], revises=False), no_plan)
    assert store.article(article.key) == read
    assert store.article(make.key("gone")) is None


def test_strikes_are_counted_and_forgotten(store: Store, make: Any, no_plan: Callable[..., Any]) -> None:
    key = set_aside_key("wire", "file:///a", b"x")
    one = SetAside(key, "wire", "file:///a", "it crashed", 1, False, make.now, path="a\udcff")
    store.write(Batch(documents=Documents([one])), no_plan)
    store.write(Batch(documents=Documents([replace(one, strikes=2)])), no_plan)
    assert store.strikes([key, b"other"]) == {key: replace(one, strikes=2)}
    assert store.documents_set_aside(["wire"]) == [replace(one, strikes=2)]
    assert store.documents_set_aside(["other"]) == []
    store.write(Batch(documents=Documents(readable=["file:///a", "file:///b"])), no_plan)
    assert store.documents_set_aside() == []


def test_what_is_tried_again_is_due(store: Store, make: Any, no_plan: Callable[..., Any]) -> None:
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    item = Item("wire", "https://news.example/a", b"", "text/html", make.now, wants_page=True)
    page = SetAside(b"k" * 16, "wire", item.url, "it crashed", 3, True, make.now, item=item)
    store.write(Batch(documents=Documents([page])), no_plan)
    later = make.now + timedelta(hours=1)
    store.try_again(store.documents_set_aside(), later)
    assert [each.item.url for each in store.due_pages(later, 10)] == [item.url]
    assert store.documents_set_aside() == []


def test_passed_over(store: Store, make: Any, no_plan: Callable[..., Any]) -> None:
    seen = [
        PassedOver((make.key("a"), make.key("alias")), "wire", make.now),
        PassedOver((make.key("b"),), "x", make.now),
    ]
    store.write(Batch(documents=Documents(passed_over=seen)), no_plan)
    store.write(Batch(documents=Documents(passed_over=seen)), no_plan)
    assert store.passed_over([make.key("alias"), make.key("c")]) == {make.key("alias")}
    assert store.count_passed_over() == {"wire": 1, "x": 1}
    assert store.count_passed_over(since=make.now + timedelta(1)) == {}
    assert store.forget_passed_over(make.now + timedelta(1), make.now) == 3
