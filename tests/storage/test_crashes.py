"""A process may be killed, a disk may be full or locked: all of a batch is stored, or nothing of it."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, make_url

from storage import Batch, open_store
from wirewatch.errors import StorageError
from wirewatch.model import Cursor, FileStamp


def die(*_args):
    os.kill(os.getpid(), signal.SIGKILL)


def whole_batch(make, lease_number):
    cursor = Cursor(etag="moved", files={"a.txt": FileStamp(1, 1)})
    progress = make.progress("wire", lease_number, cursor=cursor)
    return Batch([make.indexed("a"), make.indexed("b")], [make.hit("a"), make.hit("b", "x")], [progress])


def test_killed_at_any_statement_nothing_is_stored_and_the_next_run_stores_all(database_url, make, in_processes):
    with open_store(database_url) as store:
        store.apply(make.configuration(make.source("wire")), {}, make.now)
        store.write(Batch([make.indexed("a", "An old text.")]), make.plan)
        [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)
    batch = whole_batch(make, claim.lease_number)

    def killed_at(statement):
        """Write the batch, but die before this statement, or before the commit that comes after the last one."""
        seen = []

        def count(*_args):
            seen.append(1)
            if len(seen) == statement:
                die()

        with open_store(database_url) as store:
            event.listen(Engine, "before_cursor_execute", count)
            event.listen(Engine, "commit", count)
            return store.write(batch, make.plan).new_articles

    statement = 1
    while in_processes(lambda _number: killed_at(statement)) == [None]:  # noqa: B023 (it runs at once)
        with open_store(database_url) as store:
            counts = store.counts()
            assert (counts.articles, counts.live_hits, sum(counts.deliveries.values())) == (1, 0, 0)
            assert store.article(make.key("a")) == make.article("a", "An old text.")
            assert store.file_article("wire", "a.txt") is None
        statement += 1
    assert statement > 10, "the batch takes more statements than that"
    with open_store(database_url) as store:
        counts = store.counts()
        assert (counts.articles, counts.live_hits, sum(counts.deliveries.values())) == (2, 2, 2)
        [claim] = store.claim_sources(make.now + timedelta(days=1), lease=make.lease, limit=1)
        assert claim.cursor.etag == "moved"


def test_killed_after_the_commit_everything_is_stored(database_url, make, in_processes):
    with open_store(database_url) as store:
        store.apply(make.configuration(make.source("wire")), {}, make.now)
        [claim] = store.claim_sources(make.now, lease=make.lease, limit=1)

    def work(_number):
        open_store(database_url).write(whole_batch(make, claim.lease_number), make.plan)
        die()

    assert in_processes(work) == [None]
    with open_store(database_url) as store:
        assert (store.counts().articles, len(store.deliveries())) == (2, 2)


def test_killed_between_claim_and_mark_the_delivery_is_flagged(database_url, make, in_processes):
    with open_store(database_url) as store:
        make.stored(store, "a")

    def work(_number):
        open_store(database_url).claim_deliveries(make.now, lease=make.lease, limit=1)
        die()

    assert in_processes(work) == [None]
    with open_store(database_url) as store:
        assert store.due_channels(make.now) == ["desk"], "nobody waits for the lease of a process that is dead"
        [claim] = store.claim_deliveries(make.now, lease=make.lease, limit=1)
        assert claim.delivery.maybe_repeat
        assert store.claim_deliveries(make.now, lease=make.lease, limit=1) == [], "we hold it, and we live"


def test_killed_while_reading_the_source_is_free_at_once(database_url, make, in_processes):
    with open_store(database_url) as store:
        store.apply(make.configuration(make.source("wire")), {}, make.now)

    def work(_number):
        open_store(database_url).claim_sources(make.now, lease=make.lease, limit=1)
        die()

    assert in_processes(work) == [None]
    with open_store(database_url) as store:
        assert len(store.claim_sources(make.now, lease=make.lease, limit=1)) == 1
        assert store.claim_sources(make.now, lease=make.lease, limit=1) == []


def lock_all(database_url):
    """Lock the database against writers; gives what ends the lock."""
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(make_url(database_url).database, isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN EXCLUSIVE")
    else:
        import psycopg

        connection = psycopg.connect(database_url)
        connection.execute("LOCK TABLE article, source, delivery IN ACCESS EXCLUSIVE MODE")
    return lambda: (connection.rollback(), connection.close())


def test_a_database_locked_for_long_is_an_error_and_nothing_is_lost(database_url, make, no_plan):
    with open_store(database_url, patience=0.2) as store:
        unlock = lock_all(database_url)
        with pytest.raises(StorageError, match="locked by another process") as error:
            store.write(Batch([make.indexed()]), no_plan)
        assert "INSERT" not in str(error.value)
        unlock()
        assert store.write(Batch([make.indexed()]), no_plan).new_articles == 1


def test_a_writer_waits_for_a_short_lock(database_url, make, no_plan):
    with open_store(database_url, patience=60) as store:
        unlock = lock_all(database_url)
        timer = threading.Timer(0.3, unlock)
        timer.start()
        assert store.write(Batch([make.indexed()]), no_plan).new_articles == 1
        timer.join()


def test_a_full_disk_is_an_error_and_nothing_is_lost(databases, make, in_processes, tmp_path):
    url = databases.ready("sqlite", tmp_path)
    with open_store(url) as store:
        make.stored(store, "before")

    def work(_number):
        with open_store(url) as store:
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
            large = [make.indexed(str(number), f"{number} " * 20_000) for number in range(20)]
            try:
                store.write(Batch(large), make.plan)
            except StorageError as error:
                return str(error)
        return "it was written"

    [message] = in_processes(work)
    assert "disk" in message
    assert "free some space" in message
    with open_store(url) as store:
        assert (store.counts().articles, len(store.deliveries())) == (1, 1)
        assert len(make.stored(store, "after")) == 1
    with sqlite3.connect(make_url(url).database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_read_only_database_is_an_error(databases, make, in_processes):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.ready("sqlite", folder)
        with open_store(url) as store:
            make.stored(store, "before")
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)

        def work(_number):
            if os.geteuid() == 0:  # who may write whatever its permissions say
                os.setuid(65534)
            try:
                with open_store(url) as store:
                    make.stored(store, "after")
            except StorageError as error:
                return str(error)
            return "it was written"

        [message] = in_processes(work)
        folder.chmod(0o755)
        assert "permission to write" in message or "may be written" in message
        with open_store(url) as store:
            assert store.counts().articles == 1
