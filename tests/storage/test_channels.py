"""Channels that fail are paused, and one worker at a time tries them again; threads are kept."""

from __future__ import annotations

from datetime import timedelta

from storage import open_store

MINUTE = timedelta(minutes=1)


def test_failures_in_a_row_are_counted_until_one_succeeds(store, make):
    for number in range(1, 4):
        breaker = store.note_failure("desk", make.now + number * MINUTE, f"50{number}")
        assert (breaker.failures, breaker.failing_since) == (number, make.now + MINUTE)
    store.note_failure("wire", make.now, "451")
    assert [(each.channel, each.failures, each.last_error) for each in store.breakers()] == [
        ("desk", 3, "503"),
        ("wire", 1, "451"),
    ]
    store.note_success("desk")
    assert [each.channel for each in store.breakers()] == ["wire"]


def test_a_pause_is_over_when_it_is_over(store, make):
    store.note_failure("desk", make.now, "503")
    assert store.open_channels(make.now) == set()
    store.pause_channel("desk", make.now + MINUTE)
    assert store.open_channels(make.now) == {"desk"}
    assert store.open_channels(make.now + MINUTE) == set()


def test_of_many_workers_one_tries_a_channel_whose_pause_is_over(database_url, make, in_processes):
    with open_store(database_url) as store:
        store.note_failure("desk", make.now, "503")
        store.pause_channel("desk", make.now + MINUTE)

    def work(_number):
        with open_store(database_url) as store:
            return [store.take_turn("desk", make.now + MINUTE, MINUTE), store.take_turn("wire", make.now, MINUTE)]

    turns = in_processes(work, 4)
    assert sorted(turn for turn, _ in turns) == [False, False, False, True]
    assert all(other for _, other in turns), "a channel that is well is anybody's"


def test_failures_counted_at_once_are_all_counted(database_url, make, in_processes):
    def work(_number):
        with open_store(database_url) as store:
            for _ in range(5):
                store.note_failure("desk", make.now, "503")
        return []

    in_processes(work, 4)
    with open_store(database_url) as store:
        assert store.breakers()[0].failures == 20


def test_where_a_thread_began_is_kept_for_each_recipient(store, make):
    story, other = b"s" * 16, b"t" * 16
    store.keep_thread("desk", story, {"#news": "1.1", "#ops": "1.2"}, make.now)
    store.keep_thread("desk", story, {"#news": "2.1"}, make.now)
    assert store.thread("desk", story) == {"#news": "2.1", "#ops": "1.2"}
    assert store.thread("desk", other) == store.thread("wire", story) == {}
    store.keep_thread("desk", other, {"#news": "3.1"}, make.now + timedelta(days=91))
    assert store.thread("desk", story) == {}
