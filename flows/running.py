"""What every flow run has around its work: a foreseen failure is told in one line, without a traceback."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

from prefect.states import Failed

from wirewatch.errors import WirewatchError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_CHATTER = ("prefect.concurrency", "EventsWorker", "APILogWorker")
"""Loggers that warn of what a run's ordinary end interrupts, such as the renewal of its own slot; their errors stay."""


def says_why(work: Callable[Parameters, Awaitable[Result]]) -> Callable[Parameters, Awaitable[Result]]:
    """Make a flow of `work` fail with the reason as its state's message where a WirewatchError ends it.

    Prefect raises that error again to whoever called the flow.
    """

    @functools.wraps(work)
    async def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        for name in _CHATTER:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            return await work(*args, **kwargs)
        except WirewatchError as error:
            return cast(Result, Failed(message=str(error), data=error))

    # Prefect builds a model of the parameters, and would look for the names of their types in this module.
    vars(run)["__signature__"] = inspect.signature(work, eval_str=True)
    return run
