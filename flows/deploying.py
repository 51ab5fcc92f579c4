"""The deployments on a Prefect server: registered, run by hand, freed of what a killed worker left half-way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import flows
from flows import engine
from flows.entrypoints import deployment_names
from flows.request import Request, flow_parameters
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

WORK_POOL = "wirewatch"
Say = Callable[[str], None]
Answer = TypeVar("Answer")


def deployments_file() -> Path:
    """The prefect.yaml of this installation: in the source tree, or packed beside the flows."""
    package = Path(flows.__file__).parent
    for candidate in (package.parent / "prefect.yaml", package / "prefect.yaml"):
        if candidate.is_file():
            return candidate
    raise WirewatchError("prefect.yaml is missing from this installation; install wirewatch again")


def deploy(settings: Settings, say: Say, file: Path | None = None, stopped: Callable[[], bool] = lambda: False) -> None:
    """Create the work pool and register every deployment of `file`; again changes nothing. Needs PREFECT_API_URL.

    `stopped` is asked meanwhile, and ends it.
    """
    file = file or deployments_file()
    engine.prepare(settings)
    names = deployment_names(file)
    if not _ask(_pool_exists()):
        _prefect(["work-pool", "create", WORK_POOL, "--type", "process"], stopped)
    _prefect(["--no-prompt", "deploy", "--all", "--prefect-file", str(file)], stopped)
    say(f"deployed {', '.join(names)} to work pool {WORK_POOL}")


def start_backfill(settings: Settings, request: Request, resume: int | None = None) -> str:
    """Start a run of the backfill deployment and return its name; it does not wait for it."""
    engine.prepare(settings)
    return start_run("backfill", flow_parameters(request, resume))


def start_run(name: str, parameters: dict[str, Any] | None = None) -> str:
    """Start a run of the deployment `name` and return the run's name; WirewatchError where it is not deployed."""
    return _ask(_start_run(name, parameters or {}))


def close_unfinished() -> int:
    """Call every unfinished run of our work pool crashed, and return how many there were. No worker may be at work.

    A deployment has one slot. A run whose worker was killed keeps it, across restarts of the server: each run to
    come would be cancelled.
    """
    return _ask(_close_unfinished())


def _ask(question: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(question)


@asynccontextmanager
async def _server() -> AsyncIterator[PrefectClient]:
    """A client of the server at PREFECT_API_URL, which must be set and answer."""
    if not os.environ.get("PREFECT_API_URL"):
        raise WirewatchError(
            "PREFECT_API_URL is not set: deployments live on a Prefect server. Start one with `prefect server start` "
            "and set PREFECT_API_URL=http://127.0.0.1:4200/api, or use `wirewatch up`, which does it all"
        )
    async with engine.connected() as client:
        yield client


async def _pool_exists() -> bool:
    from prefect.exceptions import ObjectNotFound

    async with _server() as client:
        try:
            await client.read_work_pool(WORK_POOL)
        except ObjectNotFound:
            return False
        return True


async def _start_run(name: str, parameters: dict[str, Any]) -> str:
    from prefect.exceptions import ObjectNotFound

    async with _server() as client:
        try:
            deployment = await client.read_deployment_by_name(f"{name}/{name}")
        except ObjectNotFound:
            raise WirewatchError(f"{name} is not deployed on this server; run `wirewatch deploy` first") from None
        return (await client.create_flow_run_from_deployment(deployment.id, parameters=parameters)).name


async def _close_unfinished() -> int:
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    unfinished = filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    async with _server() as client:
        runs = await client.read_flow_runs(
            work_pool_filter=filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[WORK_POOL])),
            flow_run_filter=filters.FlowRunFilter(state=filters.FlowRunFilterState(type=unfinished)),
        )
        for run in runs:
            await client.set_flow_run_state(run.id, Crashed(message="its worker was stopped before it was done"))
        return len(runs)


def _prefect(arguments: Sequence[str], stopped: Callable[[], bool]) -> None:
    """Run one of Prefect's commands; WirewatchError with its last words where it fails or was stopped."""
    running = subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = ""
    while running.returncode is None:
        try:
            said, _ = running.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if stopped():
                running.kill()
    if running.returncode:
        raise WirewatchError(f"`prefect {' '.join(arguments)}` failed: {' '.join(said.split())[-500:]}")
