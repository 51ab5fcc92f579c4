"""Libraries that only some formats need: they come with the extra `files`."""

from __future__ import annotations

import importlib
from typing import Any

from wirewatch.errors import ExtractionError


def needed(module: str, what: str) -> Any:
    """A library; ExtractionError says how to install it where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ExtractionError(
            f"{what} need a library that is not installed here: run `pip install 'wirewatch[files]'`"
        ) from None
