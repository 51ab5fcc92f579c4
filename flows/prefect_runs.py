"""Old flow runs on Prefect's server: its database grows by some 20 KB with each."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from prefect.client.orchestration import get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.exceptions import ObjectNotFound

PAGE = 200


async def forget_runs(before: datetime) -> int:
    """Delete our flow runs that ended before that, with their logs and artifacts; gives their number."""
    wanted = filters.FlowRunFilter(
        end_time=filters.FlowRunFilterEndTime(before_=before),
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=list(TERMINAL_STATES))),
        tags=filters.FlowRunFilterTags(all_=["wirewatch"]),
    )
    gone = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=wanted, limit=PAGE):
            for run in runs:
                with suppress(ObjectNotFound):  # another upkeep was faster
                    await client.delete_flow_run(run.id)
            gone += len(runs)
    return gone
