"""A backfill is stopped, cancelled, killed, and goes on where it was; and what it cannot see it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import storage.backfills
from flows import backfilling, request, supplies
from flows.backfilling import Pace
from flows.request import Notify
from storage import BackfillState
from wirewatch.errors import BackfillError, WirewatchError
from wirewatch.model import DeliveryKind, Origin

STORY = """\
Convoy {name} reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to {name}.
"""
COUNT = 7


@pytest.fixture
async def archived(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Seven articles that no term has hit yet, which make three slices of two portions each, and the last."""
    monkeypatch.setattr(supplies, "SLICE", 2)
    monkeypatch.setattr(supplies, "BATCH", 1)
    for number in range(COUNT):
        world.drop(f"{number}.txt", STORY.format(name=f"n{number}"))
    world.watch("Nothing at all", inbox=True)
    await world.tick()
    world.watch("Hmeimim", inbox=True)
    return world


def stop_after(articles: int) -> Any:
    def heard(pace: Pace) -> None:
        if pace.evaluated >= articles:
            raise KeyboardInterrupt

    return heard


def stopped(world: Any, after: int, **asked: Any) -> int:
    """Start a backfill and stop it after so many articles; gives its number."""
    with pytest.raises(KeyboardInterrupt):
        backfilling.backfill(world.store, request.Request(**asked), world.clock, stop_after(after))
    return world.store.backfills()[0].id


async def test_it_goes_on_where_it_was_stopped(archived: Any, site: Any) -> None:
    number = stopped(archived, 3)
    [listed] = archived.store.backfills()
    assert (listed.state, listed.error) == (BackfillState.STOPPED, "it was stopped")
    assert (listed.counts["evaluated"], listed.total, listed.slices_done, listed.slices) == (3, COUNT, 1, 4)
    assert len(archived.hits()) == 3

    heard: list[Pace] = []
    report = backfilling.resume(archived.store, number, archived.clock, heard.append)
    assert [pace.evaluated for pace in heard] == [3, 4, 5, 6, 7]
    assert {pace.total for pace in heard} == {COUNT}
    assert report.counts == {
        "evaluated": COUNT,
        "hits": COUNT,
        "suppressed": 0,
        "already_known": 0,
        "digests_queued": 1,
    }
    await archived.deliver()
    [digest] = archived.store.deliveries()
    assert (digest.kind, len(digest.hits)) == (DeliveryKind.DIGEST, COUNT)
    assert archived.store.backfills()[0].state is BackfillState.DONE
    with pytest.raises(BackfillError, match=f"backfill {number} is done; start a new one"):
        backfilling.resume(archived.store, number, archived.clock)


async def test_stopped_at_every_article_it_finds_each_once(archived: Any) -> None:
    number = stopped(archived, 1)
    for after in range(2, COUNT + 1):
        with pytest.raises(KeyboardInterrupt):
            backfilling.resume(archived.store, number, archived.clock, stop_after(after))
        assert archived.store.backfills()[0].counts["evaluated"] == after
    report = backfilling.resume(archived.store, number, archived.clock)
    assert (report.counts["evaluated"], report.counts["hits"], report.counts["already_known"]) == (COUNT, COUNT, 0)


async def test_cancelled_it_stores_nothing_more_and_tells_nobody(archived: Any, site: Any) -> None:
    def heard(pace: Pace) -> None:
        if pace.evaluated == 3:
            archived.store.cancel_backfill(pace.number, archived.now)

    with pytest.raises(BackfillError, match=r"backfill 1 is cancelled; .*--resume 1"):
        backfilling.backfill(archived.store, request.Request(), archived.clock, heard)
    assert len(archived.hits()) == 3
    await archived.tick()
    assert not archived.store.deliveries()
    [listed] = archived.store.backfills()
    assert listed.state is BackfillState.CANCELLED
    with pytest.raises(BackfillError, match="is cancelled already"):
        archived.store.cancel_backfill(1, archived.now)
    with pytest.raises(BackfillError, match="there is no backfill 9"):
        archived.store.cancel_backfill(9, archived.now)
    with pytest.raises(BackfillError, match="there is no backfill 9"):
        backfilling.resume(archived.store, 9, archived.clock)

    backfilling.resume(archived.store, 1, archived.clock)
    [digest] = archived.store.deliveries()
    assert len(digest.hits) == COUNT


async def test_what_one_left_untold_another_tells_if_it_finds_it_too(archived: Any) -> None:
    first = stopped(archived, 3)
    archived.backfill("Hmeimim")
    [digest] = archived.store.deliveries()
    assert len(digest.hits) == COUNT
    report = backfilling.resume(archived.store, first, archived.clock)
    assert report.counts["digests_queued"] == 0
    assert len(archived.store.deliveries()) == 1


async def test_what_one_left_untold_is_not_for_another_that_does_not_find_it(archived: Any) -> None:
    stopped(archived, 3)
    archived.watch("Hmeimim", "ministry", inbox=True)
    archived.backfill("ministry")
    [digest] = archived.store.deliveries()
    assert {term for _, term in digest.hits} == {"ministry"}


async def test_two_at_once_are_refused_and_a_dead_one_is_taken_over(
    archived: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(pace: Pace) -> None:
        if pace.evaluated == 2:
            with pytest.raises(BackfillError, match="backfill 1 is being worked on"):
                backfilling.resume(archived.store, 1, archived.clock)

    report = backfilling.backfill(archived.store, request.Request(), archived.clock, meanwhile)
    assert report.counts["hits"] == COUNT

    monkeypatch.setattr(storage.backfills, "this_process", lambda: "of the dead")
    monkeypatch.setattr("storage.leases.holders.this_process", lambda: "of the dead")
    job = backfilling.Job.of(archived.store, request.Request(), archived.clock)
    number = backfilling.begin(archived.store, job, archived.clock)
    monkeypatch.undo()
    archived.later(hours=1)  # the lease ends
    report = backfilling.resume(archived.store, number, archived.clock)
    assert (report.counts["evaluated"], report.counts["already_known"]) == (COUNT, COUNT)


async def test_a_worker_back_from_the_dead_stores_nothing_more(archived: Any) -> None:
    job = backfilling.Job.of(archived.store, request.Request(), archived.clock)
    number = backfilling.begin(archived.store, job, archived.clock)

    def meanwhile(_evaluated: int) -> None:
        archived.store.claim_slice(number, 0)

    with pytest.raises(BackfillError, match=f"another worker has taken over slice 0 of backfill {number}"):
        backfilling.work_slice(archived.store, job, number, 0, archived.clock, meanwhile)
    assert len(archived.hits()) == 1


async def test_a_term_that_changed_is_another_question(archived: Any) -> None:
    number = stopped(archived, 3)
    archived.watch({"name": "Hmeimim", "query": "Hmeimim OR Latakia"}, inbox=True)
    with pytest.raises(BackfillError, match=r"term “Hmeimim” has changed since backfill 1 began.*wirewatch backfill"):
        backfilling.resume(archived.store, number, archived.clock)


async def test_normal_is_told_as_a_poll_would_tell(archived: Any) -> None:
    report = archived.backfill(notify=Notify.NORMAL)
    assert report.counts["messages_queued"] == COUNT
    deliveries = archived.store.deliveries()
    assert [delivery.kind for delivery in deliveries] == [DeliveryKind.ALERT] * COUNT
    found = archived.store.hits()
    assert {(each.hit.origin, each.hit.term_version) for each in found} == {(Origin.BACKFILL, 1)}
    assert archived.backfill(notify=Notify.NORMAL).counts["messages_queued"] == 0


async def test_normal_never_floods(archived: Any) -> None:
    archived.watch("Hmeimim", inbox=True, channels={"desk": {**archived.hook("desk"), "flood": COUNT - 1}})
    archived.backfill(notify=Notify.NORMAL)
    assert not archived.store.deliveries()
    await archived.tick(hours=3)
    [digest] = archived.store.deliveries()
    assert (digest.kind, len(digest.hits)) == (DeliveryKind.DIGEST, COUNT)


async def test_what_upkeep_has_let_go_is_said(archived: Any) -> None:
    archived.later(days=40)
    archived.store.forget_articles(archived.now - timedelta(days=30), archived.now)
    [note] = archived.backfill().notes
    assert note.startswith(f"articles without a hit are not kept for ever: {COUNT} of those fetched before 2026-12-02")
    assert archived.backfill(dry_run=True).notes == [note]
    assert not archived.backfill(since=archived.now - timedelta(days=1)).notes


async def test_what_fails_says_why_and_can_be_resumed(archived: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise WirewatchError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(WirewatchError, match="the disk is full"):
        patch.setattr(type(archived.store), "plan_held", fail)
        archived.backfill()
    [listed] = archived.store.backfills()
    assert (listed.state, listed.error) == (BackfillState.FAILED, "the disk is full")
    report = backfilling.resume(archived.store, listed.id, archived.clock)
    assert report.counts["digests_queued"] == 1
