"""What is planned for which channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import AlertPolicy, release
from wirewatch.config import Configuration
from wirewatch.model import Channel, DeliveryKind, Origin, Term, Visibility
from wirewatch.novelty import Change, Novelty
from wirewatch.policy import ChannelRules, Every, Pace, QuietHours, Schedule
from wirewatch.telling import Fate, Judgement, Mute, MuteKind, Standing

FLOOD = ChannelRules().flood

SEEN = (Judgement.ACKNOWLEDGED, datetime(2026, 11, 21, tzinfo=UTC))
TERMS = {
    "Hmeimim": Term("Hmeimim", "Hmeimim", channels=("desk", "wire")),
    "ISIS-K": Term("ISIS-K", "ISIS-K", channels=("desk",)),
    "quiet": Term("quiet", "quiet"),
}


def policy(now):
    channels = tuple(Channel(name, "screen://") for name in ("desk", "wire"))
    return AlertPolicy(Configuration(channels=channels, terms=tuple(TERMS.values())), now)


def plan_deliveries(hits, now, standing=None):
    return list(policy(now).plan(hits, lambda _now: standing or Standing()).deliveries)


def plan_digest(hits, now):
    return list(policy(now).digest(hits, lambda _now: Standing()).deliveries)


def test_one_alert_an_article_and_channel_with_all_terms(make_found, now):
    hits = [make_found(term, article=article).hit for article in (1, 2) for term in ("Hmeimim", "ISIS-K")]
    planned = plan_deliveries(hits, now)
    told = {(one.channel, one.hits) for one in planned}
    first, second = hits[0].article_key, hits[2].article_key
    assert told == {
        ("desk", ((first, "Hmeimim"), (first, "ISIS-K"))),
        ("desk", ((second, "Hmeimim"), (second, "ISIS-K"))),
        ("wire", ((first, "Hmeimim"),)),
        ("wire", ((second, "Hmeimim"),)),
    }
    assert {one.kind for one in planned} == {DeliveryKind.ALERT}
    assert {one.created_at for one in planned} == {now}


def test_keys_depend_on_what_is_told_not_on_its_order(make_found, now):
    hits = [make_found(term).hit for term in ("Hmeimim", "ISIS-K")]
    keys = {one.channel: one.key for one in plan_deliveries(hits, now)}
    assert keys == {one.channel: one.key for one in plan_deliveries(hits[::-1], now)}
    assert len(set(keys.values())) == 2
    fewer = {one.channel: one.key for one in plan_deliveries(hits[:1], now)}
    assert fewer["desk"] != keys["desk"]
    digests = {one.channel: one.key for one in plan_digest(hits, now)}
    assert not set(digests.values()) & set(keys.values())


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.SUPPRESSED},
        {"origin": Origin.BACK},
        {"origin": Origin.BACKFILL},
        {"term": "quiet"},
        {"term": "a term that was removed"},
        {"novelty": Novelty.DUPLICATE, "original": b"another article"},
        {"novelty": Novelty.SAME_STORY, "original": b"another article"},
    ],
)
def test_what_is_not_told(make_found, now, change):
    told = Standing(heard={(b"another article", "Hmeimim"): frozenset(["desk", "wire"])})
    assert plan_deliveries([replace(make_found().hit, **change)], now, told) == []


def test_a_digest_tells_live_hits_whatever_their_origin(make_found, now):
    hits = [replace(make_found(article=number).hit, origin=origin) for number, origin in enumerate(Origin)]
    hits.append(replace(make_found(article=9).hit, visibility=Visibility.SUPPRESSED))
    planned = plan_digest(hits, now)
    assert [(one.channel, one.kind, len(one.hits)) for one in planned] == [
        ("desk", DeliveryKind.DIGEST, 3),
        ("wire", DeliveryKind.DIGEST, 3),
    ]


def test_a_flood_becomes_one_digest_of_its_channel_only(make_found, now):
    hits = [make_found("ISIS-K", article=number).hit for number in range(FLOOD)]
    assert len(plan_deliveries(hits, now)) == FLOOD
    hits.append(make_found("Hmeimim", article=FLOOD).hit)
    planned = policy(now).plan(hits, lambda _now: Standing())
    assert [(one.channel, one.kind, len(one.hits)) for one in planned.deliveries] == [("wire", DeliveryKind.ALERT, 1)]
    waiting = [telling for telling in planned.tellings if telling.fate is Fate.WAITING]
    there = Standing(places={hit.article_key: ("wire", None) for hit in hits})
    [digest] = release(policy(now), waiting, lambda _now: there, {}).deliveries
    assert (digest.channel, digest.kind, len(digest.hits)) == ("desk", DeliveryKind.DIGEST, FLOOD + 1)
    assert digest.text == "More than 50 articles within 10 minutes: they come as one digest."


def test_a_change_is_told_once_and_another_change_again(make_found, now):
    hit = make_found("ISIS-K").hit
    changes = [None, Change(appeared=("A new sentence.",)), Change(gone=("A new sentence.",))]
    planned = [plan_deliveries([replace(hit, change=change)], now) for change in (*changes, *changes)]
    keys = [one.key for [one] in planned]
    assert len(set(keys)) == 3
    assert keys[:3] == keys[3:]


def folded(hit):
    return replace(hit, novelty=Novelty.DUPLICATE, original=b"original")


def test_a_copy_is_told_where_nobody_heard_of_its_original(make_found, now):
    """Because a route leads only the copy there, or because the original's message was never accepted."""
    hit = folded(make_found("Hmeimim").hit)
    standing = Standing(heard={(b"original", "Hmeimim"): frozenset(["desk"])})
    planned = policy(now).plan([hit], lambda _now: standing)
    assert [one.channel for one in planned.deliveries] == ["wire"]
    assert {each.channel: each.fate for each in planned.tellings} == {"desk": Fate.WITHHELD, "wire": Fate.TOLD}
    assert plan_deliveries([hit], now, replace(standing, judged={(b"original", "Hmeimim"): SEEN})) == []


def test_a_copy_is_folded_into_an_original_of_its_own_batch(make_found, now):
    hit = make_found("ISIS-K").hit
    copies = [replace(folded(make_found("ISIS-K", article=number).hit), original=hit.article_key) for number in (8, 9)]
    for hits in ([hit, *copies], [*copies, hit]):
        [told] = plan_deliveries(hits, now)
        assert told.hits == ((hit.article_key, "ISIS-K"),)
    [told] = plan_deliveries(copies, now)
    assert told.hits == ((copies[0].article_key, "ISIS-K"),), "of copies whose original nobody heard, one is told"


def test_copies_that_are_told_count_for_the_budget(make_found, now):
    term = replace(TERMS["ISIS-K"], pace=Pace(budget=1))
    configuration = Configuration(channels=(Channel("desk", "screen://"),), terms=(term,))
    hits = [replace(folded(make_found("ISIS-K", article=n).hit), original=bytes([n])) for n in (1, 2)]
    planned = AlertPolicy(configuration, now).plan(hits, lambda _now: Standing())
    assert planned.turned == ("ISIS-K",)
    assert [each.fate for each in planned.tellings] == [Fate.TOLD, Fate.WAITING]


@pytest.fixture
def report(make_found):
    """A report that adds nothing to a story that the desk was told."""
    return replace(make_found("ISIS-K").hit, novelty=Novelty.SAME_STORY, original=b"original", story=b"story")


HEARD = Standing(heard={(b"original", "ISIS-K"): frozenset(["desk"])})


def threaded(now, **rules):
    rules = ChannelRules(**{"follow_ups": timedelta(hours=1), **rules})
    channels = (Channel("desk", "screen://", rules),)
    return AlertPolicy(Configuration(channels=channels, terms=(TERMS["ISIS-K"],)), now)


def test_a_report_that_adds_nothing_waits_to_follow_up_in_the_thread(make_found, now, report):
    other = replace(
        make_found("ISIS-K", article=2).hit, novelty=Novelty.SAME_STORY, original=b"original", story=b"story"
    )
    planned = threaded(now).plan([report, other], lambda _now: HEARD)
    assert planned.deliveries == ()
    assert {(each.fate, each.due_at, each.bundle) for each in planned.tellings} == {
        (Fate.WAITING, now + timedelta(hours=1), "follow/" + b"story".hex())
    }
    later = threaded(now + timedelta(hours=1))
    there = Standing(places={hit.article_key: ("wire", None) for hit in (report, other)})
    [delivery] = release(later, planned.tellings, lambda _now: there, {}).deliveries
    assert (delivery.kind, len(delivery.hits)) == (DeliveryKind.FOLLOW_UP, 2)


MUTED = {(MuteKind.TERM, "ISIS-K"): Mute(MuteKind.TERM, "ISIS-K", datetime(2026, 11, 21, tzinfo=UTC))}


@pytest.mark.parametrize(
    ("change", "rules", "standing"),
    [
        ({"novelty": Novelty.DUPLICATE}, {}, {}),
        ({}, {"follow_ups": None}, {}),
        ({}, {"digest": Schedule(Every.DAY, 480, "UTC")}, {}),
        ({}, {}, {"mutes": MUTED}),
        ({}, {}, {"turned": frozenset(["ISIS-K"])}),
    ],
)
def test_no_thread_is_told(now, report, change, rules, standing):
    planned = threaded(now, **rules).plan([replace(report, **change)], lambda _now: replace(HEARD, **standing))
    assert [each.fate for each in planned.tellings] == [Fate.WITHHELD]


def test_a_follow_up_waits_for_the_end_of_quiet_hours(now, report):
    quiet = QuietHours(0, 8 * 60, "UTC")
    [waiting] = threaded(now, quiet=quiet).plan([report], lambda _now: HEARD).tellings
    assert waiting.due_at == now.replace(hour=8, minute=0)
