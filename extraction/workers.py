"""Extraction in processes of its own, which can be killed: no document can stall or kill who reads the others."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import math
import multiprocessing
import multiprocessing.forkserver
import os
import resource
import signal
from collections.abc import Callable, Iterable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from extraction.extract import extract, extract_whole
from extraction.skimming import Skimmed, skim
from wirewatch.errors import DocumentTooHard, ExtractionError
from wirewatch.model import Article, Item

if TYPE_CHECKING:
    from pebble import ProcessPool

T = TypeVar("T")

log = logging.getLogger(__name__)

TASKS_OF_A_WORKER = 1_000
"""Then it is replaced: what libraries leak does not add up."""
COLLECT_AFTER = 50_000
"""New objects after which a worker looks for garbage: a page makes as many and hardly any circles."""
REBUILDS = 3
DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """Of one document. Time of the processor decides, so that a busy machine condemns nothing."""

    cpu_seconds: int = 20
    seconds: float = 120.0
    memory_bytes: int = 2**30
    """Beyond what a worker takes before its first document."""


LIMITS = WorkLimits()


class Workers:
    """A few warm processes that extract. None is started before the first document; `close` ends them within seconds.

    A document that is too much for them is read a second time as nothing but its text, so that no term in it is lost.
    """

    def __init__(self, count: int | None = None, limits: WorkLimits = LIMITS) -> None:
        self.count = count or len(os.sched_getaffinity(0))
        self.limits = limits
        self._pool: ProcessPool | None = None
        self._lock = Lock()

    async def extract(self, item: Item) -> Article:
        """The article of an item, of its whole text where more was too hard.

        Raises ExtractionError where the document is at fault, and DocumentTooHard where it cost a worker its life
        twice: another time, with more memory or an idle machine, it may be read.
        """
        try:
            return await self._run(extract, item)
        except DocumentTooHard as error:
            why = str(error)
        except ExtractionError:
            raise
        except Exception as error:  # whatever a document does to the libraries that read it
            why = f"its reader failed ({type(error).__name__})"
        log.warning("extraction of %s: %s; its whole text is kept", item.url, why)
        try:
            return await self._run(extract_whole, item, why)
        except DocumentTooHard:
            raise DocumentTooHard(f"it cannot be read: {why}") from None
        except ExtractionError as error:
            raise DocumentTooHard(f"it cannot be read: {why}; {error}") from None
        except (BrokenProcessPool, OSError) as error:  # no worker can be had: the document may not be at fault
            raise DocumentTooHard(f"it cannot be read: {why}; {type(error).__name__}: {error}") from None
        except Exception as error:
            raise ExtractionError(f"it cannot be read: {why}; unexpected {type(error).__name__}: {error}") from None

    async def skim(self, item: Item) -> Skimmed | None:
        """The words of a page; None where only extraction can tell them, whatever the reason."""
        try:
            return await self._run(skim, item)
        except Exception as error:  # extraction will say what is wrong, and keep what can be had
            log.info("%s cannot be skimmed: %s", item.url, error)
            return None

    def extract_all(self, items: Iterable[Item]) -> list[Article | ExtractionError]:
        """Many items at once, for those who have no event loop; in their order."""

        async def one(item: Item) -> Article | ExtractionError:
            try:
                return await self.extract(item)
            except ExtractionError as error:
                return error

        async def together() -> list[Article | ExtractionError]:
            return await asyncio.gather(*map(one, items))

        return asyncio.run(together())

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Let a worker do it; where the pool itself broke, because an idle worker was killed, in a new one."""
        from pebble import ProcessExpired

        for attempt in range(REBUILDS):
            pool = self._opened()
            try:
                future = pool.schedule(_limited, (self.limits, work, *arguments), timeout=self.limits.seconds)
                result: T = await asyncio.wrap_future(future)
                return result
            except TimeoutError:
                raise DocumentTooHard(f"reading it took more than {self.limits.seconds:g} s") from None
            except ProcessExpired as error:
                raise DocumentTooHard(self._cause(error.exitcode)) from None
            except MemoryError:
                raise DocumentTooHard(f"reading it took more than {self.limits.memory_bytes >> 20} MiB") from None
            except (BrokenProcessPool, RuntimeError) as error:
                if pool.active or attempt == REBUILDS - 1:
                    raise
                log.info("the workers are started again: %s", error)
                self._discard(pool)
        raise AssertionError("the loop returns or raises")

    def _cause(self, exit_code: int | None) -> str:
        if exit_code == -signal.SIGXCPU:
            return f"reading it took more than {self.limits.cpu_seconds} s of the processor"
        if exit_code == -signal.SIGKILL:
            return "its reader was killed (for want of memory?)"
        return f"its reader crashed ({exit_code})"

    def _opened(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                from pebble import ProcessPool

                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["extraction.warm"])
                self._pool = ProcessPool(
                    max_workers=self.count,
                    max_tasks=TASKS_OF_A_WORKER,
                    initializer=_begin,
                    initargs=(self.limits,),
                    context=context,
                )
            return self._pool

    def _discard(self, pool: ProcessPool) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.stop()  # type: ignore[no-untyped-call]  # pebble's annotations are not complete

    def close(self) -> None:
        """End the workers, and what they are at."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _begin(limits: WorkLimits) -> None:
    """In a worker, before its first document."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    _let_server_end()
    gc.set_threshold(COLLECT_AFTER)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us, and ends us from there
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _let_server_end() -> None:
    """Close what tells the server that forked us that it is still needed: it is to end with who asked for us.

    Else a worker that is busy when that one is killed would keep the server alive, whose end is to end the worker.
    """
    server: Any = multiprocessing.forkserver._forkserver
    alive, server._forkserver_alive_fd = server._forkserver_alive_fd, None  # there is no public way to it
    if alive is not None:
        os.close(alive)


def _limited(limits: WorkLimits, work: Callable[..., T], *arguments: Any) -> T:
    """In a worker: one document, with so much of the processor from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(usage.ru_utime + usage.ru_stime) + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    return work(*arguments)
