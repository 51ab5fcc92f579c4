"""The edges of a source's articles are remembered with them, and only so many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from storage import Batch, Store
from wirewatch.edge_lines import MOST_REMEMBERED, EdgeLines


def test_the_edges_of_the_latest_articles_come_back(store: Store, make: Any, no_plan: Callable[..., Any]) -> None:
    def write(name: str, *lines: bytes) -> bytes:
        indexed = make.indexed(name)
        key: bytes = indexed.article.key
        edges = EdgeLines(key, date(2025, 5, 1), frozenset(lines))
        store.write(Batch([replace(indexed, edges=edges)], []), no_plan)
        return key

    source = make.indexed("a").article.source
    assert store.edge_lines(source) == []
    keys = [write(f"article {number}", b"\x00banner\xff", bytes([number]) * 8) for number in range(MOST_REMEMBERED + 2)]
    remembered = store.edge_lines(source)
    assert [each.article_key for each in remembered] == keys[2:]
    assert remembered[0] == EdgeLines(keys[2], date(2025, 5, 1), frozenset({b"\x00banner\xff", bytes([2]) * 8}))

    write("article 5", b"revised!")
    again = store.edge_lines(source)
    assert len(again) == MOST_REMEMBERED
    assert again[-1] == EdgeLines(keys[5], date(2025, 5, 1), frozenset({b"revised!"}))
    assert store.edge_lines("another") == []
