"""Prefect's server, the schedules and a worker on one machine: `wirewatch up`."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import IO

import alerts
from flows import deploying, engine, outbox, setting_up, watching
from flows.deploying import WORK_POOL, Say
from flows.opening import open_database
from flows.waking import FolderWatch
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError
from wirewatch.secrets import redact
from wirewatch.settings import Settings

SERVER_START_SECONDS = 120
ROUND_SECONDS = 300
RUNS_AT_ONCE = 8
"""More than there are deployments. Without a limit a worker that was away takes all that is late at once, and the
requests that wait for the lock of the server's SQLite use up its fifteen connections: then it answers nobody."""
BRIDGED = timedelta(minutes=15)
"""How long `up` itself starts a poll again that crashed. Prefect holds back the events of runs that it scheduled less
than five minutes ahead, as after a first deployment: its automation learns of their crash a quarter of an hour late."""
BRIDGE_SECONDS = 10
SUCCEEDED_WITHIN = timedelta(seconds=30)
"""A poll that leaves has a successor that is due sooner than this."""
STOP_SECONDS = 6
"""How long the worker, then the server, may take to end; what is left of them is killed."""

_PR_SET_PDEATHSIG = 1
_SERVICE_DEFAULTS = {
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",  # the terminal shows alerts and failures; Prefect keeps it all
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PYTHONSAFEPATH": "1",  # else what Prefect does after a crash takes a storage.py beside its script for our room
}


def run(settings: Settings, host: str, port: int, pages_port: int, new_terms: Sequence[str], say: Say) -> int:
    """Run server, schedules and worker until a signal or until one of them ends; the exit code.

    `new_terms` are taken through the archive meanwhile.
    """
    _need_free_port(host, port)
    os.environ["PREFECT_API_URL"] = f"http://{host}:{port}/api"
    for name, value in _SERVICE_DEFAULTS.items():
        os.environ.setdefault(name, value)
    engine.prepare(settings)
    stop = _StopOnSignal()
    parts: list[subprocess.Popen[bytes]] = []
    try:
        return _run_parts(parts, settings, stop, host, port, pages_port, new_terms, say)
    except WirewatchError:
        if stop.requested:  # what was under way has failed because it was to stop
            return 0
        raise
    finally:
        say("stopping …")
        for part in reversed(parts):  # the worker first: without its server it would hang
            _end(part)
        say("stopped")


def _run_parts(
    parts: list[subprocess.Popen[bytes]],
    settings: Settings,
    stop: _StopOnSignal,
    host: str,
    port: int,
    pages_port: int,
    new_terms: Sequence[str],
    say: Say,
) -> int:
    say("starting Prefect's server …")
    log = Path(os.environ["PREFECT_HOME"]).with_name("prefect-server.log")
    with log.open("wb") as output:
        parts.append(_spawn(["server", "start", "--host", host, "--port", str(port)], output))
    if not _server_answers(parts[0], stop):
        if not stop.requested:
            say(f"Prefect's server did not start; {log} says why")
        return 0 if stop.requested else 1
    deploying.deploy(settings, say, stopped=lambda: stop.requested)
    setting_up.set_up(settings, lambda _text: None)
    deploying.close_unfinished()
    deploying.start_run("poll")
    if new_terms:
        deploying.start_run("backfill", {"terms": list(new_terms)})
    parts.append(
        _spawn(["worker", "start", "--pool", WORK_POOL, "--name", "wirewatch-up", "--limit", str(RUNS_AT_ONCE)])
    )
    if pages := _pages(settings, pages_port, say):
        parts.append(pages)
    say(f"watching; the first poll starts now. Runs and reports: http://{host}:{port}  (Ctrl-C stops everything)")
    threading.Thread(target=_watch_over, args=(settings, stop, say), name="watchdog", daemon=True).start()
    threading.Thread(target=_bridge, args=(stop,), name="bridge", daemon=True).start()
    with FolderWatch(settings, say) as folders:
        while not stop.requested:
            if any(part.poll() is not None for part in parts):
                say(f"a part of Prefect ended by itself; the server's last lines are in {log}, the worker's above")
                return 1
            folders.wait(0.2)  # what has changed is due now, and the poll looks for what is due
    return 0


def _watch_over(settings: Settings, stop: _StopOnSignal, say: Say) -> None:
    """Rounds of the watchdog in this process, too: who watches the schedule must not depend on it."""
    alerts.install_log_redaction()
    while not stop.requested:
        try:
            with open_database(settings) as store:
                watching.watch(store, utc_now())
                asyncio.run(outbox.deliver(store, os.environ, utc_now))
        except Exception as error:  # whatever a round meets, this thread is the last to watch
            what = str(error) if isinstance(error, WirewatchError) else f"unexpected {type(error).__name__}: {error}"
            say(f"the watchdog's round failed, and is tried again: {redact(what)}")
        stop.wait(ROUND_SECONDS)


def _bridge(stop: _StopOnSignal) -> None:
    """Until Prefect hears of every run that crashes, start a poll wherever there is none."""
    until = time.monotonic() + BRIDGED.total_seconds()
    while not stop.requested and time.monotonic() < until:
        with contextlib.suppress(WirewatchError):  # asked again soon
            deploying.start_unless_there(deploying.POLL, SUCCEEDED_WITHIN)
        stop.wait(BRIDGE_SECONDS)


class _StopOnSignal:
    """Remembers that SIGINT or SIGTERM came, so that the parts can be ended in order."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)

    def wait(self, seconds: float) -> None:
        """Until a signal comes, or so long."""
        until = time.monotonic() + seconds
        while not self.requested and time.monotonic() < until:
            time.sleep(0.5)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True


def _need_free_port(host: str, port: int) -> None:
    """Wait a little: the parts of an `up` that was killed just now are about to end."""
    deadline = time.monotonic() + 2 * STOP_SECONDS
    while True:
        try:
            with socket.create_server((host, port)):
                return
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise WirewatchError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
        if time.monotonic() > deadline:
            raise WirewatchError(
                f"port {port} of {host} is in use already, perhaps by another `wirewatch up`; --port takes another port"
            )
        time.sleep(0.5)


def _pages(settings: Settings, port: int, say: Say) -> subprocess.Popen[bytes] | None:
    """The pages that links in alerts lead to, where links are wanted; they listen on this machine only."""
    with open_database(settings) as store:
        public_url = (store.configuration() or Configuration()).policy.public_url
    if not public_url:
        return None
    if why := alerts.why_no_links(public_url, os.environ):
        say(f"alerts carry no links: {why}")
        return None
    return _spawn(["pages", "--port", str(port), "--config", str(settings.config)], module="console")


def _spawn(
    arguments: Sequence[str], output: IO[bytes] | None = None, *, module: str = "prefect"
) -> subprocess.Popen[bytes]:
    """Start a part in a session of its own: a Ctrl-C on the terminal reaches us only, and we end it.

    Should we be killed, the system ends it.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_ends_with(os.getpid()),  # noqa: PLW1509 - no thread of ours holds a lock that it takes
    )


def _ends_with(parent: int) -> Callable[[], None] | None:
    """What a child does first to be sent SIGTERM when its parent ends, whatever ends it; None where only Linux can."""
    if not sys.platform.startswith("linux"):
        return None
    control = ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        control(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended in between
            os._exit(1)

    return bind


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


def _end(part: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL to whatever is left of it: flow runs live in sessions of their own."""
    family = [part.pid, *_descendants(part.pid)]
    if part.poll() is None:
        part.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            part.wait(STOP_SECONDS)
    for leader in family:  # no group is left where all went well; a group's number outlives its leader
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
    part.wait(STOP_SECONDS)


def _descendants(ancestor: int) -> list[int]:
    """The processes below one, as `ps` lists them, where there is a `ps`."""
    if not shutil.which("ps"):
        return []
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False)  # noqa: S607
    parents = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = [ancestor]
    for one in found:
        found += [pid for pid, parent in parents if parent == one]
    return found[1:]
