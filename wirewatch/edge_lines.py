"""The short lines at the edges of an article: what a source repeats there is its template, not its news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MOST_REMEMBERED = 60
"""Articles of one source whose edge lines are remembered, the latest; it bounds what is kept."""


@dataclass(frozen=True, slots=True)
class EdgeLines:
    """Digests of the short lines at an article's beginning and end, and the day it is of."""

    article_key: bytes
    day: date
    lines: frozenset[bytes]
    """8 bytes each."""
