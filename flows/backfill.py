"""The manual `backfill`: terms through the archive, old files or the past of sources."""

from __future__ import annotations

import asyncio
import os
from threading import Event

from prefect import flow, get_run_logger

from flows import backfilling, outbox, scaling
from flows.artifacts import leave_report, shown_progress
from flows.backfilling import BackfillReport, Pace
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.request import ARCHIVE, Notify, Request, Runner, make_request
from flows.running import says_why
from storage import Store
from wirewatch.clock import utc_now


@flow(name="backfill", description="Take terms through the archive, old files, or the past of sources.")
@says_why
async def backfill(
    terms: list[str] | None = None,
    sources: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    material: str = ARCHIVE,
    notify: Notify = Notify.DIGEST,
    dry_run: bool = False,
    resume: int | None = None,
    runner: Runner = Runner.LOCAL,
) -> DeliveryReport:
    """One pass; running it again finds nothing new. Prefect's form shows what is said of the parameters.

    Args:
        terms: Names of terms; none means all.
        sources: Names of sources; none means all.
        since: A day or moment in UTC, such as 2026-11-01 or 2026-11-01T08:30: when an article was published, or
            fetched where that is unknown.
        until: Up to and with this day, or before this moment.
        material: `archive`, `past` (what feeds and sitemaps still show), or a path on the worker: a folder, a file, a
            ZIP, mbox or WARC of old news.
        notify: `none` tells nobody, `digest` each channel in one message, `normal` as a poll would.
        dry_run: Count and show, and store nothing.
        resume: The number of a backfill to go on with; all else is left as it is.
        runner: `local` is this worker; `dask` is a cluster of processes, at WIREWATCH_DASK_ADDRESS or made for it.

    """
    request = make_request(terms, sources, since, until, notify, dry_run, material)
    started = utc_now()
    async with opened() as (store, _http):
        found = await _worked_off(store, request, resume, runner)
        report = DeliveryReport()
        report.merge(found)
        if found.number is not None:
            report.merge(await outbox.deliver(store, os.environ, utc_now))
            store.add_run("backfill", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("backfill", report, found.samples, found.notes)
    return report


async def _worked_off(store: Store, request: Request, resume: int | None, runner: Runner) -> BackfillReport:
    """The backfill in a thread, with its progress on show; it stops between two portions when this is cancelled."""
    stop = Event()
    latest = Pace(None, 0, None)

    def heard(pace: Pace) -> None:
        nonlocal latest
        latest = pace
        if stop.is_set():
            raise asyncio.CancelledError

    async with shown_progress("backfill", lambda: (latest.evaluated, latest.total)):
        try:
            if runner is Runner.DASK:
                return await scaling.spread(store, request, resume, heard)
            if resume is None:
                return await asyncio.to_thread(backfilling.backfill, store, request, utc_now, heard)
            return await asyncio.to_thread(backfilling.resume, store, resume, utc_now, heard)
        except BaseException:
            stop.set()
            raise
