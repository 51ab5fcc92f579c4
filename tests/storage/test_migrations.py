"""A database of an earlier release opens with all that was in it, or is refused and stays as it was."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, create_engine, make_url, text

from storage import BackfillState, open_store
from storage.opening import REVISIONS, VERSION_TABLE, alembic_config
from wirewatch.candidates import Lexeme
from wirewatch.errors import StorageError
from wirewatch.model import DeliveryState, Origin, Visibility


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: Any, databases: Any, tmp_path: Path) -> str:
    url: str = databases.empty(request.param, tmp_path)
    return url


def engine_of(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg"))


def filled(connection: Connection, make: Any) -> None:
    """Rows as the first release wrote them, in every table of it: nothing here knows later columns."""
    tables = MetaData()
    tables.reflect(connection)
    sqlite = connection.dialect.name == "sqlite"
    now = make.now.replace(tzinfo=None) if sqlite else make.now

    def add(to_table: str, **row: Any) -> None:
        connection.execute(tables.tables[to_table].insert().values(row))

    key, other = make.key("a"), make.key("b")
    configuration = {"channels": [{"name": "desk", "url": "screen://"}], "sources": [], "concepts": [], "terms": []}
    configuration["sources"] = [{"name": "wire", "kind": "feed", "location": "https://wire.example/rss"}]
    configuration["terms"] = [{"name": "Taliban", "query": "taliban", "version": 2, "channels": ["desk"]}]
    add("configuration", id=1, version=3, applied_at=now, content=configuration)
    for version in (1, 2):
        add("term_version", name="Taliban", version=version, query="q", definition="taliban", applied_at=now)
    source = {"active": True, "paused": False, "host_hash": 7, "cursor": {"etag": '"1"'}, "failures": 0}
    settings = {"name": "wire", "kind": "feed", "location": "https://wire.example/rss"}
    add("source", name="wire", settings=settings, next_due=now, lease_number=4, **source)
    add("file_stamp", source="inbox", path_key=b"k", path=b"a.txt", modified_ns=1, size=2, article_key=key)
    for each, title in ((key, "Headline a"), (other, "Headline b")):
        add(
            "article",
            key=each,
            url="https://news.example/a",
            title=title,
            source="wire",
            fetched_at=now,
            fingerprint=each,
            published_from="feed",
            body_from="page",
            dated_at=now,
            revision=1,
            blocks=[["headline", title], ["body", "The Taliban were delisted."]],
        )
    add("article_alias", alias=make.key("alias"), article_key=key)
    item = {"source": "wire", "url": "https://news.example/b", "media_type": "text/html", "raw": ""}
    item["fetched_at"] = make.now.isoformat()
    add("pending_page", article_key=other, source="wire", item=item, raw=b"<p>", attempts=1, next_at=now, error="503")
    match = {"zone": "body", "passage": "The Taliban were delisted.", "marks": [[4, 11]], "spans": [[1, 4, 11]]}
    hit = {"visibility": "live", "origin": "poll", "found_at": now, "matches": [match | {"reason": "word Taliban"}]}
    add("hit", article_key=key, term="Taliban", term_version=2, held=False, **hit)
    add("hit", article_key=other, term="Taliban", term_version=1, held=True, **(hit | {"origin": "backfill"}))
    delivery = {"channel": "desk", "kind": "alert", "created_at": now, "maybe_repeat": True, "accepted": ["x"]}
    add("delivery", key=b"d", state="pending", attempts=2, next_at=now, **delivery)
    add("delivery_hit", delivery_key=b"d", position=0, article_key=key, term="Taliban")
    add("delivery_attempt", delivery_key=b"d", attempt=1, claimed_at=now, outcome="failed", detail="503")
    add("run", kind="poll", started_at=now, finished_at=now, counts={"read": 1}, failures=[])
    for docid, each in enumerate((key, other), 1):
        words = "delisted taliban"
        if sqlite:
            row = {"docid": docid, "key": each, "packed": zlib.compress(words.encode(), 1), "words": words}
            connection.execute(text("INSERT INTO search_article VALUES (:docid, :key, :packed, 1)"), row)
            connection.execute(text("INSERT INTO search_lexeme (rowid, lexemes) VALUES (:docid, :words)"), row)
        else:
            made = "array_to_tsvector(string_to_array(:words, ' '))"
            statement = text(f"INSERT INTO search_article VALUES (:key, {made}, 1)")
            connection.execute(statement, {"key": each, "words": words})


def made_at(url: str, revision: str, make: Any) -> None:
    config = alembic_config()
    with engine_of(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        filled(connection, make)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_database_of_an_earlier_release_opens_with_all_that_was_in_it(
    empty_url: str, make: Any, revision: str
) -> None:
    made_at(empty_url, revision, make)
    with open_store(empty_url) as store:
        assert store.check() == []
        configuration = store.configuration()
        assert configuration is not None
        assert [(term.name, term.version) for term in configuration.terms] == [("Taliban", 2)]
        [claimed] = store.claim_sources(make.now, lease=make.lease, limit=9)
        assert (claimed.source.location, claimed.cursor.etag, claimed.lease_number) == (
            "https://wire.example/rss",
            '"1"',
            5,
        )
        found = {each.article.title: each.hit for each in store.hits()}
        assert found["Headline a"].matches[0].passage == "The Taliban were delisted."
        assert (found["Headline a"].term_version, found["Headline a"].visibility) == (2, Visibility.LIVE)
        assert found["Headline b"].origin is Origin.BACKFILL
        assert store.article(make.key("alias")) == store.article(make.key("a"))
        assert [len(articles) for articles in store.archive(Lexeme("taliban"), 1)] == [2]
        [page] = store.due_pages(make.now, 9)
        assert (page.item.url, page.attempts) == ("https://news.example/b", 1)
        [delivery] = store.deliveries()
        assert (delivery.state, delivery.maybe_repeat, delivery.accepted) == (DeliveryState.PENDING, True, ("x",))
        assert len(store.delivery_attempts(b"d")) == 1
        [claimed_delivery] = store.claim_deliveries(make.now, lease=make.lease, limit=9)
        assert len(claimed_delivery.found) == 1
        assert [run.counts for run in store.last_runs()] == [{"read": 1}]
        assert store.plan_held(lambda hits, *_: make.plan(hits))  # what the first release held is still told

        number = store.add_backfill({}, {}, [], make.now, make.lease)
        store.end_backfill(number, BackfillState.DONE, make.now)
        assert store.forget_articles(make.now + timedelta(days=1), make.now) == 0
        assert len(make.stored(store, "c")) == 1


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_url: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_at(empty_url, REVISIONS[0], make)
    before = contents(empty_url)
    from alembic import op

    def full(*_: Any, **__: Any) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="the disk is full"):
        patch.setattr(op, "create_index", full)
        open_store(empty_url)
    assert contents(empty_url) == before
    with open_store(empty_url) as store:
        assert store.counts().articles == 2


def contents(url: str) -> dict[str, str]:
    """A digest of each table's rows."""
    tables = MetaData()
    with engine_of(url).connect() as connection:
        tables.reflect(connection)
        return {
            name: hashlib.sha256(
                json.dumps(sorted(map(repr, connection.execute(table.select()).all()))).encode()
            ).hexdigest()
            for name, table in tables.tables.items()
            if not name.startswith("search_lexeme") or name == VERSION_TABLE
        }
