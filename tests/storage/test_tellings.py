"""What becomes of hits, what people said of them, and the signs of life: on both databases."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from storage import Batch, open_store
from wirewatch.identity import digest
from wirewatch.model import Delivery, DeliveryKind, Origin, Term, Visibility
from wirewatch.telling import Coverage, Fate, Judgement, Mute, MuteKind, Planned, Telling

HOUR = timedelta(hours=1)


def waiting(make, name, *, term="Taliban", bundle="digest", due=HOUR, **fields):
    return Telling(
        make.key(name), term, "desk", Fate.WAITING, "waits", make.now, bundle=bundle, due_at=make.now + due, **fields
    )


def store_tellings(store, make, *tellings, **planned):
    names = sorted({telling.article_key for telling in tellings})
    known = {make.key(name): name for name in "abcdef"}
    batch = Batch(
        [make.indexed(known[key]) for key in names], [make.hit(known[each.article_key], each.term) for each in tellings]
    )
    store.write(batch, lambda _hits, _look: Planned(tellings=tellings, **planned))


def tell(waiting, look):
    """One delivery for all that waited."""
    key = digest("told", *(each.article_key for each in waiting))
    hits = tuple(each.hit for each in waiting)
    now = max(each.due_at for each in waiting)
    told = tuple(
        Telling(each.article_key, each.term, each.channel, Fate.TOLD, "told", now, each.bundle, None, key)
        for each in waiting
    )
    return Planned((Delivery(key, "desk", DeliveryKind.DIGEST, hits, now),), told)


def test_a_bundle_is_told_when_it_is_due_and_once(store, make):
    store_tellings(store, make, waiting(make, "a"), waiting(make, "b"), waiting(make, "c", due=3 * HOUR))
    assert store.due_bundles(make.now) == []
    [bundle] = store.due_bundles(make.now + HOUR)
    assert (bundle.channel, bundle.bundle, bundle.since, bundle.due_at) == ("desk", "digest", make.now, make.now + HOUR)
    [delivery] = store.tell_due([bundle], tell, make.now + HOUR)
    assert {key for key, _ in delivery.hits} == {make.key("a"), make.key("b")}
    assert store.tell_due([bundle], tell, make.now + HOUR) == ()
    fates = {each.article_key: (each.fate, each.delivery) for each in store.tellings()}
    assert fates[make.key("a")] == (Fate.TOLD, delivery.key)
    assert fates[make.key("c")] == (Fate.WAITING, None)
    assert [each.article_key for each in store.tellings(fates=[Fate.WAITING])] == [make.key("c")]


def test_a_hit_that_waits_goes_on_waiting_as_it_does(store, make):
    first = waiting(make, "a")
    store_tellings(store, make, first)
    later = waiting(make, "a", due=9 * HOUR)
    again = make.hit("a", "Taliban", visibility=Visibility.LIVE)
    store.write(Batch((), [again, make.hit("a", "other")]), lambda _hits, _look: Planned(tellings=(later,)))
    assert store.tellings(term="Taliban") == [first]


def test_what_stands_is_what_was_stored(store, make):
    told = Telling(make.key("b"), "Taliban", "wire", Fate.TOLD, "told", make.now, bundle="group/Taliban")
    alert = make.delivery(make.hit("b"), channel="wire")
    store_tellings(store, make, waiting(make, "a"), told, deliveries=(alert,), turned=("Taliban",))
    store.mute(Mute(MuteKind.TERM, "list", make.now, make.now + HOUR, "a week off"))
    store.judge([(make.key("a"), "Taliban")], Judgement.ACKNOWLEDGED, make.now)
    seen = []
    store.write(Batch((), [make.hit("a", "list")]), lambda _hits, look: seen.append(look(make.now)) or Planned())
    store.tell_due(
        store.due_bundles(make.now + HOUR), lambda all_, look: seen.append(look(make.now)) or Planned(), make.now + HOUR
    )
    standing, due = seen
    assert standing.places == {make.key("a"): ("wire", None)}
    assert standing.mutes[MuteKind.TERM, "list"].why == "a week off"
    assert standing.turned == {"Taliban"}
    assert standing.hits_lately == {"Taliban": 2}
    assert standing.sent_lately == {"wire": 1}
    assert standing.waiting == {("desk", "digest"): make.now + HOUR}
    assert standing.last_told == {("wire", "group/Taliban"): make.now}
    assert standing.judged == {}
    assert due.judged == {(make.key("a"), "Taliban"): (Judgement.ACKNOWLEDGED, make.now)}


def test_two_workers_never_tell_one_digest_twice(database_url, make, in_processes):
    with open_store(database_url) as store:
        store_tellings(store, make, *(waiting(make, name) for name in "abcdef"))

    def work(_number):
        with open_store(database_url) as store:
            bundles = store.due_bundles(make.now + HOUR)
            return [delivery.key.hex() for delivery in store.tell_due(bundles, tell, make.now + HOUR)]

    told = in_processes(work, 4)
    assert sum(len(keys) for keys in told) == 1
    with open_store(database_url) as store:
        assert len(store.deliveries()) == 1
        assert len(store.deliveries()[0].hits) == 6


def test_killed_at_any_statement_a_digest_is_made_whole_by_the_next_run(database_url, make, in_processes):
    with open_store(database_url) as store:
        store_tellings(store, make, waiting(make, "a"), waiting(make, "b"))

    def killed_at(statement):
        seen = []

        def count(*_args):
            seen.append(1)
            if len(seen) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        with open_store(database_url) as store:
            event.listen(Engine, "before_cursor_execute", count)
            event.listen(Engine, "commit", count)
            return len(store.tell_due(store.due_bundles(make.now + HOUR), tell, make.now + HOUR))

    statement = 1
    while in_processes(lambda _number: killed_at(statement)) == [None]:  # noqa: B023 (it runs at once)
        with open_store(database_url) as store:
            assert store.deliveries() == []
            assert {each.fate for each in store.tellings()} == {Fate.WAITING}
        statement += 1
    assert statement > 5
    with open_store(database_url) as store:
        assert [len(each.hits) for each in store.deliveries()] == [2]
        assert {each.fate for each in store.tellings()} == {Fate.TOLD}


def test_what_is_due_is_done_once(store, make):
    beat = make.delivery(channel="desk")
    assert not store.beat("heartbeat/desk", make.now, [beat])  # the first time it only begins
    assert not store.beat("heartbeat/desk", make.now, [beat])
    assert store.beat("heartbeat/desk", make.now + HOUR, [beat])
    assert not store.beat("heartbeat/desk", make.now + HOUR, [beat])
    assert not store.beat("heartbeat/desk", make.now, [beat])
    assert len(store.deliveries()) == 1
    assert store.last_beat("heartbeat/desk") == make.now + HOUR


def test_mutes_end_and_are_lifted_and_a_pause_makes_another_version(store, make):
    store.apply(make.configuration(terms=(Term("Taliban", "Taliban"),)), {}, make.now)
    version = store.config_version()
    store.mute(Mute(MuteKind.TERM, "Taliban", make.now, make.now + HOUR))
    store.mute(Mute(MuteKind.STORY, "00ff", make.now))
    assert store.config_version() == version
    assert [mute.kind for mute in store.mutes(make.now)] == [MuteKind.STORY, MuteKind.TERM]
    assert [mute.kind for mute in store.mutes(make.now + HOUR)] == [MuteKind.STORY]
    assert store.unmute(MuteKind.STORY, "00ff")
    assert not store.unmute(MuteKind.STORY, "00ff")
    store.mute(Mute(MuteKind.PAUSE, "Taliban", make.now))
    assert store.paused_terms() == {"Taliban"}
    assert store.config_version() == version + 1


def test_judgements_are_of_stored_hits_and_counted(store, make):
    make.stored(store, "a", "b")
    names = [(make.key("a"), "Taliban"), (make.key("b"), "Taliban"), (make.key("c"), "Taliban")]
    assert store.judge(names, Judgement.IRRELEVANT, make.now) == 2
    assert store.judge(names[:1], Judgement.ACKNOWLEDGED, make.now) == 1
    assert store.judgements(names) == {names[0]: Judgement.ACKNOWLEDGED, names[1]: Judgement.IRRELEVANT}
    figures = store.term_figures(make.now - HOUR)["Taliban"]
    assert (figures.hits, figures.irrelevant) == (2, 1)
    assert store.unjudge(names) == 2
    assert store.judgements(names) == {}
    assert sorted(store.hit_names(term="Taliban")) == sorted(names[:2])


def test_a_renamed_term_takes_what_became_of_its_hits_along(store, make):
    store.apply(make.configuration(terms=(Term("Taliban", "Taliban"),)), {}, make.now)
    store_tellings(store, make, waiting(make, "a"))
    store.judge([(make.key("a"), "Taliban")], Judgement.IRRELEVANT, make.now)
    store.mute(Mute(MuteKind.TERM, "Taliban", make.now))
    renamed = make.configuration(terms=(Term("Emirate", "Taliban"),), renames=(("Taliban", "Emirate"),))
    store.apply(renamed, {}, make.now)
    assert [each.term for each in store.tellings()] == ["Emirate"]
    assert store.judgements([(make.key("a"), "Emirate")])
    assert [mute.name for mute in store.mutes(make.now)] == ["Emirate"]


def test_coverage_is_true(store, make):
    store.apply(make.configuration(make.source("wire"), make.source("dead"), make.source("idle")), {}, make.now)
    claims = {claim.source.name: claim for claim in store.claim_sources(make.now, lease=HOUR, limit=9)}
    progress = [
        make.progress("wire", claims["wire"].lease_number),
        make.progress("dead", claims["dead"].lease_number, failure="timed out"),
    ]
    hits = [make.hit("a"), make.hit("b", "list", visibility=Visibility.SUPPRESSED), make.hit("b")]
    store.write(Batch([make.indexed("a"), make.indexed("b")], hits, progress), lambda _hits, _look: Planned())
    until = make.now + HOUR
    assert store.coverage(make.now, until) == Coverage(2, 3, 1, 1, 2, 1)
    assert store.coverage(make.now, until, {"list"}) == Coverage(2, 3, 1, 1, 0, 1)
    assert store.coverage(until, until + HOUR) == Coverage(0, 3, 0, 1, 0, 0)
    assert str(store.coverage(make.now, until)) == (
        "2 articles from 1 of 3 sources read; 1 failing; 2 hits; 1 suppressed"
    )


def test_signs_of_life(store, make):
    assert store.last_poll() is None
    store.add_run("poll", make.now, make.now + HOUR, {})
    assert store.last_poll() == make.now + HOUR
    late = make.now.replace(hour=23, minute=59)
    hits = [
        make.hit("a", found_at=late),
        make.hit("b", found_at=late + HOUR),
        make.hit("b", "x", origin=Origin.BACKFILL),
    ]
    store.write(Batch([make.indexed("a"), make.indexed("b")], hits), make.plan)
    days = store.daily_hits(make.now)
    assert days == {"Taliban": {late.date(): 1, (late + HOUR).date(): 1}}


@pytest.mark.parametrize("given_up", [False, True])
def test_a_channel_fails_that_has_not_taken_a_message_for_long_or_lost_one(store, make, given_up):
    make.stored(store, "a", "b")
    [claim] = store.claim_deliveries(make.now, lease=HOUR, limit=1)
    if given_up:
        store.mark_dead(claim.delivery.key, 1, make.now, "404")
    else:
        store.mark_retry(claim.delivery.key, 1, make.now + HOUR, "503", now=make.now)
        assert store.failing_channels(make.now + HOUR / 4, HOUR / 2) == []
    [failing] = store.failing_channels(make.now + HOUR, HOUR / 2)
    assert (failing.channel, failing.since, failing.waiting, failing.given_up) == (
        "desk", make.now, int(not given_up), int(given_up),
    )  # fmt: skip
    if given_up:
        assert store.failing_channels(make.now + timedelta(days=2), HOUR) == []
