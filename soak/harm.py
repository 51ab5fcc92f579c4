"""What may befall a run at an instant of one's choosing: it is killed, or sleeps for hours."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Pool, event

ASLEEP = 2
"""Hours, longer than any lease."""


def listen_between_transactions(happen: Callable[[], None]) -> tuple[Callable[..., None], Callable[..., None]]:
    """Call `happen` when no thread has a connection or is sending; gives what to call before and after sending.

    Who sleeps in a transaction keeps its locks until he wakes up, and nobody can call a message back.
    """
    gate, out = threading.Lock(), [0]

    def taken(*_: object) -> None:
        with gate:
            out[0] += 1

    def given_back(*_: object) -> None:
        with gate:
            out[0] -= 1
            if not out[0]:
                happen()

    event.listen(Pool, "checkout", taken)
    event.listen(Pool, "checkin", given_back)
    return taken, given_back


@dataclass
class Clock:
    """The time of a run: it stands still, but where the run sleeps."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Harm:
    """What befalls a run at its n-th event: SIGKILL; or a long sleep, where it has a clock to put on, at its n-th pause
    between two transactions.
    """

    at: int | None = None
    clock: Clock | None = None

    @property
    def sleeps(self) -> bool:
        return self.clock is not None

    def happens(self) -> None:
        if self.clock is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            # To this very thread: it would go on for a while if another one were the first to hear of it.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
            self.clock.now += timedelta(hours=ASLEEP)


class Observed:
    """A transport that lets the test know before and after it sends."""

    def __init__(self, transport: Any, before: Callable[..., None], after: Callable[..., None]) -> None:
        self.transport = transport
        self.before = before
        self.after = after

    def send(self, *message: Any, **named: Any) -> str:
        self.before()
        said: str = self.transport.send(*message, **named)
        if sys.stdout is not sys.__stdout__ and said == "printed":
            print("\f", end="", flush=True)  # where one message ends
        self.after()
        return said

    def close(self) -> None:
        self.transport.close()
