"""Databases to test on, SQLite and a real Postgres, and things to put into them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from storage import Batch, Indexed, Plan, Progress, Store, nothing, open_store, tables
from storage.opening import REVISIONS, VERSION_TABLE
from wirewatch.config import Configuration
from wirewatch.identity import digest
from wirewatch.model import (
    Article,
    Block,
    Cursor,
    Delivery,
    DeliveryKind,
    Hit,
    Match,
    Origin,
    Source,
    SourceKind,
    Span,
    Term,
    Visibility,
    Zone,
)
from wirewatch.telling import Planned

VERSION = 1
NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
LEASE = timedelta(minutes=5)
_numbers = itertools.count()


class Databases:
    """Makes databases: empty ones, and such that have the schema already, which is faster than migrating."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        self._kept: dict[str, str] = {}

    def empty(self, kind: str, folder: Path) -> str:
        """The address of a database, "sqlite" or "postgres", without any table."""
        if kind == "sqlite":
            return f"sqlite:///{folder / 'wirewatch.db'}"
        server = self._request.getfixturevalue("postgres")
        name = f"wirewatch_{next(_numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    def ready(self, kind: str, folder: Path) -> str:
        """The address of a database with our tables and no rows; on Postgres it is the same one every time."""
        if kind not in self._kept:
            self._kept[kind] = self.empty(kind, self._folder)
            open_store(self._kept[kind]).close()
        if kind == "sqlite":
            copy = folder / "wirewatch.db"
            shutil.copy(make_url(self._kept[kind]).database or "", copy)
            return f"sqlite:///{copy}"
        with psycopg.connect(self._kept[kind]) as connection:
            names = [*(table.name for table in tables.SQLModel.metadata.sorted_tables), "search_article"]
            connection.execute(f"TRUNCATE {', '.join(names)}")
            connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{REVISIONS[-1]}'")
        return self._kept[kind]


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(request, tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> str:
    """The address of a database without any rows: every test that asks for it runs on both kinds."""
    return databases.ready(request.param, tmp_path)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with open_store(database_url, patience=10) as opened:
        yield opened


class Make:
    """Values with everything that a test does not care about filled in."""

    now = NOW
    lease = LEASE

    @staticmethod
    def key(name: str) -> bytes:
        return digest("test", name)

    def article(self, name: str = "a", text: str = "The Taliban were delisted.", **fields: Any) -> Article:
        blocks = (Block(f"Headline {name}", Zone.HEADLINE), Block(text, Zone.BODY))
        defaults: dict[str, Any] = {
            "key": self.key(name),
            "url": f"https://news.example/{name}",
            "title": f"Headline {name}",
            "blocks": blocks,
            "source": "wire",
            "fetched_at": NOW,
            "fingerprint": digest("text", text),
        }
        return Article(**(defaults | fields))

    def indexed(self, name: str = "a", text: str = "The Taliban were delisted.", **fields: Any) -> Indexed:
        return Indexed(self.article(name, text, **fields), frozenset(text.lower().strip(".").split()), VERSION)

    def hit(self, name: str = "a", term: str = "Taliban", **fields: Any) -> Hit:
        match = Match(term, Zone.BODY, "The Taliban were delisted.", ((4, 11),), (Span(1, 4, 11),), "word Taliban")
        defaults: dict[str, Any] = {
            "article_key": self.key(name),
            "term": term,
            "term_version": 1,
            "matches": (match,),
            "visibility": Visibility.LIVE,
            "origin": Origin.POLL,
            "found_at": NOW,
        }
        return Hit(**(defaults | fields))

    def source(self, name: str = "wire", **fields: Any) -> Source:
        defaults: dict[str, Any] = {"kind": SourceKind.FEED, "location": f"https://{name}.example/rss"}
        return Source(name, **(defaults | fields))

    def configuration(self, *sources: Source, terms: Sequence[Term] = (), **fields: Any) -> Configuration:
        return Configuration(sources=sources, terms=tuple(terms), **fields)

    def progress(self, source: str, lease_number: int, **fields: Any) -> Progress:
        defaults: dict[str, Any] = {
            "cursor": Cursor(etag='"1"'),
            "next_due": NOW + timedelta(minutes=15),
            "failure": None,
            "at": NOW,
        }
        return Progress(source=source, lease_number=lease_number, **(defaults | fields))

    def delivery(self, *hits: Hit, channel: str = "desk", **fields: Any) -> Delivery:
        told = tuple((hit.article_key, hit.term) for hit in hits)
        key = digest(channel, *(part for article_key, term in told for part in (article_key, term)))
        defaults: dict[str, Any] = {"kind": DeliveryKind.ALERT, "created_at": NOW}
        return Delivery(key=key, channel=channel, hits=told, **(defaults | fields))

    def plan(self, hits: Sequence[Hit], _look: Any = None) -> Planned:
        """One delivery a hit, for the channel `desk`."""
        return Planned(tuple(self.delivery(hit) for hit in hits))

    def mark_sent(self, store: Store, key: bytes, attempt: int, now: datetime, said: str) -> bool:
        """Mark one as sent, and claim none after it."""
        marked, claimed = store.mark_sent(key, attempt, now, said, lease=LEASE, next_of="nobody")
        assert not claimed
        return marked

    def stored(self, store: Store, *names: str, **fields: Any) -> list[Delivery]:
        """Store articles, each with a hit and its delivery; gives the deliveries."""
        batch = Batch([self.indexed(name, **fields) for name in names], [self.hit(name) for name in names])
        return list(store.write(batch, self.plan).deliveries)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def no_plan() -> Plan:
    """A policy that tells nobody."""
    return nothing


Work = Callable[[int], Any]


@pytest.fixture(scope="session")
def in_processes() -> Callable[..., list[Any]]:
    """Run a function in forked processes; gives what it returned in each, None where killed.

    They start together, and end together too, as what an ended process has claimed is free for the others. The
    function gets the number of its process; what it returns must be JSON.
    """

    def run(work: Work, count: int = 1) -> list[Any]:
        (start_read, start_write), (end_read, end_write) = os.pipe(), os.pipe()
        ends = (start_read, start_write, end_read, end_write)
        children = [_forked(work, number, *ends) for number in range(count)]
        for end in ends[:3]:
            os.close(end)
        results = []
        for _, result in children:
            with os.fdopen(result) as answer:
                text = answer.read()
            results.append(json.loads(text) if text else None)
        os.close(end_write)
        for child, _ in children:
            os.waitpid(child, 0)
        return results

    return run


def _forked(
    work: Work, number: int, start_read: int, start_write: int, end_read: int, end_write: int
) -> tuple[int, int]:
    result_read, result_write = os.pipe()
    child = os.fork()
    if child:
        os.close(result_write)
        return child, result_read
    try:
        os.close(start_write)
        os.close(end_write)
        os.read(start_read, 1)  # until all are there
        os.write(result_write, json.dumps(work(number)).encode())
        os.close(result_write)
        os.read(end_read, 1)  # until all are done
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)  # neither pytest's nor the server's exit handlers are the child's to run
