"""The watch of `soak.watch` as fixtures: every cycle begins with a copy of one database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from soak.databases import Fresh, Postgres, Sqlite
from soak.desk import Desk
from soak.watch import Watch, prepared, settings, with_later_term


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.stop()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, where there is one: killing a process takes nothing from a disk that was not written yet."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path_factory.mktemp("watch")
        return
    with TemporaryDirectory(prefix="wirewatch-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def watch(folder: Path, desk: Desk) -> Iterator[Watch]:
    with prepared(folder, desk, settings(desk)) as watch:
        yield watch


@pytest.fixture(scope="session")
def on_sqlite(watch: Watch, folder: Path) -> Fresh:
    """Makes a database to which the configuration is applied, and on which nothing ran yet."""
    return Sqlite(folder).copies(watch.apply)


@pytest.fixture(scope="session")
def on_postgres(postgres: str, watch: Watch) -> Fresh:
    """The same on a real Postgres."""
    return Postgres(postgres).copies(watch.apply)


@pytest.fixture(scope="session")
def archived(watch: Watch, folder: Path, on_sqlite: Callable[[], str]) -> Fresh:
    """Makes a database whose articles have been polled and told, and to which a term was added since."""
    watch.begin(on_sqlite)
    watch.cycle([])
    later = with_later_term(watch.settings)
    return Sqlite(folder).copies(lambda url: watch.apply(url, later), of=watch.database)
