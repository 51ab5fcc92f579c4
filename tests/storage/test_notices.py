"""Notices: told once while they stand, again after a time, and once when they are over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from wirewatch.model import Channel, DeliveryKind
from wirewatch.policy import NoticeRules, Policy

DAY = timedelta(days=1)
TOLD = ("source/wire", "source wire is silent", "Normally 40 a day, none for 9 h.")


@pytest.fixture
def told_ops(store, make):
    policy = Policy(NoticeRules(channels=("ops",), repeat=timedelta(days=7)))
    store.apply(make.configuration(policy=policy, channels=(Channel("ops", "screen://"),)), {}, make.now)
    return store


def messages(store):
    return sorted((each.created_at, each.channel, each.subject) for each in store.deliveries())


def test_it_is_told_once_while_it_stands_and_again_when_it_is_over(told_ops, make):
    assert told_ops.raise_notice(*TOLD, make.now)
    assert not told_ops.raise_notice(*TOLD, make.now + DAY)
    assert told_ops.clear_notice(TOLD[0], make.now + 2 * DAY)
    assert not told_ops.clear_notice(TOLD[0], make.now + 3 * DAY)
    assert messages(told_ops) == [
        (make.now, "ops", "source wire is silent"),
        (make.now + 2 * DAY, "ops", "recovered: source wire is silent"),
    ]
    assert {each.kind for each in told_ops.deliveries()} == {DeliveryKind.NOTICE}
    assert told_ops.raise_notice(*TOLD, make.now + 4 * DAY)
    assert len(messages(told_ops)) == 3


def test_what_stands_long_is_told_again(told_ops, make):
    days = [day for day in range(20) if told_ops.raise_notice(*TOLD, make.now + day * DAY)]
    assert days == [0, 7, 14]
    [notice] = told_ops.notices()
    assert (notice.raised_at, notice.told_at) == (make.now, make.now + 14 * DAY)


def test_its_text_is_the_latest_and_one_that_is_over_is_listed_apart(told_ops, make):
    told_ops.raise_notice(*TOLD, make.now)
    told_ops.raise_notice(TOLD[0], "source wire is still silent", "None for 2 days.", make.now + DAY)
    assert [(each.subject, each.text) for each in told_ops.notices()] == [
        ("source wire is still silent", "None for 2 days.")
    ]
    told_ops.clear_notice(TOLD[0], make.now + DAY)
    assert told_ops.notices() == []
    [over] = told_ops.notices(standing=False)
    assert over.cleared_at == make.now + DAY


def test_without_channels_it_is_listed_only_and_others_may_be_named(store, make):
    assert store.raise_notice(*TOLD, make.now)
    assert not store.clear_notice("source/other", make.now)
    assert store.deliveries() == []
    assert store.raise_notice("spike/Taliban", "spike", "40 today, normally 3", make.now, channels=["desk"])
    [delivery] = store.deliveries()
    assert (delivery.channel, delivery.subject, delivery.text) == ("desk", "spike", "40 today, normally 3")
    assert len(store.notices()) == 2
