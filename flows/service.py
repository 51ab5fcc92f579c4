"""Prefect as a service: deployments, manual runs, and server, schedules and worker on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import flows
from flows import engine
from flows.archive import Notify
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings

WORK_POOL = "wirewatch"
SERVER_START_SECONDS = 120
STOP_SECONDS = 15
Say = Callable[[str], None]


def deployments_file() -> Path:
    """The prefect.yaml of this installation: in the source tree, or packed beside the flows."""
    package = Path(flows.__file__).parent
    for candidate in (package.parent / "prefect.yaml", package / "prefect.yaml"):
        if candidate.is_file():
            return candidate
    raise WirewatchError("prefect.yaml is missing from this installation; install wirewatch again")


def deploy(settings: Settings, say: Say) -> None:
    """Create the work pool and register every deployment; again changes nothing. Needs PREFECT_API_URL."""
    engine.prepare(settings)
    _need_api()
    _prefect(["work-pool", "create", WORK_POOL, "--type", "process", "--overwrite"])
    _prefect(["--no-prompt", "deploy", "--all", "--prefect-file", str(deployments_file())])
    say(f"deployed poll and deliver (every minute) and backfill (by hand) to work pool {WORK_POOL}")


def start_backfill(
    settings: Settings,
    terms: Sequence[str] | None,
    sources: Sequence[str] | None,
    since: str | None,
    until: str | None,
    notify: Notify,
    dry_run: bool,
) -> str:
    """Start a run of the backfill deployment and return its name; it does not wait for it."""
    engine.prepare(settings)
    _need_api()
    from prefect.deployments import arun_deployment

    parameters = {
        "terms": list(terms or ()) or None,
        "sources": list(sources or ()) or None,
        "since": since,
        "until": until,
        "notify": notify.value,
        "dry_run": dry_run,
    }
    started = asyncio.run(arun_deployment("backfill/backfill", parameters=parameters, timeout=0))
    return str(started.name)


def run(settings: Settings, host: str, port: int, say: Say) -> int:
    """Run server, schedules and worker until a signal or until one of them ends; the exit code."""
    os.environ["PREFECT_API_URL"] = f"http://{host}:{port}/api"
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    engine.prepare(settings)
    stop = _StopOnSignal()
    children: list[subprocess.Popen[bytes]] = []
    try:
        say("starting Prefect's server …")
        children.append(_spawn(["server", "start", "--host", host, "--port", str(port)]))
        if not _server_answers(children[0], stop):
            return 0 if stop.requested else 1
        deploy(settings, say)
        children.append(_spawn(["worker", "start", "--pool", WORK_POOL, "--name", "wirewatch-up"]))
        say(f"watching. Runs and reports: http://{host}:{port}  (Ctrl-C stops everything)")
        while not stop.requested:
            if any(child.poll() is not None for child in children):
                say("a part of Prefect ended by itself; stopping (its last lines are above)")
                return 1
            time.sleep(0.2)
        return 0
    finally:
        say("stopping …")
        for child in reversed(children):
            _end(child)
        say("stopped")


class _StopOnSignal:
    """Remembers that SIGINT or SIGTERM came, so that the children can be ended in order."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True


def _need_api() -> None:
    if not os.environ.get("PREFECT_API_URL"):
        raise WirewatchError(
            "PREFECT_API_URL is not set: deployments live on a Prefect server. Start one with `prefect server start` "
            "and set PREFECT_API_URL=http://127.0.0.1:4200/api, or use `wirewatch up`, which does it all"
        )


def _prefect(arguments: Sequence[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).split())[-500:]
        raise WirewatchError(f"`prefect {' '.join(arguments)}` failed: {said}")


def _spawn(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a part of Prefect in a session of its own: a Ctrl-C on the terminal reaches us only, and we end it."""
    return subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments], stdin=subprocess.DEVNULL, start_new_session=True
    )


def _server_answers(server: subprocess.Popen[bytes], stop: _StopOnSignal) -> bool:
    health = os.environ["PREFECT_API_URL"] + "/health"
    deadline = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < deadline and server.poll() is None and not stop.requested:
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310 - our own server's address
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL to what is left of its session when it does not end in time."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    child.wait(STOP_SECONDS)
