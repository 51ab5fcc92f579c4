"""A look at a source before it is watched."""

from __future__ import annotations

import connectors
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.config import load_file
from wirewatch.model import NetworkPolicy
from wirewatch.settings import Settings


async def preview_source(settings: Settings, address: str) -> connectors.Preview:
    """Fetch an address under the network policy in force and say what it is; FetchError if it cannot be fetched."""
    async with connectors.Http(_policy(settings), clock=utc_now) as http:
        return await connectors.preview(http, address)


def _policy(settings: Settings) -> NetworkPolicy:
    """The file's policy, else the applied one, else the strictest."""
    if settings.config.exists():
        return load_file(settings.config).configuration.network
    configuration = open_database(settings).configuration() if settings.database_exists() else None
    return configuration.network if configuration else NetworkPolicy()
