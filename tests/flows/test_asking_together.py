"""Questions that are asked at about the same time share one answer, and each meets its own trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flows.together import Together


async def test_questions_of_one_moment_are_answered_in_one_step() -> None:
    steps: list[list[int]] = []

    def doubled(numbers: Sequence[int]) -> list[int]:
        steps.append(list(numbers))
        return [2 * number for number in numbers]

    together = Together(doubled)
    assert await asyncio.gather(*map(together.ask, range(5))) == [0, 2, 4, 6, 8]
    assert await together.ask(7) == 14
    assert steps == [[0, 1, 2, 3, 4], [7]]


async def test_who_gave_up_asks_no_more_and_the_others_are_answered() -> None:
    together = Together(lambda numbers: [sum(numbers)] * len(numbers))
    first, second = (asyncio.create_task(together.ask(number)) for number in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2


async def test_an_error_is_met_by_all_who_asked_and_by_nobody_later() -> None:
    answers = iter([ZeroDivisionError, None])

    def answer(numbers: Sequence[int]) -> list[int]:
        if trouble := next(answers):
            raise trouble
        return list(numbers)

    together = Together(answer)
    found = await asyncio.gather(together.ask(1), together.ask(2), return_exceptions=True)
    assert list(map(type, found)) == [ZeroDivisionError, ZeroDivisionError]
    assert await together.ask(3) == 3
