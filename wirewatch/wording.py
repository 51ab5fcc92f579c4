"""Numbers and names as people read them."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from itertools import islice
from typing import Final

_MOST_NAMED: Final = 20
"""Names listed where one is unknown."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 article`, `2 articles`, `3,000 articles`; `many` where it is not `one` and an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def unknown_name(kind: str, name: str, known: Collection[str]) -> str:
    """What to say of a name that is none of the known ones: the nearest of them, or all."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"unknown {kind} “{name}”; did you mean “{close[0]}”?"
    listed = ", ".join(islice(known, _MOST_NAMED)) + (" …" if len(known) > _MOST_NAMED else "")
    return f"unknown {kind} “{name}”; known: {listed or 'none'}"


def unknown_key(key: str, valid: Collection[str]) -> str:
    """What to say of a key of the configuration that is none of the valid ones."""
    close = difflib.get_close_matches(key, valid, n=1)
    hint = f"did you mean `{close[0]}:`?" if close else "expected one of " + ", ".join(valid)
    return f"unknown key `{key}:`; {hint}"
