"""The deployments on a Prefect server: registered, run by hand, freed of what a killed worker left half-way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

import flows
from flows import engine
from flows.entrypoints import deployment_names
from flows.request import Request, Runner, flow_parameters
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

WORK_POOL = "wirewatch"
POLL = "poll"
Say = Callable[[str], None]
Answer = TypeVar("Answer")


def deployments_file() -> Path:
    """The prefect.yaml of this installation: in the source tree, or packed beside the flows."""
    package = Path(flows.__file__).parent
    for candidate in (package.parent / "prefect.yaml", package / "prefect.yaml"):
        if candidate.is_file():
            return candidate
    raise WirewatchError("prefect.yaml is missing from this installation; install wirewatch again")


def deploy(
    settings: Settings,
    say: Say,
    file: Path | None = None,
    shards: int = 1,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Register every deployment of `file`, `poll` once for each shard; again changes nothing. Needs PREFECT_API_URL.

    `stopped` is asked meanwhile, and ends it.
    """
    file = file or deployments_file()
    engine.prepare(settings)
    names = deployment_names(file)
    _ask(_make_pool())
    with TemporaryDirectory(prefix="wirewatch-") as folder:
        if shards > 1:
            file, names = _sharded(file, shards, Path(folder) / "prefect.yaml")
        _prefect(["--no-prompt", "deploy", "--all", "--prefect-file", str(file)], stopped)
    gone = _ask(_forget_polls([name for name in names if name.startswith(POLL)]))
    say(f"deployed {', '.join(names)} to work pool {WORK_POOL}")
    if gone:
        say(f"removed {', '.join(gone)}, which other shards have replaced")


def _sharded(file: Path, shards: int, target: Path) -> tuple[Path, list[str]]:
    """The deployments with one `poll` for each shard of the sites."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    deployments = []
    for deployment in content["deployments"]:
        if deployment["name"] != POLL:
            deployments.append(deployment)
            continue
        for shard in range(shards):
            parameters = {**deployment.get("parameters", {}), "shard": f"{shard}/{shards}"}
            deployments.append({**deployment, "name": f"{POLL}-{shard + 1}-of-{shards}", "parameters": parameters})
    target.write_text(yaml.safe_dump({**content, "deployments": deployments}), encoding="utf-8")
    return target, [deployment["name"] for deployment in deployments]


def start_backfill(settings: Settings, request: Request, resume: int | None, runner: Runner) -> str:
    """Start a run of the backfill deployment and return its name; it does not wait for it."""
    engine.prepare(settings)
    return start_run("backfill", flow_parameters(request, resume, runner))


def start_run(name: str, parameters: dict[str, Any] | None = None) -> str:
    """Start a run of the deployment `name` and return the run's name; WirewatchError where it is not deployed."""
    return _ask(_start_run(name, parameters or {}))


def start_unless_there(name: str, soon: timedelta) -> str | None:
    """Start a run of the deployment `name` where none is at work, nor to begin as `soon` as that; its name."""
    return _ask(_start_unless_there(name, soon))


def close_unfinished() -> int:
    """Call every unfinished run of our work pool crashed, and return how many there were. No worker may be at work.

    A deployment has one slot. A run whose worker was killed keeps it, across restarts of the server: each run to
    come would be cancelled.
    """
    return _ask(_close_unfinished())


def _ask(question: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(question)


@asynccontextmanager
async def server() -> AsyncIterator[PrefectClient]:
    """A client of the server at PREFECT_API_URL, which must be set and answer."""
    if not os.environ.get("PREFECT_API_URL"):
        raise WirewatchError(
            "PREFECT_API_URL is not set: deployments live on a Prefect server. Start one with `prefect server start` "
            "and set PREFECT_API_URL=http://127.0.0.1:4200/api, or use `wirewatch up`, which does it all"
        )
    async with engine.connected() as client:
        yield client


async def _make_pool() -> None:
    from flows.setting_up import make_pool

    async with server() as client:
        await make_pool(client)


async def _forget_polls(kept: Sequence[str]) -> list[str]:
    """Delete the deployments of the poll that are not of this number of shards: each site would be polled twice."""
    from prefect.client.schemas import filters

    wanted = filters.FlowFilter(name=filters.FlowFilterName(any_=[POLL]))
    async with server() as client:
        there = await client.read_deployments(flow_filter=wanted)
        gone = [each for each in there if each.name not in kept and "wirewatch" in each.tags]
        for deployment in gone:
            await client.delete_deployment(deployment.id)
        return [deployment.name for deployment in gone]


async def _start_run(name: str, parameters: dict[str, Any]) -> str:
    async with server() as client:
        deployment = await _deployment(client, name)
        return (await client.create_flow_run_from_deployment(deployment.id, parameters=parameters)).name


async def _start_unless_there(name: str, soon: timedelta) -> str | None:
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import TERMINAL_STATES, StateType

    alive = filters.FlowRunFilterStateType(any_=sorted(set(StateType) - TERMINAL_STATES))
    async with server() as client:
        deployment = await _deployment(client, name)
        due = filters.FlowRunFilterExpectedStartTime(before_=utc_now() + soon)
        there = filters.FlowRunFilter(state=filters.FlowRunFilterState(type=alive), expected_start_time=due)
        these = filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment.id]))
        if await client.read_flow_runs(flow_run_filter=there, deployment_filter=these, limit=1):
            return None
        return (await client.create_flow_run_from_deployment(deployment.id)).name


async def _deployment(client: PrefectClient, name: str) -> DeploymentResponse:
    from prefect.exceptions import ObjectNotFound

    try:
        return await client.read_deployment_by_name(f"{name}/{name}")
    except ObjectNotFound:
        raise WirewatchError(f"{name} is not deployed on this server; run `wirewatch deploy` first") from None


async def _close_unfinished() -> int:
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    unfinished = filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    async with server() as client:
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
