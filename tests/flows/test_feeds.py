"""Feed → page → article → hit → delivery: each thing once, whatever addresses lead to it and whatever fails."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

import extraction.workers
from wirewatch.model import BodyFrom, DeliveryState, Origin, Visibility

BASE = "The airbase was described by officials who had visited it, and who asked not to be named in this report."
MORE = "Nothing else of note was said during the short conference that followed the visit on Tuesday afternoon."


async def test_feed_page_article_hit_delivery(world: Any, site: Any) -> None:
    site.page("/a", "New airbase", "Supplies reached Hmeimim on Tuesday.", BASE, MORE)
    site.page("/b", "Weather", "Rain is expected in the north.", BASE, MORE)
    feed = site.feed("/rss", site.item("/a", "New airbase"), site.item("/b", "Weather"))
    world.watch("Hmeimim", feeds={"wire": feed})

    report = await world.tick()

    assert world.hits() == {("New airbase", "Hmeimim")}
    assert world.articles() == 2
    assert not report.failures
    [message] = site.messages("desk")
    assert "Supplies reached *Hmeimim* on Tuesday." in message
    assert site.url("/a") in message
    assert world.states() == {DeliveryState.SENT: 1}
    assert site.asked == {"/rss": 1, "/a": 1, "/b": 1}


async def test_unchanged_feed_costs_one_conditional_request(world: Any, site: Any) -> None:
    site.page("/a", "New airbase", "Supplies reached Hmeimim on Tuesday.")
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "New airbase"), etag='"1"')})
    await world.tick()

    report = await world.tick()

    assert (report.counts["unchanged"], report.counts["items"]) == (1, 0)
    assert site.asked == {"/rss": 2, "/a": 1}
    assert len(site.messages("desk")) == 1


async def test_one_article_by_many_addresses_alerts_once_and_is_fetched_once(world: Any, site: Any) -> None:
    canonical = f"<link rel=canonical href='{site.url('/story')}'>"
    text = ("Supplies reached Hmeimim on Tuesday.", BASE, MORE)
    site.page("/story", "New airbase", *text, head=canonical)
    site.page("/amp/story", "New airbase", *text, head=canonical)
    site.put("/go", status=302, headers={"Location": site.url("/story")})
    feeds = {
        "one": site.feed("/1", site.item("/story?utm_source=rss&utm_medium=feed", "New airbase")),
        "two": site.feed("/2", site.item("/story", "New airbase"), site.item("/story#part", "New airbase")),
        "three": site.feed("/3", site.item("/amp/story", "New airbase")),
        "four": site.feed("/4", site.item("/go", "New airbase")),
    }
    site.answers["/story?utm_source=rss&utm_medium=feed"] = site.answers["/story"]
    world.watch("Hmeimim", feeds=feeds)
    await world.tick()
    read = dict(site.asked)

    for number in "1234":  # the feeds change, so that their items are looked at again
        site.put(f"/{number}", site.answers[f"/{number}"].body.replace("Wire", "Wires"), "application/rss+xml")
    report = await world.tick()

    assert world.articles() == 1
    assert world.hits() == {("New airbase", "Hmeimim")}
    assert len(site.messages("desk")) == 1
    assert report.counts["items"] == 5
    assert report.counts["new_articles"] == 0
    feeds_read = dict.fromkeys(("/1", "/2", "/3", "/4"), 1)
    assert read["/amp/story"] == read["/go"] == 1
    assert sum(read.values()) == 4 + 3  # the feeds; /go and where it leads, which is known from then on; /amp/story
    assert dict(site.asked - Counter(read)) == feeds_read


async def test_an_item_stays_one_article_whatever_its_feed_does_to_guid_and_address(world: Any, site: Any) -> None:
    """A new guid each time; from http to https, with and without www, parameters that track, a fragment."""
    text = "Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement."
    addresses = [
        "http://www.news.example/story",
        "https://www.news.example/story",
        "https://news.example/story?utm_source=rss&fbclid=x",
        "https://news.example/story/#comments",
    ]

    def publish(number: int, address: str) -> str:
        guid = f"<guid isPermaLink='false'>{number}</guid></item>"
        return site.feed("/rss", site.item(address, "Base", text).replace("</item>", guid))

    wire = {"name": "wire", "feed": publish(0, addresses[0]), "pages": "never"}
    world.watch("Hmeimim", feeds=[wire])
    for number, address in enumerate([*addresses, addresses[0]]):
        publish(number, address)
        report = await world.tick(hours=1)
        assert (report.counts["items"], report.counts["sources_read"]) == (1, 1)
    assert (world.articles(), world.hits(), len(site.messages("desk"))) == (1, {("Base", "Hmeimim")}, 1)

    publish(9, "https://news.example/story?id=2")
    await world.tick(hours=1)
    assert world.articles() == 2, "another article, by all that is known"


async def test_site_whose_every_page_names_the_same_canonical_address_loses_nothing(world: Any, site: Any) -> None:
    home = f"<link rel=canonical href='{site.url('/latest')}'>"
    names = ["Hmeimim", "Latakia", "Tartus", "Aleppo", "Homs"]
    for name in names:
        site.page(f"/{name}", f"News of {name}", f"Supplies reached {name} on Tuesday.", BASE, MORE, head=home)
    items = [site.item(f"/{name}", f"News of {name}") for name in names]
    site.feed("/rss", *items[:4])
    world.watch(*names, feeds={"wire": site.url("/rss")})
    await world.tick()
    site.feed("/rss", *items)
    await world.tick()

    assert world.hits() == {(f"News of {name}", name) for name in names}
    assert len(site.messages("desk")) == 5
    assert all(site.asked[f"/{name}"] == 1 for name in names)


async def test_pages_with_one_canonical_address_and_one_title_lose_nothing(world: Any, site: Any) -> None:
    home = f"<link rel=canonical href='{site.url('/latest')}'>"
    site.page("/1", "Live", "Supplies reached Hmeimim on Tuesday, said a spokesman of the ministry there.", head=home)
    site.page("/2", "Live", "A ship left the port of Tartus for the open sea before dawn broke today.", head=home)
    world.watch(
        "Hmeimim", "Tartus", feeds={"wire": site.feed("/rss", site.item("/1", "Live"), site.item("/2", "Live"))}
    )

    await world.tick()

    assert world.hits() == {("Live", "Hmeimim"), ("Live", "Tartus")}
    assert world.articles() == 2


@pytest.mark.parametrize("canonical", [False, True])
async def test_page_that_fails_first(world: Any, site: Any, told: Any, canonical: bool) -> None:
    """The feed's text is matched at once; the page is a revision with what it adds, and repeats no alert."""
    site.fail("/a")
    world.watch(
        "Hmeimim",
        "Latakia",
        feeds={"wire": site.feed("/rss", site.item("/a", "New airbase", "Supplies reached Hmeimim."))},
    )
    report = await world.tick()
    assert "page " + site.url("/a") in told(report)
    assert "the page will be tried again" in told(report)
    assert world.hits() == {("New airbase", "Hmeimim")}
    assert len(site.messages("desk")) == 1

    head = f"<link rel=canonical href='{site.url('/2026/new-airbase')}'>" if canonical else ""
    site.page("/a", "New airbase", "Supplies reached Hmeimim on Tuesday.", "It lies in Latakia.", BASE, MORE, head=head)
    report = await world.tick()

    assert (report.counts["new_articles"], report.counts["revised"]) == (0, 1)
    assert world.hits() == {("New airbase", "Hmeimim"), ("New airbase", "Latakia")}
    first, second = site.messages("desk")
    assert "Hmeimim" in first
    assert "It lies in *Latakia*." in second
    assert "*Hmeimim*" not in second
    await world.tick()
    assert site.asked["/a"] == 2
    assert len(site.messages("desk")) == 2


async def test_an_address_that_is_the_canonical_one_of_a_page_that_failed_first(world: Any, site: Any) -> None:
    """The page failed, was stored as the feed had it, and then came under its canonical address as well."""
    text = ("Supplies reached Hmeimim on Tuesday.", BASE, MORE)
    head = f"<link rel=canonical href='{site.url('/story')}'>"
    site.fail("/a")
    site.feed("/1", site.item("/a", "New airbase", "Supplies reached Hmeimim."))
    site.feed("/2")
    world.watch("Hmeimim", feeds={"one": site.url("/1"), "two": site.url("/2")})
    await world.tick()
    site.page("/a", "New airbase", *text, head=head)
    await world.tick()
    site.page("/story", "New airbase", *text, head=head)
    site.page("/other", "New airbase", *text, head=head)
    site.feed("/2", site.item("/story", "New airbase"), site.item("/other", "New airbase"))
    await world.tick()

    assert world.articles() == 1
    assert len(site.messages("desk")) == 1


async def test_page_that_is_gone_for_good(world: Any, site: Any, told: Any) -> None:
    site.fail("/a", 404)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", "Supplies reached Hmeimim."))})

    report = await world.tick()
    await world.tick()

    assert world.hits() == {("Base", "Hmeimim")}
    assert "404" in told(report)
    assert site.asked["/a"] == 1


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("application/pdf", b"%PDF-1.7\n\x00\x01"),
        ("text/html", b"%PDF-1.7\n\x00\x01"),
        ("text/html", b"\x89PNG\r\n\x1a\n\x00"),
    ],
)
@pytest.mark.parametrize("summary", ["Supplies reached Hmeimim.", ""])
async def test_page_that_is_no_text_keeps_what_the_feed_said(
    world: Any, site: Any, told: Any, type: str, body: bytes, summary: str
) -> None:
    site.put("/a", body, type)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Hmeimim report", summary))})

    report = await world.tick()

    assert world.hits() == {("Hmeimim report", "Hmeimim")}
    assert "the feed's text is kept" in told(report)
    [found] = world.store.hits()
    assert found.article.body_from in (BodyFrom.FEED, BodyFrom.FEED_FALLBACK)
    assert len(site.messages("desk")) == 1


async def test_item_that_is_nothing_but_an_address_is_not_lost_while_its_page_fails(world: Any, site: Any) -> None:
    site.fail("/a")
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", f"<item><link>{site.url('/a')}</link></item>", etag="1")})
    await world.tick()
    site.page("/a", "New airbase", "Supplies reached Hmeimim on Tuesday.", BASE, MORE)
    await world.tick()

    assert world.hits() == {("New airbase", "Hmeimim")}
    assert world.articles() == 1


async def test_item_without_any_text_is_not_asked_for_with_every_poll(world: Any, site: Any) -> None:
    site.put("/a", b"%PDF-1.7", "application/pdf")
    link = f"<item><link>{site.url('/a')}</link></item>"
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", link)})
    await world.tick()
    site.feed("/rss", link, site.item("/b", "Something else"))
    await world.tick()

    assert site.asked["/a"] == 1


async def test_sources_that_fail_cost_only_their_own_slot_and_are_picked_up_later(
    world: Any, site: Any, told: Any
) -> None:
    good = site.feed("/good", site.item("/a", "Base one", "Supplies reached Hmeimim."))
    site.put("/html", "<html><body><p>Welcome to our news</p></body></html>", "text/html")
    site.put("/empty", "", "application/rss+xml")
    site.put("/json", '{"items": [', "application/json")
    site.fail("/down", 500)
    feeds = {"good": good, "unreachable": "http://127.0.0.1:9/rss"}
    feeds |= {name: site.url(f"/{name}") for name in ("html", "empty", "json", "down")}
    world.watch("Hmeimim", feeds=feeds)

    report = await world.tick()

    said = {failure.where: failure.what for failure in report.failures if failure.where.startswith("source")}
    assert set(said) == {f"source {name}" for name in feeds if name != "good"}
    assert "feed" in said["source html"]
    assert "empty" in said["source empty"]
    assert "500" in said["source down"]
    assert "127.0.0.1" in said["source unreachable"]
    assert world.hits() == {("Base one", "Hmeimim")}
    states = {state.source.name: state for state in world.store.sources()}
    assert {name for name, state in states.items() if state.last_error} == set(feeds) - {"good"}

    for name in ("html", "empty", "json", "down"):
        site.feed(f"/{name}", site.item(f"/of-{name}", f"Base of {name}", "Supplies reached Hmeimim."))
    await world.tick(hours=7)

    found = {title for title, _ in world.hits()}
    assert found == {"Base one", *(f"Base of {name}" for name in ("html", "empty", "json", "down"))}
    assert {state.source.name for state in world.store.sources() if state.last_error} == {"unreachable"}


async def test_half_a_feed_gives_what_can_be_read_and_the_rest_later(world: Any, site: Any, told: Any) -> None:
    items = [site.item(f"/{n}", f"Base {n}", "Supplies reached Hmeimim.") for n in range(3)]
    whole = site.answers[site.feed("/rss", *items, etag='"1"').removeprefix(site.base)]
    cut = whole.body[: whole.body.index("Base 2") + 3]
    site.put("/rss", cut, "application/rss+xml", headers={"ETag": '"1"'})
    world.watch("Hmeimim", feeds={"wire": site.url("/rss")})

    report = await world.tick()
    assert "source wire: the feed breaks off" in told(report)
    assert {title for title, _ in world.hits()} >= {"Base 0", "Base 1"}

    site.answers["/rss"] = whole
    await world.tick()
    assert {title for title, _ in world.hits()} == {"Base 0", "Base 1", "Base 2"}
    assert len(site.messages("desk")) == 3


@pytest.mark.parametrize(
    ("first_poll", "told_of"), [("recent", {"New", "Undated"}), ("quiet", set()), ("all", {"New", "Undated", "Old"})]
)
async def test_first_poll_stores_and_matches_all_but_alerts_by_rule(
    world: Any, site: Any, first_poll: str, told_of: set[str]
) -> None:
    said = "Supplies reached Hmeimim."
    items = [
        site.item("/old", "Old", said, world.now - timedelta(days=3)),
        site.item("/new", "New", said, world.now - timedelta(hours=2)),
        site.item("/undated", "Undated", said, None),
    ]
    feed = {"name": "wire", "feed": site.feed("/rss", *items), "first_poll": first_poll, "pages": "never"}
    world.watch("Hmeimim", feeds=[feed])
    await world.tick()

    assert {title for title, _ in world.hits()} == {"Old", "New", "Undated"}
    alerted = {each.article.title for each in world.store.hits(origin=Origin.POLL)}
    assert alerted == told_of
    assert len(site.messages("desk")) == len(told_of)

    site.feed("/rss", *items, site.item("/late", "Late", said, world.now - timedelta(days=3)))
    await world.tick()
    assert len(site.messages("desk")) == len(told_of) + 1  # an old date does not silence what has just come in


async def test_one_page_that_breaks_the_extractor_costs_only_its_own_slot(
    world: Any, site: Any, told: Any, poisonous: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "extract_lightly", poisonous.fragile)
    monkeypatch.setattr(extraction.workers, "extract", poisonous.fragile)
    monkeypatch.setattr(extraction.workers, "extract_whole", poisonous.fragile)
    site.page("/bad", "Bad", "This is poison.", BASE)
    site.page("/good", "Good", "Supplies reached Hmeimim.", BASE, MORE)
    items = [site.item("/bad", "Bad base", "Hmeimim too."), site.item("/good", "Good")]
    world.drop("bad.txt", "Poison\n\nThis is poison.\n")
    world.drop("good.txt", f"Good file\n\nSupplies reached Hmeimim on Tuesday, it was said. {BASE}\n\n{MORE}\n")
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", *items)}, inbox=True)

    report = await world.tick()

    assert world.hits() == {("Bad base", "Hmeimim"), ("Good", "Hmeimim"), ("Good file", "Hmeimim")}
    assert f"page {site.url('/bad')}" in told(report)
    assert "inbox/bad.txt: cannot be read" in told(report)
    assert not (await world.tick()).failures


async def test_what_an_item_is_filed_under_is_found_and_does_not_alert(world: Any, site: Any) -> None:
    item = site.item("/a", "Convoy reaches the base", "In short.").replace(
        "</item>", "<category>Hmeimim</category></item>"
    )
    feed = site.feed("/rss", item)
    site.page(
        "/a", "Convoy reaches the base", "Supplies reached the base on Tuesday, a spokesman for the ministry said."
    )
    world.watch("Hmeimim", feeds={"wire": feed})
    report = await world.tick()
    assert (report.counts["hits"], report.counts["suppressed"]) == (0, 1)
    assert world.hits(Visibility.SUPPRESSED) == {("Convoy reaches the base", "Hmeimim")}
    assert site.messages("desk") == []


async def test_what_a_source_repeats_becomes_furniture_while_it_is_learnt(world: Any, site: Any) -> None:
    banner = "Follow our channel for the latest from the Hmeimim desk and its partners"
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss")})
    for day in range(5):
        words = ["harbour", "council", "railway", "orchard", "library"][day]
        own = [f"The {words} board met for the {n}th time and spoke of the {words} fair alone." for n in range(6)]
        site.page(f"/{day}", f"The {words} report", *own, banner)
        item = site.item(f"/{day}", f"The {words} report", published=world.clock())
        site.feed("/rss", item)
        await world.tick(hours=25)

    live = {title for title, _ in world.hits()}
    assert {title for title, _ in world.hits(Visibility.SUPPRESSED)} == {"The orchard report", "The library report"}
    assert live == {"The harbour report", "The council report", "The railway report"}


async def test_of_a_feed_that_changed_only_the_new_items_are_read_and_none_is_lost(world: Any, site: Any) -> None:
    old = [site.item("/1", "First"), site.item("/2", "Second")]
    world.watch("Hmeimim", feeds=[{"name": "wire", "feed": site.feed("/rss", *old), "pages": "never"}])
    await world.tick()
    site.feed("/rss", site.item("/3", "Convoy at Hmeimim"), *old)
    report = await world.tick()
    assert (report.counts["items"], report.counts["new_articles"]) == (3, 1)
    assert world.hits() == {("Convoy at Hmeimim", "Hmeimim")}
    site.feed("/rss", site.item("/4", "Again Hmeimim"), site.item("/3", "Convoy leaves Hmeimim"), *old)
    assert (await world.tick()).counts["new_articles"] == 1
    assert world.articles() == 4
