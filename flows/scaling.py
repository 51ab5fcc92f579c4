"""Backfills on a Dask cluster: one task for each slice, on as many processes and machines as the cluster has.

A task opens the database by its address and works one slice off, as the local runner does. What a task has stored is
stored; a task whose worker dies is given to another, which goes on behind the slice's cursor.
"""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import storage
from flows import backfilling
from flows.backfilling import LEASE, BackfillReport, Job, Pace, Progress
from flows.opening import open_database
from flows.request import Request, request_from
from wirewatch.clock import utc_now
from wirewatch.errors import BackfillError, StorageError, WirewatchError
from wirewatch.model import Failure

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

ADDRESS = "WIREWATCH_DASK_ADDRESS"
SECONDS_BETWEEN_LOOKS = 1.0
RENEWED_EVERY = 30
"""Looks: how often the coordinator keeps its lease."""
TRIES = 3


def need_prefect_and_dask() -> None:
    """WirewatchError where slices cannot be spread: without a Prefect server the task runner would hang."""
    if not os.environ.get("PREFECT_API_URL"):
        raise WirewatchError(
            "the runner “dask” needs a Prefect server: set PREFECT_API_URL, or start the deployment "
            "(`wirewatch backfill --deployment --runner dask`); the runner “local” needs none"
        )
    try:
        import prefect_dask  # noqa: F401
    except ImportError:
        raise WirewatchError(
            "the runner “dask” is not installed here: pip install 'wirewatch[dask]'; the runner “local” needs nothing"
        ) from None


async def spread(
    store: storage.Store, request: Request, resume: int | None, progress: Progress = backfilling.silent
) -> BackfillReport:
    """Work off a backfill on Dask; must be called within a flow run. WirewatchError where that cannot be."""
    need_prefect_and_dask()
    if request.dry_run:
        raise WirewatchError("a dry run stores nothing, so its slices cannot be spread: use the runner “local”")
    if resume is None:
        job = Job.of(store, request, utc_now)
        number = backfilling.begin(store, job, utc_now)
    else:
        number, job = resume, backfilling.take_up(store, resume, utc_now)
    with backfilling.let_go_of(store, number, utc_now):
        failures = await _run_all(store, number, progress)
        unread = [failure for failure in failures if failure is not None]
        backfilling.finish(store, job, number, utc_now, unread)
    report = backfilling.report_of(store, job, number)
    report.failures += unread
    return report


async def _run_all(store: storage.Store, number: int, progress: Progress) -> list[Failure | None]:
    """All open slices as tasks; the coordinator keeps its lease meanwhile, and tells how far they are."""
    from prefect import task

    work = task(name="backfill slice", retries=TRIES - 1, task_run_name="slice {slice_number}")(_work_slice)
    with _runner() as runner:
        slices = store.open_slices(number)
        futures = [runner.submit(work, parameters={"number": number, "slice_number": each}) for each in slices]
        waiting = asyncio.gather(*(asyncio.to_thread(future.result) for future in futures))
        try:
            await _watch(store, number, waiting, progress)
        except BaseException:
            for future in futures:
                future.wrapped_future.cancel()
            raise
        return list(waiting.result())


async def _watch(store: storage.Store, number: int, waiting: asyncio.Future[Any], progress: Progress) -> None:
    looks = 0
    while not waiting.done():
        await asyncio.wait([waiting], timeout=SECONDS_BETWEEN_LOOKS)
        stored = store.backfill(number)
        if stored is None or stored.state is not storage.BackfillState.RUNNING:
            raise BackfillError(f"backfill {number} is {stored.state.value if stored else 'gone'}")
        progress(Pace(number, stored.counts.get("evaluated", 0), stored.total))
        looks += 1
        if looks % RENEWED_EVERY == 0:
            store.renew_backfill(number, utc_now(), LEASE)
    waiting.result()


def _runner() -> DaskTaskRunner:
    from prefect_dask.task_runners import DaskTaskRunner

    address = os.environ.get(ADDRESS)
    if address:
        return DaskTaskRunner(address=address)
    processes = max(2, os.cpu_count() or 1)
    return DaskTaskRunner(
        cluster_kwargs={"n_workers": processes, "threads_per_worker": 1, "dashboard_address": None, "processes": True}
    )


def _work_slice(number: int, slice_number: int) -> Failure | None:
    """One slice, in a process of the cluster; what it could not read is a failure, and the others go on."""
    store, job = _opened(os.environ.get("WIREWATCH_DATABASE_URL", ""), number)
    try:
        backfilling.work_slice(store, job, number, slice_number, utc_now)
    except WirewatchError as error:
        if isinstance(error, StorageError | BackfillError):
            raise
        return Failure(f"slice {slice_number}", str(error))
    return None


@lru_cache(maxsize=1)
def _opened(_address: str, number: int) -> tuple[storage.Store, Job]:
    """What all slices of a backfill need, once in each process."""
    store = open_database()
    stored = store.backfill(number)
    if stored is None:
        raise BackfillError(f"there is no backfill {number}")
    return store, Job.of(store, request_from(stored.request), utc_now)
