"""Extraction in processes of its own: what that costs, and what a second one gains.

Pages from the first byte to the article, back in the process that asked: one worker, two workers, and no worker at all,
in turns. Two bare processes that read half of the pages each and hand nothing back show what the machine has to give
just then.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from benchmarks.figures import table
from benchmarks.process_tree import cpu_seconds
from benchmarks.real_pages import real_pages
from extraction import Workers, extract
from wirewatch.errors import ExtractionError
from wirewatch.model import Item

Measure = tuple[float, float]
SECONDS, CPU = 0, 1


def run(quick: bool) -> str:
    """Seconds and CPU for the same pages in each way."""
    items = real_pages(60 if quick else 200)
    rounds = 3 if quick else 7
    ways: dict[str, Callable[[Sequence[Item]], object]] = {}
    with Workers(1) as one, Workers(2) as two:
        ways = {
            "in process": _in_process,
            "1 worker": one.extract_all,
            "2 workers": two.extract_all,
            "2 bare processes": _bare,
        }
        for work in ways.values():  # all are warm
            work(items[:8])
        measured: dict[str, list[Measure]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, work in ways.items():
                measured[name].append(_measured(work, items))
    gains = _ratios(measured["1 worker"], measured["2 workers"], SECONDS)
    most = _ratios(measured["in process"], measured["2 bare processes"], SECONDS)
    costs = _ratios(measured["1 worker"], measured["in process"], CPU)
    rows = [
        [
            name,
            f"{statistics.median(each[0] for each in found):.2f}",
            f"{statistics.median(each[1] for each in found):.2f}",
        ]
        for name, found in measured.items()
    ]
    return "\n".join(
        [
            table([f"{len(items)} pages, median of {rounds}", "seconds", "CPU seconds"], rows),
            "",
            f"1 worker ÷ 2 workers, seconds: {_spread(gains)}; in process ÷ 2 bare processes: {_spread(most)}.",
            f"CPU of 1 worker ÷ in process: {_spread(costs)}.",
            f"Start of a pool, up to its first page: {_start(items[0]):.2f} s. Cores this process may use: "
            f"{len(os.sched_getaffinity(0))}; load {os.getloadavg()[0]:.1f}.",
        ]
    )


def _in_process(items: Sequence[Item]) -> None:
    for item in items:
        with suppress(ExtractionError):
            extract(item)


def _bare(items: Sequence[Item]) -> None:
    fork = multiprocessing.get_context("fork")
    halves = [fork.Process(target=_in_process, args=(items[start::2],)) for start in (0, 1)]
    for half in halves:
        half.start()
    for half in halves:
        half.join()


def _measured(work: Callable[[Sequence[Item]], object], items: Sequence[Item]) -> Measure:
    began, cpu = time.monotonic(), cpu_seconds()
    work(items)
    return time.monotonic() - began, cpu_seconds() - cpu


def _start(item: Item) -> float:
    began = time.monotonic()
    with Workers(2) as workers:
        workers.extract_all([item])
        return time.monotonic() - began


def _ratios(ones: Sequence[Measure], others: Sequence[Measure], what: int) -> list[float]:
    return [one[what] / other[what] for one, other in zip(ones, others, strict=True)]


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
