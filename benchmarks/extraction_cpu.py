"""What an article costs beside trafilatura alone: the same pages, page by page in turns.

trafilatura is called as the articles need it: its defaults, with metadata, without comments. CPU of the thread.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from contextlib import suppress

from trafilatura import bare_extraction

from benchmarks.figures import table
from benchmarks.real_pages import real_pages
from extraction import extract
from wirewatch.errors import ExtractionError
from wirewatch.model import Item

WARM = 20
"""Pages read beforehand, so that nothing is loaded while it is measured."""


def run(quick: bool) -> str:
    """Thread time of both for all pages, and their ratio."""
    items = real_pages(90 if quick else 450)
    for item in items[:WARM]:
        _ours(item)
        _trafilatura(item)
    ours: list[float] = []
    theirs: list[float] = []
    for number, item in enumerate(items):
        for read in (_ours, _trafilatura) if number % 2 else (_trafilatura, _ours):
            (ours if read is _ours else theirs).append(_cpu(read, item))
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    low, middle, high = statistics.quantiles(ratios, n=4)
    rows = [
        ["trafilatura with metadata", f"{sum(theirs):.1f}", f"{1000 * statistics.median(theirs):.1f}"],
        ["wirewatch", f"{sum(ours):.1f}", f"{1000 * statistics.median(ours):.1f}"],
    ]
    return "\n".join(
        [
            table([f"{len(items)} pages", "CPU seconds", "ms a page, median"], rows),
            "",
            f"Ratio of the sums: {sum(ours) / sum(theirs):.2f}; of single pages: {middle:.2f} "
            f"(half of them {low:.2f} to {high:.2f}). Load {os.getloadavg()[0]:.1f}.",
        ]
    )


def _cpu(read: Callable[[Item], None], item: Item) -> float:
    began = time.thread_time()
    read(item)
    return time.thread_time() - began


def _ours(item: Item) -> None:
    with suppress(ExtractionError):
        extract(item)


def _trafilatura(item: Item) -> None:
    bare_extraction(item.raw, url=item.url, with_metadata=True, include_comments=False)
