"""Prefect's embedded engine: flows as real flow runs on this machine, with nothing else to start."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flows.outbox import DeliveryReport
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

_ENGINE_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}

EVERY_SOURCE = 1_000_000


def prepare(settings: Settings) -> None:
    """Set the environment that Prefect reads when it is imported; call it before that. What is set stays."""
    os.environ["WIREWATCH_DATABASE_URL"] = settings.resolved_database_url()
    os.environ.setdefault("PREFECT_HOME", str(settings.state_folder / "prefect"))
    home = Path(os.environ["PREFECT_HOME"])
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WirewatchError(f"{home} cannot be made: {error.strerror or error}; PREFECT_HOME names another") from None
    for name, value in _ENGINE_DEFAULTS.items():
        os.environ.setdefault(name, value)


@asynccontextmanager
async def connected() -> AsyncIterator[PrefectClient]:
    """A client of the server at PREFECT_API_URL, else of the embedded engine; WirewatchError if it does not answer."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    try:
        client = get_client()
    except RuntimeError as error:
        raise WirewatchError(f"Prefect's embedded engine did not start: {error}") from None
    async with client:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):
            failure = await client.api_healthcheck()
        if failure:
            raise WirewatchError(
                f"no Prefect server answers at {client.api_url} ({str(failure) or type(failure).__name__}); "
                "start it with `prefect server start`, or mend PREFECT_API_URL"
            )
        yield client


async def run_once(say: Callable[[str], None]) -> DeliveryReport:
    """Run the `poll` and `deliver` flows once; their reports as one. `say` hears what is going on."""
    from flows.deliver import deliver
    from flows.poll import poll

    # The engine's recorder of events may lose its connection when the process ends after success.
    logging.getLogger("prefect.events").setLevel(logging.CRITICAL)
    say("starting Prefect's engine")
    async with connected():
        say("polling the sources")
        report = await poll(limit=EVERY_SOURCE)
        say("delivering")
        rest = await deliver()
    report.merge(rest)
    report.sent += rest.sent
    return report
