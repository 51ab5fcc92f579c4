"""Extraction in processes of its own: what that costs, and what a second one gains.

Pages from the first byte to the article, back in the process that asked: one worker, two workers, and no worker at all,
in turns.
"""

from __future__ import annotations

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


def run(quick: bool) -> str:
    """Seconds and CPU for the same pages in each way."""
    items = real_pages(60 if quick else 200)
    rounds = 3 if quick else 7
    ways: dict[str, Callable[[Sequence[Item]], None]] = {}
    with Workers(1) as one, Workers(2) as two:
        ways = {
            "in process": _in_process,
            "1 worker": lambda pages: _by(one, pages),
            "2 workers": lambda pages: _by(two, pages),
        }
        for work in ways.values():  # all are warm
            work(items[:8])
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, work in ways.items():
                measured[name].append(_measured(work, items))
    gains = [one[0] / two[0] for one, two in zip(measured["1 worker"], measured["2 workers"], strict=True)]
    costs = [one[1] / none[1] for one, none in zip(measured["1 worker"], measured["in process"], strict=True)]
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
            f"1 worker ÷ 2 workers, seconds: {_spread(gains)}. CPU of 1 worker ÷ in process: {_spread(costs)}.",
            f"Start of a pool, up to its first page: {_start(items[0]):.2f} s. Cores this process may use: "
            f"{len(os.sched_getaffinity(0))}; load {os.getloadavg()[0]:.1f}.",
        ]
    )


def _in_process(items: Sequence[Item]) -> None:
    for item in items:
        with suppress(ExtractionError):
            extract(item)


def _by(workers: Workers, items: Sequence[Item]) -> None:
    workers.extract_all(items)


def _measured(work: Callable[[Sequence[Item]], None], items: Sequence[Item]) -> tuple[float, float]:
    began, cpu = time.monotonic(), cpu_seconds()
    work(items)
    return time.monotonic() - began, cpu_seconds() - cpu


def _start(item: Item) -> float:
    began = time.monotonic()
    with Workers(2) as workers:
        workers.extract_all([item])
        return time.monotonic() - began


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
