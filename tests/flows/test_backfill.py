"""Backfill: what live polling would have found, told once, in one digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows import archive, backfilling, request
from flows.request import Notify
from storage import Store
from wirewatch.errors import QueryError, WirewatchError
from wirewatch.model import DeliveryKind, Origin, Visibility
from wirewatch.policy import ChannelRules

STORY = """\
Convoy {name} reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read at post X{name}.

The convoy of forty lorries left the port of Tartus before dawn and was met by nobody at post X{name}, drivers said.
"""


@pytest.fixture
async def archived(world: Any, site: Any) -> Any:
    """Five articles in the archive that no term has hit yet, from two sources, the feed's of five days."""
    for name in ("one", "two", "three"):
        world.drop(f"{name}.txt", STORY.format(name=name))
    items = [
        site.item(
            f"/{day}", f"Report of day {day}", "Supplies reached Hmeimim.", datetime(2026, 11, day, 12, tzinfo=UTC)
        )
        for day in (10, 20)
    ]
    world.feeds = [{"name": "wire", "feed": site.feed("/rss", *items), "pages": "never"}]
    world.watch("Nothing at all", feeds=world.feeds, inbox=True)
    await world.tick()
    assert world.articles() == 5
    world.watch("Hmeimim", "Tartus", feeds=world.feeds, inbox=True)
    return world


FILES = {f"Convoy {name} reaches the base" for name in ("one", "two", "three")}
REPORTS = {"Report of day 10", "Report of day 20"}


async def test_new_terms_are_told_in_one_digest_once(archived: Any, site: Any) -> None:
    report = archived.backfill()
    assert (report.counts["evaluated"], report.counts["hits"], report.counts["digests_queued"]) == (5, 8, 1)
    await archived.deliver()

    [digest] = archived.store.deliveries()
    assert (digest.kind, len(digest.hits)) == (DeliveryKind.DIGEST, 8)
    [message] = site.messages("desk")
    assert "Digest: 5 articles" in message

    again = archived.backfill()
    assert (again.counts["hits"], again.counts["already_known"], again.counts["digests_queued"]) == (0, 8, 0)
    assert again.counts["evaluated"] == 5
    await archived.tick()
    assert len(site.messages("desk")) == 1
    assert {each.hit.origin for each in archived.store.hits()} == {Origin.BACKFILL}


async def test_only_new_hits_are_told(archived: Any, site: Any) -> None:
    archived.backfill("Tartus")
    await archived.deliver()
    archived.backfill()
    await archived.deliver()

    first, second = sorted(archived.store.deliveries(), key=lambda delivery: len(delivery.hits))
    assert {term for _, term in first.hits} == {"Tartus"}
    assert {term for _, term in second.hits} == {"Hmeimim"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"terms": ("Tartus",)}, {(title, "Tartus") for title in FILES}),
        ({"terms": ("Hmeimim",), "sources": ("wire",)}, {(title, "Hmeimim") for title in REPORTS}),
        ({"terms": ("Hmeimim",), "until": "2026-11-20"}, {(title, "Hmeimim") for title in REPORTS}),
        ({"terms": ("Hmeimim",), "until": "2026-11-20T12:00"}, {("Report of day 10", "Hmeimim")}),
        ({"terms": ("Hmeimim",), "since": "2026-11-20", "until": "2026-11-21"}, {("Report of day 20", "Hmeimim")}),
        ({"terms": ("Hmeimim",), "since": "2026-11-21"}, {(title, "Hmeimim") for title in FILES}),
    ],
)
async def test_terms_sources_since_until(archived: Any, fields: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    moments = {"since": request.read_moment(fields.get("since"))}
    moments["until"] = request.read_moment(fields.get("until"), end=True)
    archived.backfill(*fields["terms"], sources=fields.get("sources", ()), **moments)
    assert archived.hits() == expected


async def test_dry_run_counts_what_would_be_new_and_stores_nothing(archived: Any) -> None:
    archived.backfill("Tartus", notify=Notify.NONE)
    before = archived.store.counts()
    dry = archived.backfill(dry_run=True)
    assert archived.store.counts() == before
    wet = archived.backfill()

    assert (dry.counts["hits"], dry.counts["already_known"]) == (5, 3)
    assert wet.counts["hits"] == dry.counts["hits"]
    assert {each.hit.term for each in dry.samples} == {"Hmeimim"}


async def test_notify_none_tells_nobody_now_or_later(archived: Any, site: Any) -> None:
    archived.backfill(notify=Notify.NONE)
    await archived.tick()
    archived.backfill()
    await archived.tick()
    assert len(archived.hits()) == 8
    assert not archived.store.deliveries()
    assert not site.posts


async def test_stopped_midway_and_run_again_is_one_digest_with_all(
    archived: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices = Store.archive
    monkeypatch.setattr(Store, "archive", lambda *args, **named: slices(*args, **{**named, "slice_size": 2}))

    def stop(pace: backfilling.Pace) -> None:
        if pace.evaluated:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfilling.backfill(archived.store, request.Request(), archived.clock, progress=stop)
    stored = len(archived.hits())
    assert 0 < stored < 8
    await archived.tick()
    assert not site.posts

    archived.backfill()
    await archived.tick()
    [digest] = archived.store.deliveries()
    assert len(digest.hits) == 8


async def test_suppressed_hits_are_found_too_and_not_told(archived: Any) -> None:
    archived.drop(
        "banner.txt",
        "TARIFFS\n\n" + STORY.format(name="four") + "\nCopyright © 2025 Tariffs Today. All rights reserved.\n",
    )
    await archived.tick()
    archived.watch("tariffs", feeds=archived.feeds, inbox=True)
    report = archived.backfill("tariffs")
    assert (report.counts["hits"], report.counts["suppressed"], report.counts["digests_queued"]) == (0, 1, 0)
    assert len(archived.hits(Visibility.SUPPRESSED)) == 1


async def test_unknown_names_and_impossible_ranges_are_refused(archived: Any) -> None:
    with pytest.raises(WirewatchError, match=r"unknown term “Hmemim”; did you mean “Hmeimim”\?"):
        archived.backfill("Hmemim")
    with pytest.raises(WirewatchError, match="unknown source “wires”"):
        archived.backfill(sources=("wires",))
    with pytest.raises(WirewatchError, match="nothing lies between"):
        request.make_request(None, None, "2026-11-02", "2026-11-01", Notify.NONE, False)
    for bad in ("yesterday", "2026-13-01", "2026-1-1"):
        with pytest.raises(WirewatchError, match="is not a date"):
            request.read_moment(bad)


STORM = """\
Storm over the harbour

A storm reached the harbour of Al-Latakiyah before dawn, said ISIS-K in the U.S. today, and it was not the last.

By dusk the ship had left the port; the driver of a lorry wrote in C++ that the convoy was safe where it was.
"""
WORLD = """\
Auf der Strasse nach 北京

Дмитрий Ерофеев sagte am Dienstag auf der Strasse, dass der Konvoi in 北京市 angekommen sei und dort bleibe.
"""
QUERIES = [
    "Hmeimim", "convoy base", "convoy OR rain", "Hmeimim NOT Tartus", "Hmeimim -Tartus", '"left the port"',
    '"left the por*"', "harb*", "lorry+", "suppl* NEAR/1 Hmeimim", "port ONEAR/2 Tartus", "Tartus ONEAR/2 port",
    "convoy NEAR/s ministry", "drivers NEAR/p lorries", "convoy NOT NEAR/3 reaches", "title:convoy", "body:convoy",
    "any:copyright", "author:Weber", "source:inbox AND convoy", "source:wire AND Hmeimim", "lang:en Hmeimim",
    "site:127.0.0.1 Hmeimim", "url:nine Hmeimim", "=TARTUS", "=Tartus", "~Khmeimim", '~"Al Latakiyah"', "ISIS-K",
    "@port Hmeimim", "(convoy OR ship) NEAR/9 (dawn OR dusk) NOT storm", "Straße", "Ерофеев", "北京", "U.S.", "=C++",
]  # fmt: skip

TERMS: list[dict[str, Any]] = [
    {"name": "by alias", "query": "nothing", "aliases": ["lorries NEAR/9 port", "harb*"]},
    {"name": "but not", "query": "port", "exclude": ["storm"]},
    {"name": "twice", "query": "strasse OR convoy", "min_matches": 2},
    {"name": "in headlines", "query": "strasse OR convoy", "zones": ["headline"]},
    {"name": "of the inbox", "query": "Tartus", "sources": ["inbox"]},
]


async def test_backfill_finds_exactly_what_live_polling_finds(world: Any, site: Any, tmp_path_factory: Any) -> None:
    """Over articles of all sources, and every operator of the language."""
    texts = {
        "ship": STORY.format(name="the ship").replace("Hmeimim", "Khmeimim, near Latakia,"),
        "storm": STORM,
        "world": WORLD,
        "banner": "HARBOUR NEWS\n\n" + STORY.format(name="banner") + "\nCopyright © 2025 ISIS-K Monitor. Ad.\n",
    }
    for name, text in texts.items():
        world.drop(f"{name}.txt", text)
    site.page(
        "/nine",
        "Nine lorries",
        "By Anna Weber",
        "Supplies reached Hmeimim on Tuesday, drivers of the lorries said there.",
        "The convoy was met by nobody.",
    )
    feed = {
        "name": "wire",
        "feed": site.feed("/rss", site.item("/nine", "Nine lorries"), site.item("/x", "Rain", "TARTUS: rain.")),
    }
    named = {"inbox": True, "feeds": [feed], "concepts": {"port": "port OR harbour"}}
    queries = [{"name": query, "query": query} for query in QUERIES] + TERMS

    applied = world.watch("Nothing at all", **named)
    await world.tick()
    applied = world.watch(*queries, **named)
    assert not applied.file.errors
    world.backfill()
    found = {(each.article.title, each.hit.term): each.hit for each in world.store.hits()}

    other = type(world)(tmp_path_factory.mktemp("live"), world.store, site)
    for name, text in texts.items():
        other.drop(f"{name}.txt", text)
    from storage import open_store

    with open_store(f"sqlite:///{other.folder / 'live.db'}") as other.store:
        other.watch(*queries, **named)
        await other.tick()
        live = {(each.article.title, each.hit.term): each.hit for each in other.store.hits()}

    assert found.keys() == live.keys()
    assert {term["name"] for term in TERMS} <= {term for _, term in live}
    assert len({term for _, term in live}) >= len(QUERIES) + len(TERMS) - 6
    for name, hit in live.items():
        assert (found[name].visibility, found[name].matches) == (hit.visibility, hit.matches)


async def test_search_finds_what_a_term_would_and_stores_nothing(archived: Any) -> None:
    found = archive.search_archive(
        archived.store, "Tartus", since=None, until=None, sources=None, limit=None, now=archived.now
    )
    assert {each.article.title for each in found} == FILES
    assert not archived.hits()
    some = archive.search_archive(
        archived.store, "Hmeimim", since=None, until=None, sources=["wire"], limit=1, now=archived.now
    )
    assert len(some) == 1
    with pytest.raises(QueryError):
        archive.search_archive(archived.store, "(", since=None, until=None, sources=None, limit=None, now=archived.now)


async def test_digest_of_many_articles_counts_them_all(world: Any, site: Any) -> None:
    count = ChannelRules().flood * 5
    for number in range(count):
        world.drop(f"{number}.txt", STORY.format(name=number))
    world.watch("Nothing at all", inbox=True)
    await world.tick()
    world.later(hours=1)
    world.watch("Hmeimim", inbox=True)
    world.backfill(since=world.now - timedelta(hours=2))
    await world.deliver()
    [message] = site.messages("desk")
    assert f"Digest: {count} articles" in message
