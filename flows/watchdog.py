"""The scheduled `watchdog`: notices of silence and noise, and an end for runs that are stuck."""

from __future__ import annotations

import asyncio
import os

from prefect import flow, get_run_logger

from flows import outbox, watching
from flows.artifacts import leave_report
from flows.opening import opened
from flows.prefect_runs import free_stuck_runs
from flows.report import Report
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="watchdog", description="Notice silence, noise, and a schedule that stopped; end runs that are stuck.")
@says_why
async def watchdog() -> Report:
    """One round."""
    try:
        async with opened() as (store, _http):
            report = await asyncio.to_thread(watching.watch, store, utc_now())
            report.merge(await outbox.deliver(store, os.environ, utc_now))
    finally:  # neither trouble with our database nor with Prefect's server keeps the other half from being done
        freed = await free_stuck_runs(utc_now())
    report.failures += freed
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("watchdog", report)
    return report
