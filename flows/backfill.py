"""The manual `backfill`: terms through the archive, by hand or after a term was added."""

from __future__ import annotations

import asyncio
import os

from prefect import flow, get_run_logger

from flows import archive, outbox
from flows.archive import Notify
from flows.artifacts import leave_report
from flows.opening import opened
from flows.report import Report
from flows.running import says_why
from wirewatch.clock import utc_now


@flow(name="backfill", description="Take terms through the archive and store their hits.")
@says_why
async def backfill(
    terms: list[str] | None = None,
    sources: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    notify: Notify = Notify.DIGEST,
    dry_run: bool = False,
) -> Report:
    """One pass; running it again finds nothing new.

    No `terms` or `sources` means all. `since` and `until` (2026-11-01, inclusive) bound when an article was
    published, or fetched where that is unknown. `dry_run` counts and stores nothing.
    """
    request = archive.make_request(terms, sources, since, until, notify, dry_run)
    started = utc_now()
    async with opened() as (store, _http):
        report: Report = await asyncio.to_thread(archive.backfill, store, request, utc_now)
        if not dry_run and notify is not Notify.NONE:
            report.merge(await outbox.deliver(store, os.environ, utc_now))
        store.add_run("backfill", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("backfill", report)
    return report
