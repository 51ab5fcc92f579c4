"""What a Prefect worker does before a run: it says whether it can do the work at all."""

from __future__ import annotations

from flows.opening import open_database
from wirewatch import __version__


def check_in() -> dict[str, str]:
    """The deployments' pull step: nothing is pulled, as the code is installed; the database must be reachable.

    A worker on the wrong machine or without WIREWATCH_DATABASE_URL fails here, with the reason in the run's log.
    """
    store = open_database()
    try:
        return {"wirewatch": __version__, "configuration": str(store.config_version())}
    finally:
        store.close()
