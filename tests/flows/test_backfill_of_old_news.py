"""Old files and the past of sources: what they hold is stored and found, once, and told as it was asked."""

from __future__ import annotations

import asyncio
import mailbox
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows import backfilling, old_news, request
from storage import BackfillState
from wirewatch.errors import WirewatchError
from wirewatch.model import Origin

STORY = """\
Convoy {name} reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read at post X{name}.

The convoy of forty lorries left the port of {name} before dawn and was met by nobody on the road, drivers said.
"""


def take(world: Any, material: Any, **asked: Any) -> Any:
    """Run a backfill as the command line does: outside any event loop."""
    asked = {"material": str(material), **asked}
    return asyncio.to_thread(backfilling.backfill, world.store, request.Request(**asked), world.clock)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of old news: two stories, a ZIP of three, a mailbox of two, and a file that cannot be read."""
    folder = tmp_path / "old"
    (folder / "deep").mkdir(parents=True)
    for name in ("one", "deep/two"):
        (folder / f"{name}.txt").write_text(STORY.format(name=Path(name).name))
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for name in ("three", "four", "five"):
            archive.writestr(f"{name}.txt", STORY.format(name=name))
    box = mailbox.mbox(folder / "letters.mbox")
    for day, name in ((1, "six"), (9, "seven")):
        letter = EmailMessage()
        letter["Subject"], letter["Message-ID"] = f"Convoy {name}", f"<{name}@wire.example>"
        letter["Date"] = datetime(2026, 3, day, 12, tzinfo=UTC)
        letter.set_content(STORY.format(name=name))
        box.add(letter)
    box.close()
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    return folder


async def test_a_folder_of_old_news_is_read_once(world: Any, old: Path, site: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    dry = await take(world, old, dry_run=True)
    assert (dry.counts["evaluated"], dry.counts["hits"], world.articles()) == (7, 7, 0)

    report = await take(world, old)
    assert (report.counts["new_articles"], report.counts["hits"], report.counts["digests_queued"]) == (7, 7, 1)
    assert any("broken.zip" in failure.where for failure in report.failures)
    await world.deliver()
    [message] = site.messages("desk")
    assert "Digest: 7 articles" in message
    found = world.store.hits()
    assert {each.hit.origin for each in found} == {Origin.BACKFILL}
    assert {each.article.source for each in found} == {"old"}

    again = await take(world, old)
    assert (again.counts["new_articles"], again.counts["hits"], again.counts["already_known"]) == (0, 0, 7)
    assert world.articles() == 7


async def test_a_new_term_finds_what_the_files_hold_that_is_stored_already(world: Any, old: Path) -> None:
    world.watch("Nothing at all", inbox=True)
    await take(world, old)
    assert not world.hits()
    world.watch("Hmeimim", inbox=True)
    report = await take(world, old)
    assert (report.counts["new_articles"], report.counts["hits"]) == (0, 7)


async def test_an_archive_goes_on_where_it_was_stopped(world: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from flows import file_articles

    monkeypatch.setattr(file_articles, "SLICE", 2)
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        for number in range(7):
            archive.writestr(f"{number}.txt", STORY.format(name=f"n{number}"))
    world.watch("Hmeimim", inbox=True)

    def stop(pace: backfilling.Pace) -> None:
        if pace.evaluated == 4:
            raise KeyboardInterrupt

    def stopped() -> None:
        asked = request.Request(material=str(tmp_path / "old.zip"))
        with pytest.raises(KeyboardInterrupt):
            backfilling.backfill(world.store, asked, world.clock, stop)

    await asyncio.to_thread(stopped)
    assert len(world.hits()) == 4
    report = await asyncio.to_thread(backfilling.resume, world.store, 1, world.clock)
    assert (report.counts["evaluated"], report.counts["hits"], report.counts["already_known"]) == (7, 7, 0)


async def test_since_and_until_count_an_undated_article_by_when_it_was_fetched(world: Any, old: Path) -> None:
    world.watch("Hmeimim", inbox=True)
    report = await take(world, old, until=datetime(2026, 3, 5, tzinfo=UTC))
    assert {title for title, _ in world.hits()} == {"Convoy six"}
    assert report.counts["evaluated"] == 1


async def test_files_may_be_of_a_source(world: Any, old: Path) -> None:
    world.watch({"name": "Hmeimim", "query": "Hmeimim", "sources": ["inbox"]}, inbox=True)
    assert (await take(world, old)).counts["hits"] == 0
    other = await take(world, old / "one.txt", sources=("inbox",))
    assert other.counts["already_known"] == other.counts["hits"] == 0  # it is the article that it was
    (old / "late.txt").write_text(STORY.format(name="late"))
    assert (await take(world, old / "late.txt", sources=("inbox",))).counts["hits"] == 1


async def test_a_path_that_is_not_there_is_refused(world: Any, tmp_path: Path) -> None:
    world.watch("Hmeimim", inbox=True)
    with pytest.raises(WirewatchError, match=r"there is no file or folder .*/nowhere on this machine"):
        await take(world, tmp_path / "nowhere")
    assert not world.store.backfills()


@pytest.fixture
def paged(world: Any, site: Any) -> Any:
    """A feed of two pages, whose older page has two items, and a feed that answers no more."""
    link = f"<link xmlns='http://www.w3.org/2005/Atom' rel='next' href='{site.url('/rss?page=2')}'/>"
    for number in range(1, 5):
        site.page(f"/{number}", f"Report {number}", "Supplies reached Hmeimim on Tuesday, drivers said there.")
    items = {number: site.item(f"/{number}", f"Report {number}") for number in range(1, 5)}
    feeds = {"wire": site.feed("/rss", link, items[1], items[2]), "lost": site.url("/gone")}
    site.feed("/rss?page=2", items[3], items[4])
    world.watch("Hmeimim", feeds=feeds, inbox=True)
    return world


async def test_the_past_of_a_source_is_read_and_told_in_a_digest(paged: Any, site: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(old_news, "ITEMS", 3)
    report = await take(paged, request.PAST)
    assert (report.counts["new_articles"], report.counts["hits"], report.counts["digests_queued"]) == (4, 4, 1)
    assert report.notes == ["source inbox: a folder does not show its past"]
    [failure] = report.failures
    assert "404" in failure.what
    [listed] = paged.store.backfills()
    assert (listed.state, listed.slices_done) == (BackfillState.FAILED, 1)

    site.feed("/gone", site.item("/5", "Report 5", "Hmeimim again."))
    report = await asyncio.to_thread(backfilling.resume, paged.store, 1, paged.clock)
    assert (report.counts["hits"], paged.store.backfills()[0].state) == (5, BackfillState.DONE)
    asked = dict(site.asked)
    await take(paged, request.PAST, sources=("wire",))
    assert {path for path in asked if site.asked[path] > asked[path]} <= {"/rss", "/rss?page=2", "/robots.txt"}


async def test_a_source_without_a_past_is_refused(paged: Any) -> None:
    with pytest.raises(WirewatchError, match="none of these sources shows its past: feeds and sitemaps do"):
        await take(paged, request.PAST, sources=("inbox",))


async def test_a_source_that_keeps_only_hits_is_said_to_and_its_past_is_read_again(world: Any, site: Any) -> None:
    site.page("/1", "Report", "Supplies reached Hmeimim on Tuesday, drivers said there.")
    site.page("/2", "Rain", "Nothing of note was said on Tuesday, and nobody asked.")
    wire = site.feed("/rss", site.item("/1", "Report"), site.item("/2", "Rain"))
    feeds = [{"name": "wire", "feed": wire, "archive": "hits"}]
    world.watch("Nothing at all", feeds=feeds)
    await world.tick()
    assert world.articles() == 0

    world.watch("Hmeimim", feeds=feeds)
    report = world.backfill()
    [note] = report.notes
    assert note.startswith("source wire keeps only articles with hits: 2 that had none")
    report = await take(world, request.PAST)
    assert (report.counts["hits"], world.articles()) == (1, 1)
