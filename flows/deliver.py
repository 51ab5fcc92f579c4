"""The scheduled `deliver`: retries that are due, and what other runs left in the outbox."""

from __future__ import annotations

import os

from prefect import flow, get_run_logger

from flows import outbox
from flows.artifacts import leave_report
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="deliver", description="Send what is due in the outbox: retries, and alerts that other runs left.")
@says_why
async def deliver() -> DeliveryReport:
    """One tick."""
    started = utc_now()
    async with opened() as (store, _http):
        report = await outbox.deliver(store, os.environ, utc_now)
        store.add_run("deliver", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("deliver", report)
    return report
