"""When sources are polled, what becomes of those that fail, and what is told of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import extraction
from flows import pipeline, retries
from storage import Health
from wirewatch.model import DeliveryState, Origin

SAID = "Supplies reached Hmeimim."
HOUR = timedelta(hours=1)


def health(world: Any) -> dict[str, Health]:
    return {each.name: each.health for each in world.store.source_health(world.now)}


async def test_an_hour_of_downtime_means_one_poll(world: Any, site: Any) -> None:
    feeds = [{"name": f"wire-{n}", "feed": site.feed(f"/{n}"), "every": "10m"} for n in range(20)]
    world.watch("Hmeimim", feeds=feeds)
    await world.tick()
    for _ in range(5):
        site.asked.clear()
        await world.tick(hours=1)
        assert set(site.asked.values()) == {1}
        assert len(site.asked) == 20
    due = [state.next_due - world.now for state in world.store.sources()]
    assert min(due) >= timedelta(minutes=5)
    assert max(due) - min(due) > timedelta(minutes=5), "they are spread again"


async def test_a_feed_that_is_gone_is_left_alone_and_told_of_until_it_is_resumed(world: Any, site: Any) -> None:
    site.fail("/rss", 410)
    world.watch("Hmeimim", feeds={"wire": site.url("/rss")}, notices={"channels": ["desk"]})
    await world.tick()
    for _ in range(10):
        await world.tick(days=3)
    assert site.asked["/rss"] == 1
    assert health(world) == {"wire": Health.GONE}
    [notice] = world.store.notices()
    assert (notice.key, notice.subject) == ("source/wire", "source wire is gone")
    assert "wirewatch sources resume wire" in notice.text
    assert any("source wire is gone" in message for message in site.messages("desk"))

    site.feed("/rss", site.item("/a", "Base", SAID))
    world.store.resume(["wire"], world.now)
    await world.tick()
    assert health(world) == {"wire": Health.OK}
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_failing_feed_is_asked_ever_more_rarely_told_of_and_never_given_up(world: Any, site: Any) -> None:
    site.fail("/rss", 503)
    world.watch("Hmeimim", feeds={"wire": site.url("/rss")}, notices={"channels": ["desk"]})
    for _ in range(5):
        await world.tick(hours=1)
    assert health(world) == {"wire": Health.FAILING}
    assert world.store.notices() == []
    for _ in range(48):
        await world.tick(hours=1)
    [notice] = world.store.notices()
    assert notice.subject == "source wire cannot be read"
    assert "503" in notice.text
    assert 20 <= site.asked["/rss"] <= 40

    site.feed("/rss", site.item("/a", "Base", SAID))
    await world.tick(hours=3)
    assert world.hits() == {("Base", "Hmeimim")}
    assert world.store.notices() == []
    told = [message.partition("\n")[0] for message in site.messages("desk") if "cannot be read" in message]
    assert len(told) == 2, "the trouble and the recovery"


async def test_a_site_that_says_when_to_come_again_is_left_alone_until_then(world: Any, site: Any) -> None:
    site.fail("/rss", 429, headers={"Retry-After": "1800"})
    others = [{"name": f"other-{n}", "feed": site.feed(f"/{n}"), "every": "1m"} for n in range(3)]
    elsewhere = {"name": "elsewhere", "feed": site.feed("/x").replace("127.0.0.1", "localhost"), "every": "1m"}
    world.watch("Hmeimim", feeds=[*others, elsewhere])
    await world.tick()
    world.watch("Hmeimim", feeds=[{"name": "wire", "feed": site.url("/rss"), "every": "1m"}, *others, elsewhere])
    world.later(hours=1)
    await world.tick()
    asked = site.asked.copy()
    for _ in range(5):
        world.later(minutes=5)
        await world.poll()
    assert site.asked - asked == {"/x": 5}, "another site is none of its business"
    site.feed("/rss")
    await world.tick(hours=1)
    assert {path: number for path, number in (site.asked - asked).items() if path != "/x"} == {
        "/rss": 1,
        "/0": 1,
        "/1": 1,
        "/2": 1,
    }


async def test_a_source_that_is_not_asked_has_not_failed(world: Any, site: Any, told: Any) -> None:
    site.fail("/0", 429, headers={"Retry-After": "600"})
    feeds = [{"name": f"wire-{n}", "feed": site.url("/0") if n == 0 else site.feed(f"/{n}")} for n in range(4)]
    one_by_one = {"allow": ["127.0.0.0/8"], "per_site_delay": "0s", "per_site_limit": 1}
    world.watch("Hmeimim", feeds=feeds, network=one_by_one)
    report = await world.tick()
    assert sum(site.asked.values()) == 1
    assert (report.counts["sources_failed"], report.counts["sources_left_alone"]) == (1, 3)
    assert told(report).count("429") == 1
    assert {state.source.name: state.failures for state in world.store.sources()} == {
        "wire-0": 1,
        "wire-1": 0,
        "wire-2": 0,
        "wire-3": 0,
    }
    await world.tick(minutes=11)
    assert all(site.asked[f"/{n}"] == 1 for n in (1, 2, 3))


async def test_where_a_site_redirects_to_is_not_that_site(world: Any, site: Any) -> None:
    elsewhere = site.url("/rss").replace("127.0.0.1", "localhost")
    site.put("/moved", status=302, headers={"Location": elsewhere})
    site.fail("/rss", 429, headers={"Retry-After": "1800"})
    site.feed("/0")
    site.feed("/1")
    feeds = [
        {"name": "moved", "feed": site.url("/moved"), "every": "1m"},
        {"name": "here", "feed": site.url("/0"), "every": "1m"},
        {"name": "there", "feed": site.url("/1").replace("127.0.0.1", "localhost"), "every": "1m"},
    ]
    world.watch("Hmeimim", feeds=feeds)
    await world.tick()
    asked = site.asked.copy()
    for _ in range(5):
        await world.tick(minutes=5)
    assert site.asked - asked == {"/0": 5}, "what redirects may be asked, what it leads to may not"


async def test_another_worker_leaves_a_site_alone_too_that_refused_a_page(world: Any, site: Any) -> None:
    """Its pages are those of a feed on another host."""
    items = [site.item(f"/page{number}", f"Report {number}", "Teaser.") for number in range(2)]
    for number in range(2):
        site.fail(f"/page{number}", 429, headers={"Retry-After": "1800"})
    places = {"wire": site.feed("/0", items[0]).replace("127.0.0.1", "localhost"), "own": site.feed("/own")}
    world.watch("Hmeimim", feeds=[{"name": name, "feed": url, "every": "1m"} for name, url in places.items()])
    one, other = (pipeline.Kept(extraction.Workers()) for _ in range(2))
    await world.poll(kept=one)
    asked = site.asked.copy()
    assert asked == {"/0": 1, "/own": 1, "/page0": 1}

    site.feed("/0", *items)
    world.later(minutes=5)
    await world.poll(kept=other)
    assert site.asked - asked == {"/0": 1}

    for number in range(2):
        site.page(f"/page{number}", f"Report {number}", SAID)
    world.later(minutes=26)
    with one.workers:
        await world.poll(kept=one)
    assert site.asked - asked == {"/0": 2, "/own": 1, "/page0": 1, "/page1": 1}
    assert world.hits() == {("Report 0", "Hmeimim"), ("Report 1", "Hmeimim")}


async def test_a_source_that_is_taken_out_is_no_trouble_any_more(world: Any, site: Any) -> None:
    site.fail("/rss", 410)
    world.watch("Hmeimim", feeds={"wire": site.url("/rss")})
    await world.tick()
    assert len(world.store.notices()) == 1
    world.watch("Hmeimim", feeds={"other": site.feed("/other")})
    assert world.store.notices() == []


async def test_a_feed_that_falls_silent_is_told_of(world: Any, site: Any) -> None:
    world.watch("Hmeimim", feeds={"wire": site.url("/rss")}, notices={"channels": ["desk"]})
    for hour in range(4 * 24):
        world.later(hours=1)
        items = [site.item(f"/{n}", f"News {n}", "Rain.", world.now - (hour - n) * HOUR) for n in range(hour - 3, hour)]
        site.feed("/rss", *items)
        await world.poll()
    assert health(world) == {"wire": Health.OK}
    for _ in range(13):
        await world.tick(hours=1)
    [notice] = world.store.notices()
    assert notice.subject == "source wire is unusually quiet"
    assert "normally 24 a day, none for" in notice.text
    site.feed("/rss", site.item("/new", "News", "Rain.", world.now))
    await world.tick()
    assert world.store.notices() == []
    assert health(world) == {"wire": Health.OK}


@pytest.mark.parametrize("first_poll", ["recent", "quiet"])
async def test_what_a_first_poll_left_unread_is_as_old_as_what_it_read(world: Any, site: Any, first_poll: str) -> None:
    old = [site.item(f"/{n}", f"Old {n}", SAID, world.now - timedelta(days=3)) for n in range(4)]
    whole = site.answers[site.feed("/rss", *old).removeprefix(site.base)].body
    site.put("/rss", whole[: whole.index("Old 2") + 3], "application/rss+xml")
    feed = {"name": "wire", "feed": site.url("/rss"), "first_poll": first_poll, "pages": "never"}
    world.watch("Hmeimim", feeds=[feed])
    await world.tick()
    world.later(hours=1)
    site.feed("/rss", *old, site.item("/new", "New", SAID, world.now))
    await world.tick()
    site.feed("/rss", *old, site.item("/new", "New", SAID), site.item("/late", "Late", SAID, world.now - 72 * HOUR))
    await world.tick()

    assert {title for title, _ in world.hits()} == {"Old 0", "Old 1", "Old 2", "Old 3", "New", "Late"}
    alerted = {each.article.title for each in world.store.hits(origin=Origin.POLL)}
    assert alerted == {"New", "Late"}, "the first poll ended with the second, which was whole"


async def test_a_feed_that_always_breaks_off_is_new_for_a_day_only(world: Any, site: Any) -> None:
    def put(*items: str) -> None:
        site.feed("/rss", *items)
        site.put(
            "/rss", site.answers["/rss"].body.replace("</channel></rss>", "<item><title>Cu"), "application/rss+xml"
        )

    put(site.item("/0", "Old", SAID, None))
    feed = {"name": "wire", "feed": site.url("/rss"), "first_poll": "quiet", "pages": "never"}
    world.watch("Hmeimim", feeds=[feed])
    await world.tick()
    await world.tick(hours=25)
    put(site.item("/1", "Undated", SAID, None))
    await world.tick()
    assert {each.article.title for each in world.store.hits(origin=Origin.POLL)} == {"Undated"}


@pytest.mark.parametrize("first_poll", ["recent", "quiet", "all"])
async def test_a_page_that_loads_later_alerts_no_more_than_it_would_have(
    world: Any, site: Any, first_poll: str
) -> None:
    for path in ("/old", "/new"):
        site.fail(path)
    items = [site.item("/old", "Old", "", world.now - timedelta(days=3)), site.item("/new", "New", "", world.now)]
    feed = {"name": "wire", "feed": site.feed("/rss", *items), "first_poll": first_poll}
    world.watch("Hmeimim", feeds=[feed])
    await world.tick()
    site.page("/old", "Old", SAID, "Nothing else of note was said during the short conference on Tuesday afternoon.")
    site.page("/new", "New", SAID, "Nothing else of note was said during the short conference on Wednesday morning.")
    await world.tick()
    await world.tick()

    assert {title for title, _ in world.hits()} == {"Old", "New"}
    alerted = {each.article.title for each in world.store.hits(origin=Origin.POLL)}
    assert alerted == {"recent": {"New"}, "quiet": set(), "all": {"Old", "New"}}[first_poll]


async def test_hanging_pages_that_are_tried_again_hold_up_no_news(
    world: Any, site: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "SECONDS", 1.0)
    paths = [f"/page-{n}" for n in range(60)]
    for path in paths:
        site.fail(path)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", *(site.item(path, "Page") for path in paths))})
    await world.tick()
    for path in paths:
        site.put(path, held=True)
    site.feed("/rss", site.item("/news", "News", SAID))
    site.page("/news", "News", SAID)
    site.asked.clear()
    world.later(hours=1)
    order = []

    async def deliver() -> None:
        order.append("told")
        await world.deliver()

    async with asyncio.timeout(20):
        report = await world.poll(then=deliver)
    assert order == ["told"]
    assert report.counts["hits"] == 1
    assert world.states("desk") == {DeliveryState.SENT: 1}
    assert 0 < sum(site.asked[path] for path in paths) <= 2 * retries.AT_ONCE, "and the others another time"
    site.let_go.set()
    monkeypatch.undo()
    for path in paths:
        site.page(path, "Page", SAID)
    await world.tick()
    assert all(site.asked[path] for path in paths), "none is forgotten"


async def test_a_moved_feed_is_asked_at_its_new_address_and_at_both_when_that_fails(world: Any, site: Any) -> None:
    site.put("/old", status=301, headers={"Location": site.url("/new")})
    site.feed("/new")
    world.watch("Hmeimim", feeds={"wire": site.url("/old")})
    for _ in range(3):
        await world.tick(days=1)
    [state] = world.store.sources()
    assert state.moved.url == site.url("/new")
    site.asked.clear()
    await world.tick()
    assert site.asked == {"/new": 1}
    site.fail("/new", 404)
    site.put("/old", "<html>This domain is for sale</html>")
    for _ in range(4):
        await world.tick(days=2)
    assert site.asked["/old"] == 2
    assert site.asked["/new"] == 1 + 2
    site.feed("/new", site.item("/a", "Base", SAID))
    await world.tick(days=2)
    await world.tick(days=2)
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_page_that_moved_to_where_robots_may_not_go_is_left_to_people(world: Any, site: Any) -> None:
    site.put("/robots.txt", "User-agent: wirewatch\nDisallow: /paid/", "text/plain")
    site.put("/a", status=302, headers={"Location": "/paid/a"})
    site.page("/paid/a", "Base", SAID * 20)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", "In short: Hmeimim."))})
    report = await world.tick()
    assert (site.asked["/a"], site.asked["/paid/a"]) == (1, 0)
    assert (report.counts["pages_kept_from_robots"], report.failures) == (1, [])
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_page_that_robots_may_not_have_is_left_to_people(world: Any, site: Any, told: Any) -> None:
    site.put("/robots.txt", "User-agent: wirewatch\nDisallow: /paid/", "text/plain")
    for path in ("/paid/a", "/free/b"):
        site.page(path, "Base", SAID)
    items = [site.item("/paid/a", "Paid", "Teaser on Hmeimim."), site.item("/free/b", "Free", "Teaser.")]
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", *items)})
    report = await world.tick()

    assert (site.asked["/paid/a"], site.asked["/free/b"], site.robots_asked) == (0, 1, 1)
    notes = {each.article.url: each.article.note for each in world.store.hits()}
    assert "robots.txt of 127.0.0.1 keeps this page from robots: this is the feed's text" in notes[site.url("/paid/a")]
    assert notes[site.url("/free/b")] is None
    assert (report.counts["pages_kept_from_robots"], report.failures) == (1, [])
    await world.tick()
    assert site.robots_asked == 1


async def test_robots_false_asks_for_pages_all_the_same(world: Any, site: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /", "text/plain")
    site.page("/a", "Base", SAID)
    feed = {"name": "wire", "feed": site.feed("/rss", site.item("/a", "Base")), "robots": False}
    world.watch("Hmeimim", feeds=[feed])
    await world.tick()
    assert (site.asked["/a"], site.robots_asked) == (1, 0)


async def test_a_site_that_cannot_say_what_robots_may_have_is_asked_again(world: Any, site: Any, told: Any) -> None:
    site.fail("/robots.txt")
    site.page("/a", "Base", SAID)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", "Teaser."))})
    report = await world.tick()
    assert "does not say what robots may fetch" in told(report)
    assert world.hits() == set()
    del site.answers["/robots.txt"]
    await world.tick(hours=2)
    assert world.hits() == {("Base", "Hmeimim")}


async def test_no_secret_of_a_source_is_written_anywhere(
    world: Any, site: Any, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PASSWORD", "TOKEN", "SESSION"):
        monkeypatch.setenv(name, f"canary-{name.lower()}")
    site.fail("/down")
    site.put("/moved", status=301, headers={"Location": site.url("/new?key=canary-token")})
    site.feed("/new?key=canary-token", site.item("/a", "Base", SAID))
    login = {"auth": {"user": "desk", "password": "${PASSWORD}"}, "cookies": {"session": "${SESSION}"}}
    feeds = [
        {"name": "down", "feed": site.url("/down"), **login},
        {"name": "moved", "feed": site.url("/moved"), "headers": {"X-Key": "${TOKEN}"}},
        {"name": "unset", "feed": site.url("/rss"), "auth": {"token": "${NOT_THERE}"}},
    ]
    assert not world.watch("Hmeimim", feeds=feeds).file.errors
    said = ""
    for _ in range(4):
        report = await world.tick(days=1)
        said += f"{told(report)} {report.rows()}"
    said += repr(world.store.sources()) + repr(world.store.notices()) + repr(world.store.source_health(world.now))
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("wirewatch.db*"))

    assert world.hits() == {("Base", "Hmeimim")}
    assert "${NOT_THERE} is not set in the environment" in said
    assert "canary" not in said
    assert b"canary" not in stored


async def test_pages_of_a_site_that_wants_few_requests_come_one_after_the_other(world: Any, site: Any) -> None:
    pages = [f"/{number}" for number in range(8)]
    for page in pages:
        site.page(page, f"Report {page}", f"{SAID} This is {page[1:]} of them.")
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", *(site.item(page, f"Report {page}") for page in pages))})
    site.fail("/slower", 429, headers={"Retry-After": "60"})
    given = set()

    def one_a_tick(path: str) -> str:
        if path in pages and world.now in given:
            return "/slower"
        if path in pages:
            given.add(world.now)
        return path

    site.answer_to = one_a_tick
    wanted = {(f"Report {page}", "Hmeimim") for page in pages}
    for _ in range(16):
        if world.hits() != wanted:
            await world.tick(minutes=40)
    assert world.hits() == wanted


async def test_a_page_waits_for_the_robots_of_its_site_without_being_tried_in_vain(world: Any, site: Any) -> None:
    site.fail("/robots.txt")
    site.page("/a", "Base", SAID)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", "Teaser."))})
    await world.tick()
    for _ in range(16):
        await world.tick(minutes=30)
    assert site.robots_asked <= 9
    del site.answers["/robots.txt"]
    await world.tick()
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_page_does_not_wait_for_ever_for_the_robots_of_its_site(world: Any, site: Any) -> None:
    site.fail("/robots.txt")
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", SAID))})
    for _ in range(15):
        await world.tick(hours=12)
    asked = site.robots_asked
    await world.tick(hours=12)
    assert site.robots_asked == asked
