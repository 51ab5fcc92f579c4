"""Questions of many sources, asked together: one query for dozens of feeds costs little more than for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

WAIT = 0.005
"""Seconds that a question waits for others."""


class Together(Generic[Asked, Answer]):
    """Collects what is asked for a moment, and lets `answer` give the answers to all of it, in order, in one step."""

    def __init__(self, answer: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []

    async def ask(self, question: Asked) -> Answer:
        """The answer; raises whatever `answer` raised."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(WAIT, self._answer_all)
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future))
        return await future

    def _answer_all(self) -> None:
        taken, self._waiting = self._waiting, []
        taken = [each for each in taken if not each[1].done()]  # who was cancelled asks no more
        try:
            answers = self._answer([question for question, _ in taken])
        except Exception as error:  # theirs to meet, each in its own place
            for _, future in taken:
                future.set_exception(error)
            return
        for (_, future), answer in zip(taken, answers, strict=True):
            future.set_result(answer)
