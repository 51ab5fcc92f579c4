"""What is planned for which channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts import AlertPolicy, release
from wirewatch.config import Configuration
from wirewatch.model import Channel, DeliveryKind, Origin, Term, Visibility
from wirewatch.novelty import Change, Novelty
from wirewatch.policy import ChannelRules, Policy, Route
from wirewatch.telling import Fate, Standing

FLOOD = ChannelRules().flood

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
    assert plan_deliveries([replace(make_found().hit, **change)], now) == []


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


def test_a_copy_that_a_route_leads_elsewhere_is_told_there(make_found, now):
    hit = replace(make_found("ISIS-K").hit, novelty=Novelty.DUPLICATE, original=b"original")
    routes = (Route(channels=("wire",), sources=("agency",)),)
    channels = tuple(Channel(name, "screen://") for name in ("desk", "wire"))
    configuration = Configuration(channels=channels, terms=tuple(TERMS.values()), policy=Policy(routes=routes))
    standing = Standing(places={b"original": ("paper", None), hit.article_key: ("agency", None)})
    planned = AlertPolicy(configuration, now).plan([hit], lambda _now: standing)
    assert [one.channel for one in planned.deliveries] == ["wire"]
