"""The scheduled `watchdog`: notices of silence and noise."""

from __future__ import annotations

import asyncio
import os

from prefect import flow, get_run_logger

from flows import outbox, watching
from flows.artifacts import leave_report
from flows.opening import opened
from flows.report import Report
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="watchdog", description="Notice silent sources, terms and channels, spikes, and a schedule that stopped.")
@says_why
async def watchdog() -> Report:
    """One round."""
    async with opened() as (store, _http):
        report = await asyncio.to_thread(watching.watch, store, utc_now())
        report.merge(await outbox.deliver(store, os.environ, utc_now))
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("watchdog", report)
    return report
