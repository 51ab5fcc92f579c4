"""One affair over several articles, from the folder to the desk: what is told, what is folded, what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from flows.request import Notify
from storage import open_store
from wirewatch.novelty import Novelty

LEAD = "Supplies reached the airbase of Hmeimim on Tuesday, and a ship is on its way to Tartus with forty lorries."
BACKGROUND = """
The convoy left the port before dawn and was met by nobody on the road, according to two of the drivers who spoke to
reporters in Jableh. A spokesman for the ministry in Damascus said that the agreement of 2017 allowed such transports,
and that the governor of Latakia had been told a week ahead of them.

Fishermen on the coast saw two frigates go by in the night. Their cooperative has complained for years about nets that
are cut by warships, and hopes for a court in Beirut to hear the case of Captain Yusuf Darwish before the winter.
"""
WIRE = f"Convoy reaches the airbase\n\n{LEAD}\n{BACKGROUND}"
OWN = "This was written by our own staff in Beirut, with a report of a news agency from the day before."
COPY = f"Transport on the coast\n\n{LEAD}\n{BACKGROUND}\n{OWN}"
NEW_LEAD = (
    "The Hmeimim airbase will be handed over to the Syrian army within 30 days, the governor announced on Friday."
)
RUNS_ON = f"Governor Khaled Abaza speaks\n\n{NEW_LEAD}\n{BACKGROUND}"
OTHER = """Greenhouse burns in Jableh

A drone fell on a greenhouse not far from Hmeimim on Sunday and wounded two farmers who slept there, neighbours said.
Nobody has claimed the attack so far, and schools in the villages stayed closed on Monday morning.
"""


@pytest.fixture
def desk(world: Any) -> Any:
    """Polls and delivers; gives the desk's messages that are new."""
    seen: list[str] = []

    async def tick() -> list[str]:
        await world.tick()
        messages = world.site.messages("desk")
        new = messages[len(seen) :]
        seen[:] = messages
        return new

    return tick


def novelties(world: Any) -> dict[str, str]:
    return {each.article.title: each.hit.novelty.value for each in world.store.hits()}


async def test_a_copy_is_folded_and_listed(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    assert len(await desk()) == 1
    world.later(hours=1)
    world.drop("copy.txt", COPY)
    assert await desk() == []
    assert novelties(world) == {"Convoy reaches the airbase": "new", "Transport on the coast": "duplicate"}
    [original] = [each for each in world.store.hits() if each.hit.novelty is Novelty.NEW]
    assert [(also.title, also.novelty) for also in original.also_in] == [("Transport on the coast", Novelty.DUPLICATE)]
    assert original.story and original.story.articles == 2


@pytest.mark.parametrize("first", ["a", "z"])
async def test_two_copies_in_one_batch_are_one_alert_that_names_both(world: Any, desk: Any, first: str) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop(f"{first}.txt", WIRE)
    world.drop("m.txt", COPY)
    [message] = await desk()
    assert "also in: inbox" in message
    assert "story: 2 articles" in message
    assert sorted(novelties(world).values()) == ["duplicate", "new"]


async def test_the_thread_hears_within_the_hour_who_else_reports_it(world: Any, desk: Any) -> None:
    """In words of its own, so that it is no copy; a program sees by the kind that it need call nobody."""
    world.watch("Hmeimim", inbox=True, channels={"desk": {**world.hook("desk"), "follow_ups": "1h"}})
    world.drop("wire.txt", "\n\n".join(" ".join(paragraph.split()) for paragraph in WIRE.split("\n\n")))
    assert len(await desk()) == 1
    world.drop("report.txt", f"Transport on the coast\n\n{LEAD}\n\n{reworded(BACKGROUND)}")
    assert await desk() == []
    assert novelties(world)["Transport on the coast"] == "same_story"
    world.later(hours=1)
    [message] = await desk()
    assert "Also in: inbox" in message and "Transport on the coast" in message and "forty lorries" not in message
    assert world.site.posts[-1][1]["kind"] == "follow_up"
    world.later(hours=2)
    assert await desk() == []


def reworded(text: str) -> str:
    """Each sentence with its second half first."""
    sentences = [sentence.split() for sentence in " ".join(text.split()).rstrip(".").split(". ")]
    turned = [["There", *words[len(words) // 2 :], *words[: len(words) // 2]] for words in sentences]
    interleaved = [[*words[:1], *words[2::2], *words[1::2]] for words in turned]
    return " ".join(f"{' '.join(words)}." for words in interleaved)


async def test_a_new_lead_with_a_matched_sentence_is_told(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    await desk()
    world.drop("later.txt", RUNS_ON)
    [message] = await desk()
    assert "handed over" in message
    assert novelties(world)["Governor Khaled Abaza speaks"] == "development"
    stories = {each.hit.story for each in world.store.hits()}
    assert len(stories) == 1


async def test_a_term_that_the_copy_alone_hits_is_told(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", {"name": "staff", "query": '"our own staff"'}, inbox=True)
    world.drop("wire.txt", WIRE)
    await desk()
    world.drop("copy.txt", COPY)
    [message] = await desk()
    assert "staff" in message and "• Hmeimim" not in message


async def test_another_affair_is_another_story(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    world.drop("other.txt", OTHER)
    assert len(await desk()) == 2
    assert len({each.hit.story for each in world.store.hits()}) == 2
    assert set(novelties(world).values()) == {"new"}


async def test_a_copy_after_two_weeks_is_told(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    await desk()
    world.later(days=15)
    world.drop("copy.txt", COPY)
    assert len(await desk()) == 1
    assert set(novelties(world).values()) == {"new"}


async def test_a_copy_of_what_nobody_was_told_is_told(world: Any, desk: Any) -> None:
    """A source's past is stored and not told: it hides nothing."""
    paragraphs = WIRE.split("\n\n")
    page = world.site.page("/old", paragraphs[0], *paragraphs[1:])
    feed = world.site.feed("/rss", world.site.item(page, paragraphs[0], published=world.now))
    world.watch("Hmeimim", feeds=[{"name": "wire", "feed": feed, "first_poll": "quiet"}], inbox=True)
    assert await desk() == []
    world.drop("copy.txt", COPY)
    assert len(await desk()) == 1


async def test_of_copies_that_a_backfill_finds_its_digest_tells_one(world: Any, desk: Any) -> None:
    world.watch("greenhouse", inbox=True)
    for outlet in range(12):
        world.drop(f"{outlet}.txt", f"{WIRE}\n\nThis was sent to us as number {'x' * (outlet + 1)} of the day.")
    assert await desk() == []
    world.watch("greenhouse", "Hmeimim", inbox=True)
    world.backfill()
    [message] = await desk()
    assert "Digest: 1 article:" in message and "also in: inbox (11)" in message
    world.drop("later.txt", COPY)
    assert await desk() == []


async def test_a_backfill_that_told_nobody_hides_nothing(world: Any, desk: Any) -> None:
    world.watch("greenhouse", inbox=True)
    world.drop("wire.txt", WIRE)
    await desk()
    world.watch("greenhouse", "Hmeimim", inbox=True)
    world.backfill(notify=Notify.NONE)
    world.drop("copy.txt", COPY)
    assert len(await desk()) == 1
    world.drop("again.txt", f"{COPY} And so it was.")
    assert await desk() == []


async def test_a_revision_is_told_where_a_matched_sentence_changes(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    await desk()
    world.later(hours=1)
    world.drop("wire.txt", WIRE.replace("complained for years", "complained for decades"))
    assert await desk() == []
    world.drop("wire.txt", WIRE.replace("forty lorries", "sixty lorries"))
    [message] = await desk()
    assert "changed: “Supplies reached" in message and "sixty lorries" in message
    world.drop(
        "wire.txt", WIRE.replace(LEAD, "Nothing of note has reached the coast in these weeks of autumn and rain.")
    )
    [message] = await desk()
    assert "gone: “Supplies reached" in message
    world.drop("wire.txt", WIRE.replace(LEAD, f"{LEAD} On Friday Hmeimim was closed to all flights of civilians."))
    [message] = await desk()
    assert "appeared: “On Friday Hmeimim" in message


async def test_the_same_batch_again_changes_nothing(world: Any, desk: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("wire.txt", WIRE)
    world.drop("copy.txt", COPY)
    await desk()
    before = world.store.hits()
    with open_store(world.store.place if "://" in world.store.place else f"sqlite:///{world.store.place}") as again:
        assert again.hits() == before
    world.later(hours=1)
    assert await desk() == []
    assert world.store.hits() == before
