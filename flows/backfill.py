"""The manual `backfill`: terms through the archive, old files or the past of sources."""

from __future__ import annotations

import asyncio
import os
from threading import Event
from typing import Annotated

from prefect import flow, get_run_logger
from pydantic import Field

from flows import backfilling, outbox
from flows.artifacts import leave_report, shown_progress
from flows.backfilling import BackfillReport, Pace
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.request import ARCHIVE, Notify, Request, make_request
from flows.running import says_why
from storage import Store
from wirewatch.clock import utc_now

Names = Annotated[list[str] | None, Field(description="One a line; none means all.")]
Day = Annotated[str | None, Field(description="2026-11-01 or 2026-11-01T08:30, in UTC.", examples=["2026-11-01"])]
Material = Annotated[
    str, Field(description="`archive`, `past` (what sources still show), or a path on the worker: folder, zip, mbox …")
]
Told = Annotated[Notify, Field(description="Nobody, one digest a channel, or as a poll would.")]
Dry = Annotated[bool, Field(description="Count and show, store nothing.")]
Resumed = Annotated[int | None, Field(description="The number of a backfill to go on with; all else is left empty.")]


@flow(name="backfill", description="Take terms through the archive, old files, or the past of sources.")
@says_why
async def backfill(
    terms: Names = None,
    sources: Names = None,
    since: Day = None,
    until: Day = None,
    material: Material = ARCHIVE,
    notify: Told = Notify.DIGEST,
    dry_run: Dry = False,
    resume: Resumed = None,
) -> DeliveryReport:
    """One pass; running it again finds nothing new.

    `since` and `until` (inclusive) bound when an article was published, or fetched where that is unknown.
    """
    request = make_request(terms, sources, since, until, notify, dry_run, material)
    started = utc_now()
    async with opened() as (store, _http):
        found = await _worked_off(store, request, resume)
        report = DeliveryReport()
        report.merge(found)
        if found.number is not None:
            report.merge(await outbox.deliver(store, os.environ, utc_now))
            store.add_run("backfill", started, utc_now(), report.counts, report.failures)
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("backfill", report, found.samples, found.notes)
    return report


async def _worked_off(store: Store, request: Request, resume: int | None) -> BackfillReport:
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
            if resume is None:
                return await asyncio.to_thread(backfilling.backfill, store, request, utc_now, heard)
            return await asyncio.to_thread(backfilling.resume, store, resume, utc_now, heard)
        except BaseException:
            stop.set()
            raise
