"""The scheduled `digest`: digests, groups and heartbeats that are due, where no poll or delivery has told them yet."""

from __future__ import annotations

import os

from prefect import flow, get_run_logger

from flows import outbox
from flows.artifacts import leave_report
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="digest", description="Tell the digests, groups and heartbeats that are due.")
@says_why
async def digest() -> DeliveryReport:
    """One tick; what was missed is told late, once."""
    started = utc_now()
    async with opened() as (store, _http):
        report = await outbox.deliver(store, os.environ, utc_now)
        store.add_run("digest", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("digest", report)
    return report
