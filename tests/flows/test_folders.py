"""Files in a watched folder: each content once, whatever its name, its time and its encoding."""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from storage import Store
from wirewatch.errors import StorageError
from wirewatch.model import DeliveryState, Visibility

STORY = """\
Convoy reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to reporters.

The convoy of forty lorries left the port before dawn and was met by nobody on the road, according to drivers.

Officials in the capital declined to say what was in it, and “called the question premature” when asked again.
"""
OTHER = """\
Harbour dues to rise

The dues that ships pay in Tartus will rise by a tenth from the first of January, the port authority announced.

Shipowners said that they had not been asked, and that they would take their freight to other harbours instead.
"""


async def test_file_to_alert_and_then_nothing_new(world: Any, site: Any) -> None:
    file = world.drop("a.txt", STORY)
    world.watch("Hmeimim", inbox=True)
    await world.tick()
    assert world.hits() == {("Convoy reaches the base", "Hmeimim")}
    assert len(site.messages("desk")) == 1

    file.rename(world.inbox / "b.txt")
    os.utime(world.inbox / "b.txt", (1_600_000_000, 1_600_000_000))
    (world.inbox / "deeper").mkdir()
    world.drop("deeper/copy.txt", STORY)
    report = await world.tick()

    assert report.counts["items"] == 2
    assert (report.counts["new_articles"], report.counts["revised"], report.counts["hits"]) == (0, 0, 0)
    assert world.articles() == 1
    assert len(site.messages("desk")) == 1
    assert (await world.tick()).counts["items"] == 0


async def test_half_written_file_that_is_completed_is_one_article(world: Any, site: Any) -> None:
    half = STORY[: STORY.index("The convoy")]
    world.drop("a.txt", half)
    world.watch("Hmeimim", "premature", inbox=True)
    await world.tick()
    world.drop("a.txt", STORY)
    report = await world.tick()

    assert (report.counts["new_articles"], report.counts["revised"]) == (0, 1)
    assert world.articles() == 1
    assert {term for _, term in world.hits()} == {"Hmeimim", "premature"}
    first, second = site.messages("desk")
    assert "*Hmeimim*" in first
    assert "*premature*" in second
    assert "*Hmeimim*" not in second


PARAGRAPHS = {
    "Ferries stop for the winter": (
        "The ferries between the two ports will stop on Friday, a month earlier than usual, their owners announced.",
        "Fewer than a hundred people a day used them in October, and fuel has become a third dearer since the spring.",
    ),
    "Fishermen ask for a smaller net": (
        "Fishermen along the coast want finer nets to be forbidden, because the young fish are caught with the old.",
        "A meeting with the ministry ended without a result on Monday, but both sides will talk again next week.",
    ),
    "A new road to the airport": (
        "Work on the road to the airport has begun after ten years of planning, the governor told reporters there.",
        "It will be nine kilometres long and should be open within two years, if the winters are not too wet.",
    ),
    "School year begins late": (
        "Schools in the province will open two weeks late because half of their roofs still have to be repaired.",
        "Parents complained that they heard of it from the radio, and teachers that nobody had told them either.",
    ),
}


@pytest.mark.parametrize(
    "shared",
    [
        "Hmeimim is a Russian airbase near Latakia.",
        "Since 2015 the airbase of Hmeimim in the same province has been leased to Russia, which pays no rent for it.",
    ],
    ids=["short", "long"],
)
@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "between", "last"])
async def test_a_paragraph_that_several_articles_of_a_folder_share_is_news_in_each(
    world: Any, shared: str, place: int
) -> None:
    world.watch("Hmeimim", inbox=True)
    for number, (headline, paragraphs) in enumerate(PARAGRAPHS.items()):
        text = [*paragraphs[:place], shared, *paragraphs[place:]]
        world.drop(f"{number}.txt", "\n\n".join([headline, *text]) + "\n")
        await world.tick(days=1)
    assert world.hits(Visibility.LIVE) == {(headline, "Hmeimim") for headline in PARAGRAPHS}


async def test_another_story_under_an_old_name_is_another_article(world: Any, site: Any) -> None:
    world.drop("latest.txt", STORY)
    world.watch("Hmeimim", "dues", "on", inbox=True)
    await world.tick()
    world.drop("latest.txt", OTHER)
    await world.tick()

    assert world.articles() == 2
    assert ("Harbour dues to rise", "dues") in world.hits()
    assert len(site.messages("desk")) == 2
    world.drop("latest.txt", STORY)  # and back again
    assert (await world.tick()).counts["new_articles"] == 0
    assert len(site.messages("desk")) == 2


COPIES = {
    "no-break spaces": lambda text: text.replace(" ", "\u00a0").encode(),
    "NFD": lambda text: unicodedata.normalize("NFD", text).encode(),
    "CP1252": lambda text: text.encode("cp1252"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "straight quotes": lambda text: text.replace("“", '"').replace("”", '"').encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("kind", COPIES)
async def test_copy_in_another_spelling(world: Any, site: Any, kind: str) -> None:
    """Beside the original it is nothing new; alone it gives the same hits."""
    text = STORY.replace("The convoy", "The café’s convoy")
    world.drop("original.txt", text)
    world.watch("Hmeimim", "café", inbox=True)
    await world.tick()
    alone = {(each.hit.article_key, each.hit.term) for each in world.store.hits()}
    assert len(alone) == 2

    world.drop("copy.txt", COPIES[kind](text))
    await world.tick()
    assert {(each.hit.article_key, each.hit.term) for each in world.store.hits()} == alone
    assert world.articles() == 1
    assert len(site.messages("desk")) == 1


@pytest.mark.parametrize("kind", COPIES)
async def test_copy_in_another_spelling_alone(world: Any, kind: str) -> None:
    text = STORY.replace("The convoy", "The café’s convoy")
    world.drop("copy.txt", COPIES[kind](text))
    world.watch("Hmeimim", "café", inbox=True)
    await world.tick()

    assert {term for _, term in world.hits()} == {"Hmeimim", "café"}


async def test_files_that_cannot_be_read_are_named_once_and_the_others_go_on(world: Any, site: Any, told: Any) -> None:
    world.drop("good.txt", STORY)
    world.drop("empty.txt", "")
    world.drop("mark.txt", b"\xef\xbb\xbf")
    world.drop("picture.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    world.drop("paper.html", b"%PDF-1.7\n\x00\x01\x02")
    os.mkfifo(world.inbox / "pipe.txt")
    (world.inbox / "link.txt").symlink_to("/etc/hostname")
    world.watch("Hmeimim", inbox=True)

    report = await world.tick()

    said = told(report)
    bad = ("empty.txt", "mark.txt", "picture.txt", "paper.html", "pipe.txt", "link.txt")
    assert len(report.failures) == len(bad)
    assert all(name in said for name in bad)
    assert world.hits() == {("Convoy reaches the base", "Hmeimim")}
    assert not (await world.tick()).failures

    world.drop("empty.txt", OTHER)
    await world.tick()
    assert world.articles() == 2


async def test_folder_that_is_missing_is_named_and_picked_up_when_it_is_there(world: Any, told: Any) -> None:
    world.inbox.rmdir()
    world.watch("Hmeimim", inbox=True)
    assert "does not exist" in told(await world.tick())

    world.drop("a.txt", STORY)
    await world.tick()
    assert world.articles() == 1


async def test_a_big_folder_is_read_in_one_run(world: Any, site: Any) -> None:
    for number in range(450):
        world.drop(f"{number}.txt", STORY.replace("Convoy", f"Convoy {number}"))
    world.watch("Hmeimim", inbox=True)

    report = await world.tick()

    assert (report.counts["items"], report.counts["sources_read"]) == (450, 1)
    assert {title for title, _ in world.hits()} == {f"Convoy {number} reaches the base" for number in range(450)}
    assert (await world.tick()).counts["items"] == 0


@pytest.fixture
def seeds(world: Any, shared: Path) -> dict[str, Any]:
    """The two real articles in the inbox, and the texts they were dropped with, by number."""
    texts = {file.name[:3]: file.read_text("utf-8") for file in (shared / "seeds").glob("0*.txt")}
    for number, text in texts.items():
        world.drop(f"{number}.txt", text)
    settings = (shared / "seeds" / "wirewatch.yaml").read_text("utf-8")
    hook = world.hook("desk")["url"]
    world.config.write_text(settings.replace("folder: .,", "folder: inbox,").replace('"screen://"', f'"{hook}"'))
    world.apply()
    return texts


def _marked(store: Store) -> dict[tuple[str, str], list[list[str]]]:
    """The matched words of each live hit, a list for each of its mentions; by the article's file and the term."""
    found = store.hits(visibility=Visibility.LIVE)
    return {
        (Path(each.article.url).stem, each.hit.term): [
            [match.passage[begin:end] for begin, end in match.marks] for match in each.hit.matches
        ]
        for each in found
    }


async def test_the_seeds(world: Any, site: Any, seeds: dict[str, Any]) -> None:
    """7 hits, 2 messages, 1 suppressed, with the words that an analyst would mark; again: nothing."""
    report = await world.tick()

    assert (report.counts["hits"], report.counts["suppressed"], report.counts["sent"]) == (7, 1, 2)
    marked = _marked(world.store)
    assert set(marked) == {
        ("000", "Taliban delisting"),
        ("000", "Hmeimim"),
        ("000", "Hayat Tahrir al-Sham"),
        ("000", "ISIS-K"),
        ("002", "Taliban delisting"),
        ("002", "Hayat Tahrir al-Sham"),
        ("002", "Ahmed al-Sharaa"),
    }
    delisting = marked["000", "Taliban delisting"]
    assert len(delisting) == 3
    assert delisting[0] == ["delisting", "Taliban"]
    assert any({"removing", "Taliban", "lists"} <= set(words) for words in delisting)
    assert marked["002", "Taliban delisting"][0] == ["Taliban", "remove", "list"]
    assert {"suspend", "ban", "Taliban"} <= set(marked["002", "Taliban delisting"][1])
    assert len(marked["000", "ISIS-K"]) == 1
    assert "al-Shams" in " ".join(marked["002", "Hayat Tahrir al-Sham"][0])
    [suppressed] = world.store.hits(visibility=Visibility.SUPPRESSED)
    assert (Path(suppressed.article.url).stem, suppressed.hit.term) == ("002", "tariffs")
    assert all(each.article.published_at is None for each in world.store.hits())
    assert world.states() == {DeliveryState.SENT: 2}
    assert len(site.messages("desk")) == 2

    again = await world.tick()
    assert (again.counts["items"], again.counts["hits"], again.counts["sent"]) == (0, 0, 0)


async def test_a_name_that_moves_into_the_footer_is_suppressed(world: Any, site: Any, seeds: dict[str, Any]) -> None:
    text = seeds["000"]
    moved = text.replace("Islamic State Khorasan, or ISIS-K", "its rivals")
    assert "ISIS-K" in text
    assert "ISIS-K" not in moved
    world.drop("000.txt", moved.rstrip("\n") + "\nCopyright © 2025 ISIS-K Monitor. All rights reserved.\n")
    await world.tick()

    assert ("000", "ISIS-K") not in _marked(world.store)
    suppressed = {each.hit.term for each in world.store.hits(visibility=Visibility.SUPPRESSED)}
    assert suppressed == {"tariffs", "ISIS-K"}
    assert not any("ISIS-K" in message for message in site.messages("desk"))


async def test_a_word_of_the_banner_put_into_a_sentence_alerts(world: Any, site: Any, seeds: dict[str, Any]) -> None:
    await world.tick()
    before = len(site.messages("desk"))
    text = seeds["002"]
    sentence = next(line for line in text.splitlines() if "Putin recently sent a letter" in line)
    world.drop("002.txt", text.replace(sentence, sentence + " New tariffs on wheat were discussed as well."))
    report = await world.tick()

    assert (report.counts["new_articles"], report.counts["revised"], report.counts["hits"]) == (0, 1, 1)
    assert ("002", "tariffs") in _marked(world.store)
    [message] = site.messages("desk")[before:]
    assert "New *tariffs* on wheat" in message
    assert "Taliban delisting" not in message


async def test_a_database_that_goes_away_is_one_clear_error(world: Any, site: Any, tmp_path: Path) -> None:
    """Not a group of them, and not the failure of a source: nothing could be stored."""
    feed = site.feed("/rss", site.item("/a", "Hmeimim report"))
    world.drop("a.txt", STORY)
    world.watch("Hmeimim", feeds={"wire": feed, "other": feed + "?2"}, inbox=True)
    with sqlite3.connect(tmp_path / "wirewatch.db") as connection:
        connection.execute("ALTER TABLE article RENAME TO lost")
    with pytest.raises(StorageError, match="article"):
        await world.tick()
