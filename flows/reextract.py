"""The manual `reextract`: kept bytes, read again by a later extraction."""

from __future__ import annotations

import asyncio

from prefect import flow, get_run_logger

from flows import reextracting
from flows.artifacts import leave_report
from flows.opening import opened
from flows.report import Report
from flows.request import read_moment
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="reextract", description="Read again, after an upgrade, the pages and files whose bytes were kept.")
@says_why
async def reextract(
    sources: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    everything: bool = False,
    dry_run: bool = False,
) -> Report:
    """One pass over what an earlier version has made; running it again goes on where it stopped.

    `since` and `until` (2026-11-01, inclusive) bound when an article was fetched. `everything` reads again what this
    version has made, too. `dry_run` says what would change.
    """
    wanted = reextracting.Range(tuple(sources or ()), read_moment(since), read_moment(until, end=True), everything)
    started = utc_now()
    async with opened() as (store, _http):
        report: Report = await asyncio.to_thread(reextracting.reextract, store, wanted, utc_now, dry_run=dry_run)
        if not dry_run:
            store.add_run("reextract", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("reextract", report)
    return report
