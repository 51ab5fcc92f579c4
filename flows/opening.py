"""What every flow and verb opens first: the database and the network, as the environment says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import alerts
import connectors
import storage
from wirewatch.clock import utc_now
from wirewatch.errors import StorageError
from wirewatch.settings import Settings


def open_database(settings: Settings | None = None, *, must_exist: bool = True) -> storage.Store:
    """Open the configured database and migrate it; StorageError says where it was looked for.

    `must_exist` refuses to create an empty one: a worker started in the wrong folder would watch nothing.
    """
    settings = settings or Settings.from_environment()
    if must_exist and not settings.database_exists():
        raise StorageError(
            f"there is no database at {settings.resolved_database_url()}; set WIREWATCH_DATABASE_URL, "
            "or WIREWATCH_CONFIG to the configuration beside it, or create it with `wirewatch apply`"
        )
    return storage.open_store(settings.resolved_database_url())


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[storage.Store, connectors.Http]]:
    """The database and the network for one run of a flow; nothing of a secret reaches a log meanwhile."""
    alerts.install_log_redaction()
    store = open_database()
    configuration = store.configuration()
    try:
        if configuration is None:
            raise StorageError("no configuration has been applied to this database yet; run `wirewatch apply`")
        async with connectors.Http(configuration.network, clock=utc_now) as http:
            yield store, http
    finally:
        store.close()
