"""Memory: the garbage collector kept from looking again and again at what stays anyway; what is freed given back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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


def give_memory_back() -> None:
    """Have the C library, where it can, return to the system what it holds free.

    To read a configuration of ten thousand sources takes twice the memory for a moment that it takes from then on.
    """
    with suppress(OSError, AttributeError):  # other systems and libraries
        ctypes.CDLL(None).malloc_trim(0)
