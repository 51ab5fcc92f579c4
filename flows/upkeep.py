"""The daily `upkeep`: what is old is let go, here and on Prefect's server."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from prefect import flow, get_run_logger

from flows import keeping
from flows.artifacts import leave_report
from flows.opening import opened
from flows.prefect_runs import forget_runs
from flows.report import Report
from flows.running import says_why
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError


@flow(name="upkeep", description="Let go of what is old, and index again what an earlier version has indexed.")
@says_why
async def upkeep(keep_days: int | None = None) -> Report:
    """One pass; killed midway, the next one goes on.

    Args:
        keep_days: Keep nothing for longer than so many days; empty: as `retention:` says.

    """
    if keep_days is not None and keep_days < 1:
        raise WirewatchError(f"keep_days is {keep_days}; a day is the least")
    shortest = None if keep_days is None else timedelta(days=keep_days)
    started = utc_now()
    async with opened() as (store, _http):
        report = await asyncio.to_thread(keeping.keep, store, utc_now, shortest)
        configuration = store.configuration()
        kept = configuration.retention.prefect if configuration else None
        if kept is not None:
            report.add(flow_runs_let_go=await forget_runs(utc_now() - kept))
        store.add_run("upkeep", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("upkeep", report)
    return report
