"""Attempts end in time, whatever is tried; what is left behind troubles no later one."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import replace

import pytest

from alerts import compose
from alerts.outcomes import Fate, Outcome
from alerts.sending import Attempt, Transport
from wirewatch.errors import TemporaryDeliveryError


class Slow(Transport):
    """Says a message's subject; is late with one called `late` until it is released."""

    def __init__(self) -> None:
        super().__init__("slow", deadline=0.3)
        self.released = threading.Event()
        self.threads: list[threading.Thread] = []

    def _try(self, attempt: Attempt) -> list[Outcome]:
        self.threads.append(threading.current_thread())
        if attempt.message.subject == "late":
            self.released.wait(10)
        if attempt.message.subject == "wrong":
            raise ValueError("wrong")
        return [Outcome("", Fate.ACCEPTED, attempt.message.subject)]


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found()]
    return compose(make_delivery(found), found)


def test_what_comes_late_is_no_answer_to_the_next(message):
    slow = Slow()
    with pytest.raises(TemporaryDeliveryError, match=r"not done within 0.3 s") as caught:
        slow.send(replace(message, subject="late"), key=b"1")
    assert caught.value.uncertain
    assert slow.send(replace(message, subject="next"), key=b"2") == "next"
    slow.released.set()
    assert slow.send(replace(message, subject="after"), key=b"3") == "after"


def test_one_thread_serves_all_attempts_and_ends_with_the_transport(message):
    slow = Slow()
    with pytest.raises(ValueError, match="wrong"):
        slow.send(replace(message, subject="wrong"), key=b"1")
    for subject in ("one", "two"):
        assert slow.send(replace(message, subject=subject), key=b"2") == subject
    (thread,) = set(slow.threads)
    slow.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_transport_that_nobody_closed_leaves_no_thread(message):
    slow = Slow()
    slow.send(message, key=b"1")
    (thread,) = slow.threads
    del slow
    gc.collect()
    until = time.monotonic() + 5
    while thread.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    assert not thread.is_alive()
