"""Python's garbage collector, kept from looking again and again at what stays anyway."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""New objects after which the young ones are looked at. A batch of sources or articles is more than the usual 700."""


@contextmanager
def spared_collector() -> Iterator[None]:
    """While entered, what was there before is not searched for garbage: modules, settings, compiled terms.

    A full search of those takes longer than two hundred feeds that have not changed.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
