"""Flow runs on Prefect's server: old ones are let go, as its database grows by some 20 KB with each; stuck ones freed.

A run that holds its deployment's only slot and never ends would keep out all that come after it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, State, StateType
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from wirewatch.model import Failure

PAGE = 200
BEGINS_WITHIN = timedelta(minutes=2)
"""Longer than even a busy machine needs to start a process."""
SILENT_FOR = timedelta(minutes=5)
"""Longer than the automation of `setup-prefect` leaves a run in peace."""
HEARTBEAT = "prefect.flow-run.heartbeat"
OURS = filters.FlowRunFilterTags(all_=["wirewatch"])


async def free_stuck_runs(now: datetime) -> list[Failure]:
    """Call our runs crashed that have not begun, or have given no sign of life, for a long time; says which.

    An answer of the server that its worker never got leaves a run pending: no process was started, so none ends.
    """
    states = filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
    wanted = filters.FlowRunFilter(state=filters.FlowRunFilterState(type=states), tags=OURS)
    freed = []
    async with get_client() as client:
        for run in await client.read_flow_runs(flow_run_filter=wanted, limit=PAGE):
            if run.state is None or await _lives(client, run, run.state, now):
                continue
            said = "it never began" if run.state.type is StateType.PENDING else "its process has gone silent"
            with suppress(ObjectNotFound):
                await client.set_flow_run_state(run.id, Crashed(message=said))
                freed.append(Failure(f"run {run.name}", f"{said}, and was called crashed so that others can run"))
    return freed


async def _lives(client: PrefectClient, run: FlowRun, state: State, now: datetime) -> bool:
    if state.type is StateType.PENDING:
        return now - state.timestamp < BEGINS_WITHIN
    heartbeats = EventFilter(
        event=EventNameFilter(name=[HEARTBEAT]), resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"])
    )
    latest = (await client.read_events(filter=heartbeats, limit=1)).events
    return not latest or now - latest[0].occurred < SILENT_FOR  # who never sends any cannot be missed by them


async def forget_runs(before: datetime) -> int:
    """Delete our flow runs that ended before that, with their logs and artifacts; gives their number."""
    wanted = filters.FlowRunFilter(
        end_time=filters.FlowRunFilterEndTime(before_=before),
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=list(TERMINAL_STATES))),
        tags=OURS,
    )
    gone = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=wanted, limit=PAGE):
            for run in runs:
                with suppress(ObjectNotFound):  # another upkeep was faster
                    await client.delete_flow_run(run.id)
            gone += len(runs)
    return gone
