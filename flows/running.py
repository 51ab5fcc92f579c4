"""What every flow run has around its work: a foreseen failure is told in one line, without a traceback."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar, cast

from prefect.states import Failed

from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.errors import StorageError, WirewatchError
from wirewatch.secrets import redact

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
            result = await work(*args, **kwargs)
        except WirewatchError as error:
            _tell(work.__name__, str(error))
            return cast(Result, Failed(message=str(error), data=error))
        except Exception as error:
            _tell(work.__name__, f"unexpected {type(error).__name__}: {redact(str(error))}")
            raise
        _tell(work.__name__, None)
        return result

    # Prefect builds a model of the parameters, and would look for the names of their types in this module.
    vars(run)["__signature__"] = inspect.signature(work, eval_str=True)
    return run


def _tell(flow_name: str, trouble: str | None) -> None:
    """Raise a notice of a flow that failed, or clear it; without a database only the run's state says so."""
    key = f"flow/{flow_name}"
    with suppress(StorageError), open_database() as store:
        if trouble is not None:
            text = f"{trouble}\nIt is tried again as scheduled; its runs in Prefect say more."
            store.raise_notice(key, f"the flow {flow_name} fails", text, utc_now())
        elif any(notice.key == key for notice in store.notices()):
            store.clear_notice(key, utc_now())
