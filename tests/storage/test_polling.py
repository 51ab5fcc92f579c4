"""Sources are claimed by one worker at a time, and cursors move only with what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import AppliedSources, Batch, Progress
from wirewatch.model import Cursor, FileStamp, SourceKind


@pytest.fixture
def three(store, make):
    folders = (make.source(name, kind=SourceKind.FOLDER, location=f"/data/{name}") for name in ("a", "b", "c"))
    store.apply(make.configuration(*folders), {}, make.now)
    return store


def claim(store, now, make, **options):
    return store.claim_sources(now, **{"lease": make.lease, "limit": 10, **options})


def names(claims):
    return [claimed.source.name for claimed in claims]


def test_a_claimed_source_is_nobody_elses_until_its_lease_ends(three, make):
    assert names(claim(three, make.now, make, limit=2)) == ["a", "b"]
    assert names(claim(three, make.now, make)) == ["c"]
    assert claim(three, make.now + make.lease - timedelta(seconds=1), make) == []
    again = claim(three, make.now + make.lease, make)
    assert names(again) == ["a", "b", "c"]
    assert {claimed.lease_number for claimed in again} == {2}


def test_a_poll_is_due_where_something_could_be_claimed(three, make):
    assert three.is_poll_due(make.now)
    assert not three.is_poll_due(make.now - timedelta(seconds=1))
    claim(three, make.now, make)
    assert not three.is_poll_due(make.now), "others are at it"
    assert three.is_poll_due(make.now + make.lease)
    three.pause(["a", "b", "c"], make.now)
    assert not three.is_poll_due(make.now + make.lease)


def test_a_host_is_held_with_all_its_sources_and_no_other(store, make):
    places = {"a": "https://one.example/1", "b": "https://www.one.example/2", "c": "https://two.example/"}
    store.apply(
        make.configuration(*(replace(make.source(name), location=url) for name, url in places.items())), {}, make.now
    )
    until = make.now + timedelta(minutes=10)
    store.hold_sites({"one.example:8080": until}, make.now)
    assert names(claim(store, make.now, make)) == ["c"]
    store.hold_sites({"one.example:8080": make.now}, make.now)  # brings nothing forward
    assert store.held_sites(make.now) == {"one.example:8080": until}
    assert store.held_sites(until) == {}
    of_site = {"names": ["a", "b"]}
    assert claim(store, until - timedelta(seconds=1), make, **of_site) == []
    assert names(claim(store, until, make, **of_site)) == ["a", "b"]


def test_progress_moves_the_cursor_and_frees_the_lease(three, make, no_plan):
    [first] = claim(three, make.now, make, names=["a"])
    assert first.cursor == Cursor()
    cursor = Cursor(
        etag='W/"\udcff"',
        last_modified="Sun, 22 Nov 2026 02:00:00 GMT",
        body_hash="h",
        full_fetch_at=make.now,
        first_polled_at=make.now - timedelta(days=1),
    )
    due = make.now + timedelta(minutes=1)
    three.write(Batch(progress=[make.progress("a", first.lease_number, cursor=cursor, next_due=due)]), no_plan)
    assert claim(three, make.now, make, names=["a"]) == []
    [second] = claim(three, due, make, names=["a"])
    assert second.cursor == cursor
    assert second.lease_number == 2


def test_many_sources_progress_in_one_batch(three, make, no_plan):
    claims = claim(three, make.now, make)
    outcomes = {"a": None, "b": "503 Service Unavailable", "c": None}
    progress = [
        make.progress(claimed.source.name, claimed.lease_number, failure=outcomes[claimed.source.name])
        for claimed in claims
    ]
    three.write(Batch(progress=progress), no_plan)
    states = {state.source.name: state for state in three.sources()}
    assert [(states[name].failures, states[name].last_error) for name in "abc"] == [
        (0, None),
        (1, "503 Service Unavailable"),
        (0, None),
    ]
    assert states["a"].last_success_at == make.now
    assert states["b"].last_success_at is None
    assert {state.last_polled_at for state in states.values()} == {make.now}


def test_failures_in_a_row_are_counted_and_forgotten_after_a_success(three, make, no_plan):
    now = make.now
    for failure, failures in (("timeout", 0), ("timeout", 1), (None, 2), ("timeout", 0)):
        [claimed] = claim(three, now, make, names=["a"])
        assert claimed.failures == failures
        now += timedelta(hours=1)
        progress = make.progress("a", claimed.lease_number, failure=failure, next_due=now, at=now)
        three.write(Batch(progress=[progress]), no_plan)
    [state, *_] = three.sources()
    assert (state.failures, state.last_success_at) == (1, now - timedelta(hours=1))


def test_a_worker_that_lost_its_lease_stores_what_it_read_but_not_its_cursor(three, make):
    [slow] = claim(three, make.now, make, names=["a"])
    later = make.now + make.lease
    [quick] = claim(three, later, make, names=["a"])
    late = make.progress("a", slow.lease_number, cursor=Cursor(etag="slow", files={"x": FileStamp(1, 1)}))
    written = three.write(Batch([make.indexed()], [make.hit()], [late]), make.plan)
    assert (written.new_articles, len(written.deliveries)) == (1, 1)
    assert claim(three, later, make, names=["a"]) == [], "the other's lease stands"
    three.write(Batch(progress=[make.progress("a", quick.lease_number, cursor=Cursor(etag="quick"))]), make.plan)
    [claimed] = claim(three, later + timedelta(days=1), make, names=["a"])
    assert claimed.cursor == Cursor(etag="quick")


def test_progress_with_more_to_come_keeps_the_lease(three, make, no_plan):
    [claimed] = claim(three, make.now, make, names=["a"])
    part = make.progress("a", claimed.lease_number, cursor=Cursor(files={"1": FileStamp(1, 1)}), more=True)
    three.write(Batch(progress=[part]), no_plan)
    assert claim(three, make.now, make, names=["a"]) == []
    rest = make.progress("a", claimed.lease_number, cursor=Cursor(files={"2": FileStamp(2, 2)}), next_due=make.now)
    three.write(Batch(progress=[rest]), no_plan)
    [claimed] = claim(three, make.now, make, names=["a"])
    assert set(claimed.cursor.files) == {"1", "2"}


def test_a_killed_poll_goes_on_behind_the_last_stored_part(three, make, no_plan):
    [claimed] = claim(three, make.now, make, names=["a"])
    part = make.progress("a", claimed.lease_number, cursor=Cursor(files={"1": FileStamp(1, 1)}), more=True)
    three.write(Batch(progress=[part]), no_plan)
    [claimed] = claim(three, make.now + make.lease, make, names=["a"])
    assert claimed.cursor == Cursor(files={"1": FileStamp(1, 1)})


def test_only_due_sources_are_claimed(three, make, no_plan):
    [claimed] = claim(three, make.now, make, names=["b"])
    due = make.now + timedelta(minutes=1)
    three.write(Batch(progress=[make.progress("b", claimed.lease_number, next_due=due)]), no_plan)
    assert names(claim(three, make.now, make)) == ["a", "c"]
    assert names(claim(three, due, make)) == ["b"]


def test_the_settings_of_a_claim_are_those_that_are_applied_now(store, make):
    before = make.source("wire")
    after = replace(before, every=timedelta(hours=7))
    store.apply(make.configuration(before), {}, make.now)
    applied = AppliedSources(store.config_version(), {"wire": before})
    [claimed] = claim(store, make.now, make, applied=applied)
    assert claimed.source is before, "what is known need not be read"
    store.release_sources([("wire", claimed.lease_number)])
    store.apply(make.configuration(after), {}, make.now)
    [claimed] = claim(store, make.now, make, applied=applied)
    assert claimed.source == after


def test_the_longest_due_comes_first(three, make, no_plan):
    for minutes, name in enumerate(("b", "a", "c")):
        [claimed] = claim(three, make.now, make, names=[name])
        due = make.now + timedelta(minutes=minutes)
        three.write(Batch(progress=[make.progress(name, claimed.lease_number, next_due=due)]), no_plan)
    assert names(claim(three, make.now + timedelta(days=1), make)) == ["b", "a", "c"]


def test_paused_sources_are_left_alone(three, make):
    assert three.pause(["a", "unknown"], make.now) == 1
    assert names(claim(three, make.now, make)) == ["b", "c"]
    assert [state.paused for state in three.sources()] == [True, False, False]
    three.resume(["a"], make.now)
    assert names(claim(three, make.now, make)) == ["a"]


def test_shards_share_out_all_sources_and_keep_a_host_together(store, make):
    sources = [
        make.source(f"{host}-{feed}", location=f"https://{'www.' if feed else ''}{host}.example/{feed}")
        for host in "abcdefghijklmnop"
        for feed in range(2)
    ]
    folder = make.source("folder", kind=SourceKind.FOLDER, location="/data/inbox")
    store.apply(make.configuration(*sources, folder), {}, make.now)
    shards = [names(claim(store, make.now, make, shard=(index, 3), limit=100)) for index in range(3)]
    assert sorted(name for shard in shards for name in shard) == sorted(["folder", *(s.name for s in sources)])
    assert all(shards)
    hosts = [{name[0] for name in shard if "-" in name} for shard in shards]
    assert not (hosts[0] & hosts[1] or hosts[0] & hosts[2] or hosts[1] & hosts[2])


def test_stamps_of_files_are_kept_whatever_their_names(store, make, no_plan):
    folder = make.source("inbox", kind=SourceKind.FOLDER, location="/data/inbox")
    store.apply(make.configuration(folder), {}, make.now)
    [claimed] = claim(store, make.now, make)
    files = {
        "new\nline.txt": FileStamp(1_700_000_000_123_456_789, 10 * 2**30, None, make.key("a")),
        "not-utf8-\udcff.txt": FileStamp(2, 0, "empty"),
        "ж" * 2000: FileStamp(3, 3),
        "nul\0.txt": FileStamp(-1, 4),
    }
    first = make.progress("inbox", claimed.lease_number, cursor=Cursor(files=files), next_due=make.now)
    store.write(Batch(progress=[first]), no_plan)
    [claimed] = claim(store, make.now, make)
    assert claimed.cursor.files == files
    assert store.file_article("inbox", "new\nline.txt") == make.key("a")
    assert store.file_article("inbox", "not-utf8-\udcff.txt") is None
    assert store.file_article("inbox", "unknown") is None

    changed = {"new\nline.txt": FileStamp(5, 5, "it cannot be read")}
    second = make.progress("inbox", claimed.lease_number, cursor=Cursor(files=changed), next_due=make.now)
    store.write(Batch(progress=[second]), no_plan)
    [claimed] = claim(store, make.now, make)
    kept = FileStamp(5, 5, "it cannot be read", make.key("a"))
    assert claimed.cursor.files == files | {"new\nline.txt": kept}, "only changed stamps are given, all are kept"


def test_equal_texts_of_files_are_found_by_fingerprint(store, make, no_plan):
    text = {"text": "The same text."}
    first = make.indexed("first", **text, url="file:///data/a.txt", fetched_at=make.now)
    second = make.indexed("second", **text, url="file:///data/b.txt", fetched_at=make.now + timedelta(seconds=1))
    page = make.indexed("page", "A page's text.")
    store.write(Batch([second, first, page]), no_plan)
    asked = [first.article.fingerprint, page.article.fingerprint, b"?" * 16]
    assert store.keys_by_fingerprint(asked) == {first.article.fingerprint: make.key("first")}


def test_states_of_sources_count_their_articles(three, make, no_plan):
    three.write(Batch([make.indexed(str(number), source="b") for number in range(3)]), no_plan)
    assert {state.source.name: state.articles for state in three.sources()} == {"a": 0, "b": 3, "c": 0}


def test_a_released_source_can_be_claimed_at_once_unless_another_has_it(store, make):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    [first] = store.claim_sources(make.now, lease=make.lease, limit=1)
    store.release_sources([(first.source.name, first.lease_number)])
    [second] = store.claim_sources(make.now, lease=make.lease, limit=1)
    store.release_sources([(first.source.name, first.lease_number)])
    assert store.claim_sources(make.now, lease=make.lease, limit=1) == []
    store.release_sources([(second.source.name, second.lease_number)])
    assert len(store.claim_sources(make.now, lease=make.lease, limit=1)) == 1


def test_a_person_can_have_all_sources_polled_now(store, make):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    later = make.now + timedelta(hours=6)
    store.write(Batch(progress=(Progress("wire", claim.lease_number, claim.cursor, later, "down", make.now),)), list)
    assert store.claim_sources(make.now, lease=make.lease, limit=1) == []
    store.make_due(make.now)
    assert len(store.claim_sources(make.now, lease=make.lease, limit=1)) == 1


def test_unchanged_sources_rest_until_their_next_turn_if_they_are_still_leased(three, make):
    first = {claimed.source.name: claimed for claimed in claim(three, make.now, make)}
    later = make.now + make.lease
    [second] = claim(three, later, make, names=["b"])
    due = later + timedelta(hours=1)
    cursor = Cursor(etag="not stored")

    def rest(name, number):
        three.store_unchanged([make.progress(name, number, next_due=due, at=later, cursor=cursor)])

    for name, claimed in first.items():
        rest(name, claimed.lease_number)
    assert claim(three, later, make) == []
    assert names(claim(three, later + make.lease, make, names=["b"])) == ["b"]
    rest("b", second.lease_number + 1)
    again = claim(three, due, make)
    assert names(again) == ["a", "b", "c"]
    assert all(claimed.cursor == Cursor() for claimed in again)
