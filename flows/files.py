"""One file as an article, for the verbs that try something out."""

from __future__ import annotations

from pathlib import Path

import connectors
import extraction
from wirewatch.clock import utc_now
from wirewatch.errors import ExtractionError
from wirewatch.model import Article


def article_of_file(path: Path) -> Article:
    """Read and extract a file as a folder source would; ExtractionError says why it cannot be read."""
    try:
        return extraction.extract(connectors.item_of_file(path, source="", now=utc_now()))
    except OSError as error:
        raise ExtractionError(f"{path}: {error.strerror or error}") from None
