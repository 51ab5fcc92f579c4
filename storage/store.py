"""The store: everything that is kept, behind one value."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from storage.archive import Archive
from storage.backfills import Backfills
from storage.channels import Channels
from storage.configuration import Configurations
from storage.database import DEFAULT_PATIENCE, connect
from storage.documents import DocumentMemory
from storage.edge_memory import EdgeMemory
from storage.file_stamps import FileMemory
from storage.held_sites import HeldSites
from storage.opening import bring_up_to_date
from storage.outbox import Outbox
from storage.policy import PolicyMemory
from storage.polling import Polling
from storage.retention import Retention
from storage.sources import Sources
from storage.stories import Stories
from storage.turns import Turns
from storage.upkeep import Upkeep
from storage.wholeness import Wholeness
from storage.writing import Writing


class Store(
    Configurations,
    Polling,
    FileMemory,
    Turns,
    HeldSites,
    Sources,
    Writing,
    Archive,
    Outbox,
    Channels,
    PolicyMemory,
    Backfills,
    DocumentMemory,
    EdgeMemory,
    Stories,
    Retention,
    Wholeness,
    Upkeep,
):
    """What wirewatch knows, on SQLite or Postgres. Threads may share it; processes each open their own.

    All its methods raise StorageError, after which nothing was changed.
    """

    @property
    def place(self) -> str:
        """The database's address as users may see it, without a password."""
        return self._database.place

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, patience: float = DEFAULT_PATIENCE) -> Store:
    """Open a database, made or brought up to date where it has to be.

    `url` is sqlite:///FILE or postgresql://…; `patience`: seconds to wait for a lock of another process. Raises
    StorageError where the database cannot be reached, is locked for longer, is no database of wirewatch, or one of a
    newer wirewatch; then it is unchanged.
    """
    database = connect(url, patience)
    try:
        bring_up_to_date(database, patience)
    except BaseException:
        database.close()
        raise
    return Store(database)
