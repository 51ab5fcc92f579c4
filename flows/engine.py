"""Prefect's embedded engine: flows as real flow runs on this machine, with nothing else to start."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from flows.outbox import DeliveryReport
from wirewatch.settings import Settings

_ENGINE_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


def prepare(settings: Settings) -> None:
    """Set the environment that Prefect reads when it is imported; call it before that. What is set stays."""
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    os.environ["WIREWATCH_DATABASE_URL"] = settings.resolved_database_url()
    os.environ.setdefault("PREFECT_HOME", str(settings.state_folder / "prefect"))
    for name, value in _ENGINE_DEFAULTS.items():
        os.environ.setdefault(name, value)


async def run_once(say: Callable[[str], None]) -> DeliveryReport:
    """Run the `poll` and `deliver` flows once; their reports as one. `say` hears what is going on."""
    from flows.deliver import deliver
    from flows.poll import poll

    # The engine's recorder of events may lose its connection when the process ends after success.
    logging.getLogger("prefect.events").setLevel(logging.CRITICAL)
    say("starting Prefect's engine, then polling the sources")
    report = await poll()
    say("delivering")
    rest = await deliver()
    report.merge(rest)
    report.sent += rest.sent
    return report
