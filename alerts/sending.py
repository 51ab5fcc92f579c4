"""What all ways of sending have in common: one attempt at a message, ended in time, and what became of it."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from alerts.message import Message
from alerts.outcomes import Outcome, settle
from wirewatch.errors import TemporaryDeliveryError

if TYPE_CHECKING:  # loading apprise takes a while, and the screen does without it
    from alerts.apprise_plugins import PluginMaker

DEADLINE = 20.0
"""Seconds in which an attempt ends, whatever the server does."""

Work = Callable[[], list[Outcome]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a message.

    `key` is the delivery's: equal keys are equal messages to the receiver, where the channel can say so. `accepted`:
    recipients that are left out, because they took it in an earlier attempt. `thread`: for each recipient the message
    that began the story's thread, None where no thread is kept; those that this attempt begins are added to `begun`.
    """

    message: Message
    key: bytes
    accepted: Collection[str] = ()
    thread: Mapping[str, str] | None = None
    begun: dict[str, str] = field(default_factory=dict)


class Transport(ABC):
    """An open channel, for one thread at a time. It may keep a connection between messages, until it is closed."""

    def __init__(self, channel: str, maker: PluginMaker | None = None, deadline: float | None = None) -> None:
        """`maker`: knows the address and its secrets. `deadline`: seconds in which an attempt ends, None for no end."""
        self._channel = channel
        self._maker = maker
        self._deadline = deadline
        self._attempts = _Thread()

    def send(
        self,
        message: Message,
        *,
        key: bytes,
        maybe_repeat: bool = False,
        accepted: Collection[str] = (),
        thread: MutableMapping[str, str] | None = None,
    ) -> str:
        """Send the message and return what the server said; the words are those of Attempt.

        Threads that it begins are added to `thread`. Raises TemporaryDeliveryError or PermanentDeliveryError; both say
        which recipients took it.
        """
        message = replace(message, maybe_repeat=maybe_repeat or message.maybe_repeat)
        attempt = Attempt(message, key, accepted, None if thread is None else dict(thread))
        outcomes = self._in_time(lambda: self._try(attempt))
        if thread is not None:
            thread.update(attempt.begun)
        secrets = self._maker.secrets if self._maker else frozenset()
        return settle(self._channel, outcomes, secrets, tuple(accepted))

    def close(self) -> None:
        """Let go of what is kept between messages."""
        self._attempts.end()

    @abstractmethod
    def _try(self, attempt: Attempt) -> list[Outcome]:
        """Try once; gives the fate of each recipient, and raises nothing for what a server or network may do."""

    def _in_time(self, work: Work) -> list[Outcome]:
        """What the work gives; TemporaryDeliveryError when it takes too long.

        Time-outs of single reads do not bound a server that sends a byte now and then. What is not done in time is left
        behind with its thread: it may still succeed, so the failure is uncertain.
        """
        if self._deadline is None:
            return work()
        try:
            return self._attempts.run(work, self._deadline)
        except Empty:
            self._attempts = _Thread()
            late = f"not done within {self._deadline:g} s; the server may be overloaded or out of reach"
            raise TemporaryDeliveryError(f"channel {self._channel}: {late}", uncertain=True) from None


class _Thread:
    """A thread that does one piece of work after the other: to start one for each costs more than to send a mail."""

    def __init__(self) -> None:
        self._todo: SimpleQueue[Work | None] = SimpleQueue()
        self._done: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        self._is_started = False
        self.end = weakref.finalize(self, self._todo.put, None)

    def run(self, work: Work, seconds: float) -> list[Outcome]:
        """What the work gives, or raises; Empty when it takes longer, after which nothing more can be run."""
        if not self._is_started:
            Thread(target=_serve, args=(self._todo, self._done), name="attempts", daemon=True).start()
            self._is_started = True
        self._todo.put(work)
        try:
            done = self._done.get(timeout=seconds)
        except Empty:
            self.end()
            raise
        if isinstance(done, BaseException):
            raise done
        return done


def _serve(todo: SimpleQueue[Work | None], done: SimpleQueue[list[Outcome] | BaseException]) -> None:
    while _do_next(todo, done):
        pass  # nothing is held between two pieces of work: a transport that nobody closed goes when nobody uses it


def _do_next(todo: SimpleQueue[Work | None], done: SimpleQueue[list[Outcome] | BaseException]) -> bool:
    work = todo.get()
    if work is None:
        return False
    try:
        done.put(work())
    except BaseException as error:  # it is raised again in the caller's thread
        done.put(error)
    return True
