"""The scheduled `poll`: read what is due, store the hits, and deliver them in the same run."""

from __future__ import annotations

import re
from datetime import timedelta

from prefect import flow, get_run_logger

from flows.artifacts import MOST_HITS, leave_report
from flows.opening import opened
from flows.outbox import DeliveryReport
from flows.running import says_why
from flows.staying import Stay, Ticks
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError


@flow(name="poll", description="Read every source that is due, store the hits, and deliver the alerts.")
@says_why
async def poll(shard: str | None = None, limit: int = 500, minutes: int = 0) -> DeliveryReport:
    """Tick until shortly before the next full `minutes` of the clock, when the schedule starts the next run; 0: once.

    `shard` is `0/4` for the first of four workers' shares of the sites; `limit` counts the sources of a tick.
    """
    started = utc_now()
    ticks = Ticks(limit, parse_shard(shard))
    await ticks.run(Stay(timedelta(minutes=minutes)))
    report = ticks.report
    async with opened() as (store, _http):
        store.add_run("poll", started, utc_now(), report.counts, report.failures)
        found = store.hits(since=started, limit=MOST_HITS) if report.counts["hits"] else []
    for failure in report.failures:
        get_run_logger().warning("%s: %s", failure.where, failure.what)
    await leave_report("poll", report, found)
    return report


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """Read `0/4`; WirewatchError says what was expected."""
    if not text:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if not found or not int(found[1]) < int(found[2]):
        raise WirewatchError(f"“{text}” is not a shard; write 0/4 for the first of four, 3/4 for the last")
    return int(found[1]), int(found[2])
