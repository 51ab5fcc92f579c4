"""Deliveries are claimed, sent outside any transaction, and marked; the attempt's number fences the mark."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Batch, Outcome
from wirewatch.model import DeliveryKind, DeliveryState
from wirewatch.telling import Planned


def claim(store, now, make, **options):
    return store.claim_deliveries(now, **{"lease": make.lease, "limit": 10, **options})


@pytest.fixture
def one(store, make):
    """The key of the only delivery in the store."""
    [delivery] = make.stored(store, "a")
    return delivery.key


def test_a_claim_carries_the_hits_in_their_order(store, make):
    hits = [make.hit("b", "x"), make.hit("a", "y"), make.hit("a", "x")]
    planned = make.delivery(*hits, kind=DeliveryKind.DIGEST)
    store.write(Batch([make.indexed("a"), make.indexed("b")], hits), lambda _hits, _look: Planned((planned,)))
    [claimed] = claim(store, make.now, make)
    assert [found.hit for found in claimed.found] == hits
    assert [found.article.key for found in claimed.found] == [make.key("b"), make.key("a"), make.key("a")]
    assert claimed.delivery.hits == planned.hits
    assert (claimed.delivery.kind, claimed.delivery.attempts) == (DeliveryKind.DIGEST, 1)
    assert claimed.delivery.lease_until == make.now + make.lease


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(store, make, one):
    [first] = claim(store, make.now, make)
    assert not first.delivery.maybe_repeat
    assert claim(store, make.now + make.lease - timedelta(seconds=1), make) == []
    [second] = claim(store, make.now + make.lease, make)
    assert second.delivery.attempts == 2
    assert second.delivery.maybe_repeat, "nobody knows whether the first was sent"


def test_a_sent_delivery_is_done(store, make, one):
    [claimed] = claim(store, make.now, make)
    assert make.mark_sent(store, one, claimed.delivery.attempts, make.now, "250 queued as 4711")
    assert claim(store, make.now + timedelta(days=9), make) == []
    [delivery] = store.deliveries()
    assert (delivery.state, delivery.sent_at, delivery.response) == (
        DeliveryState.SENT,
        make.now,
        "250 queued as 4711",
    )
    assert delivery.lease_until is None


def test_the_next_one_is_claimed_with_the_mark_of_the_last(store, make):
    make.stored(store, "a", "b")
    [first] = claim(store, make.now, make, limit=1)
    marked, [second] = store.mark_sent(first.delivery.key, 1, make.now, "ok", lease=make.lease, next_of="desk")
    assert marked
    assert {first.delivery.key, second.delivery.key} == {each.key for each in store.deliveries()}
    assert (second.delivery.attempts, second.delivery.maybe_repeat) == (1, False)
    assert claim(store, make.now, make) == [], "it is held"
    assert store.mark_sent(second.delivery.key, 1, make.now, "ok", lease=make.lease, next_of="desk") == (True, [])
    assert store.mark_sent(second.delivery.key, 1, make.now, "ok", lease=make.lease, next_of="desk") == (False, [])


def test_who_lost_the_lease_cannot_mark(store, make, one):
    [slow] = claim(store, make.now, make)
    [quick] = claim(store, make.now + make.lease, make)
    number = slow.delivery.attempts
    assert not store.mark_retry(one, number, make.now, "late")
    assert not store.mark_dead(one, number, make.now, "late")
    assert not store.release(one, number)
    assert not make.mark_sent(store, one, number, make.now, "late")
    assert store.deliveries()[0].state is DeliveryState.PENDING
    assert make.mark_sent(store, one, quick.delivery.attempts, make.now, "ok")
    assert not make.mark_sent(store, one, quick.delivery.attempts, make.now, "twice")


def test_what_was_sent_counts_as_long_as_nobody_else_has_claimed_it(store, make, one):
    [claimed] = claim(store, make.now, make)
    assert make.mark_sent(store, one, claimed.delivery.attempts, make.now + 10 * make.lease, "slow, but sent")


def test_a_failure_is_tried_again_at_its_time(store, make, one):
    [claimed] = claim(store, make.now, make)
    later = make.now + timedelta(minutes=1)
    assert store.mark_retry(one, 1, later, "451 try again later", accepted=("a@news.example",))
    assert claim(store, later - timedelta(seconds=1), make) == []
    assert store.due_channels(later - timedelta(seconds=1)) == []
    assert store.due_channels(later) == ["desk"]
    [claimed] = claim(store, later, make)
    assert (claimed.delivery.attempts, claimed.delivery.trying_since) == (2, make.now)
    assert not claimed.delivery.maybe_repeat
    assert (claimed.delivery.last_error, claimed.delivery.accepted) == ("451 try again later", ("a@news.example",))


def test_an_uncertain_failure_makes_the_next_one_a_possible_repeat(store, make, one):
    claim(store, make.now, make)
    store.mark_retry(one, 1, make.now, "connection cut", uncertain=True)
    [claimed] = claim(store, make.now, make)
    assert claimed.delivery.maybe_repeat


def test_a_released_claim_counts_for_nothing(store, make, one):
    claim(store, make.now, make)
    assert store.release(one, 1)
    [delivery] = store.deliveries()
    assert (delivery.attempts, delivery.lease_until, delivery.maybe_repeat) == (0, None, False)
    assert store.delivery_attempts(one) == []
    assert not store.release(one, 1)
    [claimed] = claim(store, make.now, make)
    assert (claimed.delivery.attempts, claimed.delivery.maybe_repeat) == (1, False)


def test_a_released_claim_does_not_begin_the_time_in_which_it_is_tried(store, make, one):
    claim(store, make.now, make)
    store.release(one, 1)
    monday = make.now + timedelta(days=3)
    [claimed] = claim(store, monday, make)
    assert claimed.delivery.trying_since == monday
    store.mark_retry(one, 1, monday, "451 try again")
    claim(store, monday + timedelta(hours=1), make)
    store.release(one, 2)
    [delivery] = store.deliveries()
    assert delivery.trying_since == monday, "it was tried then"


def test_a_released_claim_cannot_be_marked_by_who_had_it_before(store, make, one):
    claim(store, make.now, make)
    claim(store, make.now + make.lease, make)
    assert store.release(one, 2)
    assert not make.mark_sent(store, one, 1, make.now, "late")
    assert store.deliveries()[0].maybe_repeat, "the first may still have been sent"


def test_dead_letters_are_kept_and_can_be_tried_again(store, make):
    make.stored(store, "a", "b", "c")
    for claimed in claim(store, make.now, make):
        store.mark_dead(claimed.delivery.key, 1, make.now, "550 no such user", accepted=("x",))
    assert claim(store, make.now + timedelta(days=9), make) == []
    dead = store.deliveries(states=[DeliveryState.DEAD])
    assert {(delivery.last_error, delivery.accepted) for delivery in dead} == {("550 no such user", ("x",))}
    later = make.now + timedelta(hours=1)
    assert store.retry_deliveries([dead[0].key, b"?" * 16], now=later) == 1
    [again] = claim(store, later, make)
    assert (again.delivery.key, again.delivery.attempts, again.delivery.maybe_repeat) == (dead[0].key, 2, False)
    assert again.delivery.trying_since == later, "who has it tried again gives it another day"
    assert store.retry_deliveries(now=later) == 2
    assert store.retry_deliveries(now=later) == 0


def test_every_attempt_is_remembered_with_what_the_server_said(store, make, one):
    moments = [make.now + number * timedelta(hours=1) for number in range(4)]
    claim(store, moments[0], make)
    store.mark_retry(one, 1, moments[1], "451 later", now=moments[0] + timedelta(seconds=1))
    claim(store, moments[1], make)
    claim(store, moments[2], make)
    assert [attempt.outcome for attempt in store.delivery_attempts(one)] == [
        Outcome.FAILED,
        Outcome.UNKNOWN,
        Outcome.SENDING,
    ]
    make.mark_sent(store, one, 2, moments[2], "250 late, but sent")
    make.mark_sent(store, one, 3, moments[3], "250 ok")
    attempts = store.delivery_attempts(one)
    assert [(attempt.attempt, attempt.outcome, attempt.detail) for attempt in attempts] == [
        (1, Outcome.FAILED, "451 later"),
        (2, Outcome.SENT, "250 late, but sent"),
        (3, Outcome.SENT, "250 ok"),
    ]
    assert [attempt.claimed_at for attempt in attempts] == moments[:3]
    assert attempts[0].finished_at == moments[0] + timedelta(seconds=1)


def test_channels_are_claimed_apart(store, make):
    def plan(hits, _look):
        return Planned(tuple(make.delivery(hit, channel=channel) for hit in hits for channel in ("desk", "wire")))

    store.write(Batch([make.indexed()], [make.hit()]), plan)
    [claimed] = claim(store, make.now, make, channel="wire")
    assert claimed.delivery.channel == "wire"
    assert {delivery.channel for delivery in store.deliveries(channels=["desk"])} == {"desk"}
    assert store.counts().deliveries[DeliveryState.PENDING] == 2


def test_deliveries_are_claimed_oldest_first_and_listed_newest_first(store, make):
    for minutes, name in enumerate("abc"):
        created = make.now + timedelta(minutes=minutes)
        hit = make.hit(name)
        planned = make.delivery(hit, created_at=created)
        store.write(Batch([make.indexed(name)], [hit]), lambda _hits, _look, planned=planned: Planned((planned,)))
    order = [delivery.created_at.minute for delivery in store.deliveries()]
    assert order == sorted(order, reverse=True)
    assert store.deliveries(limit=1)[0].created_at == make.now + timedelta(minutes=2)
    claims = claim(store, make.now, make, limit=2)
    assert [claimed.delivery.created_at.minute for claimed in claims] == order[:0:-1]


def test_thousands_of_deliveries_are_claimed_at_once(store, make):
    names = [str(number) for number in range(1200)]
    make.stored(store, *names)
    claims = claim(store, make.now, make, limit=2000)
    assert {claimed.found[0].article.key for claimed in claims} == {make.key(name) for name in names}
    assert all(claimed.delivery.attempts == 1 for claimed in claims)
