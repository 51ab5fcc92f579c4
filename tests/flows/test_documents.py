"""Bytes kept and read again, documents that cannot be read, and sources of which only the hits are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import extraction
from flows import reextracting
from flows.report import Report
from wirewatch.model import BodyFrom, Origin, Visibility

BASE = "Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement to reporters."
DULL = "Officials in the capital declined to say what was in it, and would not be drawn on it when asked again."


def feed_of(site: Any, *paths: str, **fields: Any) -> dict[str, Any]:
    return {"name": "wire", "feed": site.feed("/rss", *(site.item(path, f"Item {path}") for path in paths)), **fields}


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.fixture
def deadly(poisonous: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whatever holds the word poison kills its worker, whichever way it is read."""
    monkeypatch.setattr(extraction.workers, "extract", poisonous.deadly)
    monkeypatch.setattr(extraction.workers, "extract_whole", poisonous.deadly)
    return monkeypatch


async def test_file_that_kills_its_reader_is_given_up_after_three_tries(
    world: Any, deadly: Any, told: Callable[[Report], str]
) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("bad.html", f"<html><body><p>poison</p><p>{BASE}</p></body></html>")
    world.drop("good.html", f"<html><body><article><h1>Good</h1><p>{BASE}</p></article></body></html>")
    for strikes in (1, 2, 3):
        report = await world.tick()
        assert "inbox/bad.html: it cannot be read: its reader crashed" in told(report)
        [aside] = world.store.documents_set_aside()
        assert (aside.strikes, aside.given_up) == (strikes, strikes == 3)
    assert world.hits() == {("Good", "Hmeimim")}
    assert not (await world.tick()).failures

    deadly.undo()
    world.store.try_again(world.store.documents_set_aside(), world.now)
    await world.tick()
    assert len(world.hits()) == 2
    assert world.store.documents_set_aside() == []


async def test_page_that_kills_its_reader_is_matched_by_its_feed_and_tried_again(
    world: Any, site: Any, deadly: Any
) -> None:
    site.page("/a", "Convoy", "poison", BASE)
    world.watch("Hmeimim", "spokesman", feeds={"wire": site.feed("/rss", site.item("/a", "Convoy", "On Hmeimim."))})
    for _ in range(3):
        await world.tick(hours=7)
    assert world.hits() == {("Convoy", "Hmeimim")}
    [aside] = world.store.documents_set_aside()
    assert (aside.strikes, aside.given_up, aside.url) == (3, True, site.url("/a"))
    assert site.asked["/a"] == 3
    await world.tick(hours=7)
    assert site.asked["/a"] == 3

    deadly.undo()
    world.store.try_again([aside], world.now)
    await world.tick()
    assert ("Convoy", "spokesman") in world.hits()


async def test_damaged_files_are_listed_until_they_are_mended(world: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("a.pdf", b"%PDF-1.7 broken")
    world.drop("b.jsonl", b"".join(b"broken\n" for _ in range(500)) + b'{"title": "Row", "text": "On Hmeimim."}\n')
    report = await world.tick()
    assert world.hits() == {("Row", "Hmeimim")}
    assert len(report.failures) == 101
    assert "not named one by one" in report.failures[-1].what
    assert len(world.store.documents_set_aside()) == 101
    assert all(each.given_up for each in world.store.documents_set_aside())
    world.drop("a.pdf", BASE + "\n\n" + DULL)
    await world.tick()
    assert not [each for each in world.store.documents_set_aside() if each.path == "a.pdf"]


async def read_again(world: Any, wanted: reextracting.Range, **options: Any) -> reextracting.Reextraction:
    return await asyncio.to_thread(reextracting.reextract, world.store, wanted, world.clock, **options)


# -- bytes kept --------------------------------------------------------------------------------------------------------


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch, poisonous: Any) -> pytest.MonkeyPatch:
    """An extraction of another version, which reads every page as nothing but its text."""
    monkeypatch.setattr(extraction.workers, "extract", poisonous.as_whole_text)
    monkeypatch.setattr(extraction, "version", lambda: "older")
    return monkeypatch


async def test_reading_again_says_and_stores_what_is_gained_and_lost(world: Any, site: Any, older: Any) -> None:
    furniture = "<footer><a href=/x>Tariffs</a></footer>"
    page = f"<html lang=en><body><article><h1>Convoy</h1><p>{BASE}</p><p>{DULL}</p></article>{furniture}</body></html>"
    site.put("/a", page)
    world.watch("Hmeimim", "Tariffs", "title:Convoy", feeds=[feed_of(site, "/a", keep_raw=True)])
    await world.tick()
    before = world.hits()
    assert before == {("Item /a", "Hmeimim"), ("Item /a", "Tariffs")}
    told_before = len(site.messages("desk"))

    older.undo()
    dry = await read_again(world, reextracting.Range(), dry_run=True)
    assert world.hits() == before
    report = await read_again(world, reextracting.Range())
    assert report.counts == dry.counts
    assert (report.counts["changed"], report.counts["hits_gained"], report.counts["hits_lost"]) == (1, 1, 1)
    [lost], [gained] = report.lost, report.gained
    assert (lost.hit.term, gained.hit.term, gained.hit.origin) == ("Tariffs", "title:Convoy", Origin.BACKFILL)
    await world.tick()
    assert len(site.messages("desk")) == told_before
    assert {term for _, term in world.hits()} == {"Hmeimim", "Tariffs", "title:Convoy"}
    [article] = {each.article for each in world.store.hits()}
    assert article.body_from is BodyFrom.PAGE

    again = await read_again(world, reextracting.Range())
    assert again.counts["read"] == 0
    everything = await read_again(world, reextracting.Range(everything=True))
    assert (everything.counts["read"], everything.counts["changed"]) == (1, 0)


async def test_reading_again_is_no_revision_and_leaves_newer_texts_alone(world: Any, site: Any, older: Any) -> None:
    import sqlite3

    site.page("/a", "Convoy", BASE, DULL)
    site.page("/b", "Convoy two", BASE, DULL)
    world.watch("Hmeimim", feeds=[feed_of(site, "/a", "/b", keep_raw=True)], inbox=True)
    await world.tick()
    older.undo()
    documents = world.store.raw_documents
    newer: list[bytes] = []

    def overtaken(**asked: Any) -> Any:
        """Somebody stores a newer text of the first article while it is being read again."""
        found = documents(**asked)
        if found and not newer:
            newer.append(found[0].article.key)
            with sqlite3.connect(world.folder / "wirewatch.db") as connection:
                moment = (world.now + timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
                connection.execute(
                    "UPDATE article SET fetched_at = ?, title = 'Newer' WHERE key = ?", (moment, newer[0])
                )
        return found

    older.setattr(world.store, "raw_documents", overtaken)
    await read_again(world, reextracting.Range())
    with sqlite3.connect(world.folder / "wirewatch.db") as connection:
        rows = dict(connection.execute("SELECT title, revision FROM article"))
    assert rows.pop("Newer") == 1
    assert set(rows.values()) == {1}


async def test_bytes_are_kept_only_where_the_source_says_so_and_go_after_their_time(world: Any, site: Any) -> None:
    site.page("/a", "Convoy", BASE, DULL)
    world.watch("Hmeimim", feeds=[feed_of(site, "/a")], inbox=True)
    await world.tick()
    assert world.store.count_raw() == (0, 0)
    world.watch("Hmeimim", sources=[{"name": "inbox", "folder": "./inbox", "keep_raw": True}])
    world.drop("a.txt", f"Convoy\n\n{BASE} " * 20)
    await world.tick()
    kept, size = world.store.count_raw()
    assert kept == 1
    assert 0 < size < len(BASE) * 3
    assert world.store.forget_raw(world.now + timedelta(days=1), world.now) == 1
    assert world.store.count_raw() == (0, 0)
    assert len(world.hits()) == 2


# -- only hits ---------------------------------------------------------------------------------------------------------


async def test_only_hits_are_kept_and_nothing_is_read_twice(
    world: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/hit", f"<html lang=en><body><article><h1>Hit</h1><p>{BASE}</p></article></body></html>")
    site.put("/dull", f"<html lang=en><body><article><h1>Dull</h1><p>{DULL}</p></article></body></html>")
    banner = f"<html lang=en><body><article><h1>Banner</h1><p>{DULL}</p><p>{DULL}</p></article><footer>Hmeimim</footer>"
    site.put("/banner", banner)
    site.put("/near", f"<html lang=en><body><article><h1>Near</h1><p>{DULL} reached {DULL} base</p></article></body>")
    source = feed_of(site, "/hit", "/dull", "/banner", "/near", archive="hits")
    world.watch("Hmeimim", "reached NEAR/2 base", feeds=[source])
    report = await world.tick()
    assert {title for title, _ in world.hits(None)} == {"Hit", "Banner"}
    assert world.articles() == 2
    assert report.counts["new_articles"] == 2
    assert [each.hit.visibility for each in world.store.hits() if "anner" in each.article.title] == [
        Visibility.SUPPRESSED
    ]
    asked = dict(site.asked)
    site.feed("/rss", *(site.item(path, f"Item {path} again") for path in ("/hit", "/dull", "/banner", "/near")))
    await world.tick()
    assert {path: site.asked[path] for path in ("/dull", "/near", "/hit")} == {
        path: asked[path] for path in ("/dull", "/near", "/hit")
    }
    assert world.store.count_passed_over() == {"wire": 2}
    [note] = (await asyncio.to_thread(world.backfill, "Hmeimim")).notes
    assert "source wire keeps only articles with hits: 2 " in note
    world.store.forget_passed_over(world.now + timedelta(days=1), world.now)
    site.feed("/rss", site.item("/dull", "Once more"))
    await world.tick()
    assert site.asked["/dull"] == asked["/dull"] + 1


async def test_page_that_a_full_source_carries_too_is_kept(world: Any, site: Any) -> None:
    site.put("/dull", f"<html lang=en><body><article><h1>Dull</h1><p>{DULL}</p></article></body></html>")
    first = {"name": "a-hits", "feed": site.feed("/one", site.item("/dull", "Dull")), "archive": "hits"}
    second = {"name": "b-all", "feed": site.feed("/two", site.item("/dull", "Dull"))}
    world.watch("Hmeimim", feeds=[first, second])
    await world.tick()
    assert world.articles() == 1


async def test_folder_of_which_only_hits_are_kept(world: Any) -> None:
    world.watch("Hmeimim", sources=[{"name": "inbox", "folder": "./inbox", "archive": "hits"}])
    rows = "".join(f"Row {number},{DULL.replace(',', '')}\n" for number in range(20))
    world.drop("a.csv", f"title,text\n{rows}Last,On Hmeimim\n")
    world.drop("b.html", f"<html lang=en><body><article><h1>Dull</h1><p>{DULL}</p></article></body></html>")
    await world.tick()
    assert (world.articles(), world.hits()) == (1, {("Last", "Hmeimim")})
    assert sum(world.store.count_passed_over().values()) >= 21


async def test_page_that_cannot_be_loaded_is_not_passed_over(world: Any, site: Any) -> None:
    site.fail("/a")
    world.watch("Hmeimim", feeds=[feed_of(site, "/a", archive="hits")])
    await world.tick()
    site.put("/a", f"<html lang=en><body><article><h1>Convoy</h1><p>{BASE}</p></article></body></html>")
    await world.tick(hours=3)
    assert {term for _, term in world.hits()} == {"Hmeimim"}
