"""Applying a configuration: versions of terms, what changes and what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import Batch, nothing, open_store
from wirewatch.errors import StorageError
from wirewatch.model import (
    Channel,
    Concept,
    Cursor,
    FileStamp,
    FirstPoll,
    NetworkPolicy,
    Pages,
    SourceKind,
    Term,
    Visibility,
)


@pytest.fixture
def full(make):
    return make.configuration(
        make.source("wire", language="fr-CA", pages=Pages.NEVER, first_poll=FirstPoll.ALL, every=timedelta(seconds=90)),
        make.source("inbox", kind=SourceKind.FOLDER, location="/data/in\udcffbox"),
        terms=[
            Term("Taliban", "taliban NEAR/20 @delisting", 0, ("desk",), ("it hits",), ("it does not",)),
            Term("Hmeimim", "Hmeimim", 0),
        ],
        concepts=(Concept("delisting", "delist*"),),
        channels=(Channel("desk", "${DESK_MAIL_URL}"),),
        network=NetworkPolicy(("127.0.0.0/8",), (80, 8080), timedelta(seconds=0.5), 3, "ops@news.example"),
        renames=(("HTS", "Hmeimim"),),
    )


def definitions(config):
    return {term.name: f"{term.query} {config.concepts}" for term in config.terms}


def applied(store, config, now, **texts):
    return store.apply(config, definitions(config) | texts, now)


def test_nothing_is_applied_at_first(store):
    assert store.configuration() is None
    assert store.config_version() == 0


def test_what_is_applied_comes_back_with_versions(store, make, full):
    after = applied(store, full, make.now)
    assert after == replace(full, terms=tuple(replace(term, version=1) for term in full.terms))
    assert store.configuration() == after
    assert store.config_version() == 1


def test_applying_the_same_again_changes_nothing(store, make, full):
    after = applied(store, full, make.now)
    assert applied(store, full, make.now + timedelta(days=1)) == after
    assert store.config_version() == 1


def test_a_term_gets_a_version_when_what_it_matches_changes(store, make, full):
    applied(store, full, make.now)
    wider = replace(full, concepts=(Concept("delisting", "delist* OR drop*"),))
    texts = definitions(full) | {"Taliban": "wider"}
    after = store.apply(wider, texts, make.now)
    assert {term.name: term.version for term in after.terms} == {"Taliban": 2, "Hmeimim": 1}
    quieter = replace(wider, terms=tuple(replace(term, channels=()) for term in wider.terms))
    after = store.apply(quieter, texts, make.now)
    assert {term.name: term.version for term in after.terms} == {"Taliban": 2, "Hmeimim": 1}
    assert store.config_version() == 3


def test_a_term_that_comes_back_goes_on_with_its_versions(store, make):
    term = Term("Taliban", "taliban", 0)
    for query, version in (("taliban", 1), ("taleban", 2), (None, None), ("taleban", 2), ("taliban", 3)):
        terms = [replace(term, query=query)] if query else []
        after = store.apply(make.configuration(terms=terms), {}, make.now)
        assert [term.version for term in after.terms] == ([version] if version else [])


def test_a_renamed_term_takes_versions_hits_and_deliveries_along(store, make):
    store.apply(make.configuration(terms=[Term("HTS", "hts", 0)]), {}, make.now)
    store.apply(make.configuration(terms=[Term("HTS", "hts OR tahrir", 0)]), {}, make.now)
    written = store.write(Batch([make.indexed()], [make.hit(term="HTS", term_version=2)]), make.plan)
    renamed = make.configuration(terms=[Term("Tahrir", "hts OR tahrir", 0)], renames=(("HTS", "Tahrir"),))
    for _ in range(2):  # `was:` stays in the file
        after = store.apply(renamed, {}, make.now)
        assert [(term.name, term.version) for term in after.terms] == [("Tahrir", 2)]
        [found] = store.hits()
        assert (found.hit.term, found.hit.term_version, found.hit.matches[0].term) == ("Tahrir", 2, "Tahrir")
        [claim] = store.claim_deliveries(make.now, lease=make.lease, limit=10)
        assert claim.delivery.hits == ((make.key("a"), "Tahrir"),)
        assert claim.delivery.key == written.deliveries[0].key
        assert claim.found == (found,)
        store.release(claim.delivery.key, claim.delivery.attempts)


def test_a_rename_left_in_the_file_does_not_take_a_new_term_of_the_old_name(store, make):
    renamed = make.configuration(terms=[Term("Tahrir", "tahrir", 0)], renames=(("HTS", "Tahrir"),))
    store.apply(renamed, {}, make.now)
    store.apply(replace(renamed, terms=(*renamed.terms, Term("HTS", "hts", 0))), {}, make.now)
    store.write(Batch([make.indexed()], [make.hit(term="HTS")]), make.plan)
    store.apply(renamed, {}, make.now)
    assert [found.hit.term for found in store.hits()] == ["HTS"]


def test_a_term_renamed_to_a_name_that_was_used_before_joins_its_hits(store, make, no_plan):
    old, new = Term("HTS", "hts", 0), Term("Tahrir", "tahrir", 0)
    store.apply(make.configuration(terms=[old, new]), {}, make.now)
    store.apply(make.configuration(terms=[old]), {}, make.now)
    suppressed = {"visibility": Visibility.SUPPRESSED}
    hits = [
        make.hit("both live", "HTS"),
        make.hit("both live", "Tahrir", matches=()),
        make.hit("old live", "HTS"),
        make.hit("old live", "Tahrir", **suppressed),
        make.hit("new live", "HTS", **suppressed),
        make.hit("new live", "Tahrir"),
        make.hit("old only", "HTS"),
    ]
    names = {"both live", "old live", "new live", "old only"}
    store.write(Batch([make.indexed(name) for name in names], hits), no_plan)
    renamed = make.configuration(terms=[replace(new, query="hts")], renames=(("HTS", "Tahrir"),))
    after = store.apply(renamed, {}, make.now)
    assert [term.version for term in after.terms] == [2], "version 1 was another query"
    found = {found.hit.article_key: found.hit for found in store.hits()}
    assert {hit.term for hit in found.values()} == {"Tahrir"}
    assert {hit.visibility for hit in found.values()} == {Visibility.LIVE}
    assert {name: found[make.key(name)].term_version for name in names} == {
        "both live": 1,
        "old live": 2,
        "new live": 1,
        "old only": 2,
    }


def test_removed_sources_rest_and_their_hits_stay(store, make, no_plan):
    config = make.configuration(make.source("wire"), make.source("other"))
    store.apply(config, {}, make.now)
    store.write(Batch([make.indexed("a", source="other")], [make.hit("a")]), no_plan)
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    assert [(state.source.name, state.active) for state in store.sources()] == [("other", False), ("wire", True)]
    assert [claim.source.name for claim in store.claim_sources(make.now, lease=make.lease, limit=9)] == ["wire"]
    assert len(store.hits(sources=["other"])) == 1
    store.apply(config, {}, make.now)
    assert [claim.source.name for claim in store.claim_sources(make.now, lease=make.lease, limit=9)] == ["other"]


def poll(store, make, **fields):
    [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    progress = make.progress(claim.source.name, claim.lease_number, **fields)
    store.write(Batch(progress=[progress]), nothing)


def test_a_source_that_moves_is_read_from_the_start(store, make):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    poll(store, make, cursor=Cursor(etag='"1"', files={"a.txt": FileStamp(1, 2, None, b"k" * 16)}), failure="503")
    moved = make.source("wire", location="https://elsewhere.example/rss")
    store.apply(make.configuration(moved), {}, make.now)
    [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    assert (claim.source, claim.cursor, claim.failures) == (moved, Cursor(), 0)
    assert store.file_article("wire", "a.txt") is None


def test_a_poll_of_the_place_a_source_has_left_does_not_move_the_new_cursor(store, make, no_plan):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    store.apply(make.configuration(make.source("wire", location="https://elsewhere.example/rss")), {}, make.now)
    late = make.progress("wire", claim.lease_number)
    store.write(Batch([make.indexed()], progress=[late]), no_plan)
    [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    assert claim.cursor == Cursor()
    assert store.counts().articles == 1


def test_a_source_that_is_to_be_read_more_often_does_not_wait_for_its_old_time(store, make):
    store.apply(make.configuration(make.source("wire", every=timedelta(days=1))), {}, make.now)
    poll(store, make, next_due=make.now + timedelta(days=1))
    store.apply(make.configuration(make.source("wire", every=timedelta(minutes=5))), {}, make.now)
    [state] = store.sources()
    assert state.next_due == make.now + timedelta(minutes=5)
    [claim] = store.claim_sources(state.next_due, lease=make.lease, limit=1)
    assert claim.cursor.etag == '"1"', "it is still the same place"


def test_a_name_that_no_index_takes_is_refused(store, make):
    with pytest.raises(StorageError, match="at most 500 characters; give this term a short `name:`"):
        store.apply(make.configuration(terms=[Term("x" * 501, "x", 0)]), {}, make.now)
    assert store.config_version() == 0
    store.apply(make.configuration(terms=[Term("ж" * 500, "x", 0)]), {}, make.now)


def test_no_secret_is_asked_for_or_kept(store, make, full, monkeypatch):
    monkeypatch.setenv("DESK_MAIL_URL", "mailto://user:canary@mail.example")
    applied(store, full, make.now)
    assert store.configuration().channels[0].url == "${DESK_MAIL_URL}"


def test_it_is_read_anew_only_where_another_was_applied(store, database_url, make, full):
    applied(store, full, make.now)
    before = store.configuration()
    assert store.configuration() is before
    with open_store(database_url) as other:
        applied(other, replace(full, terms=()), make.now)
        assert store.configuration().terms == ()
        applied(other, full, make.now)
    assert store.configuration() == before


def test_what_a_restored_backup_brought_is_not_taken_for_what_was_there(tmp_path, make, full):
    with (
        open_store(f"sqlite:///{tmp_path / 'own.db'}") as store,
        open_store(f"sqlite:///{tmp_path / 'other.db'}") as other,
    ):
        applied(store, full, make.now)
        applied(other, replace(full, terms=()), make.now + timedelta(minutes=1))
        other.backup(tmp_path / "backup.db")
        assert store.configuration().terms
        store.restore(tmp_path / "backup.db")
        assert store.config_version() == 1
        assert store.configuration().terms == ()
