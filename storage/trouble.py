"""What a database's error means to the person who runs wirewatch."""

from __future__ import annotations

import sqlite3

_NOTHING_CHANGED = "; nothing was changed"

_LOCKED = "it is locked by another process for too long; end that process or try again" + _NOTHING_CHANGED
_READ_ONLY = "it is read-only; give the user who runs wirewatch permission to write it" + _NOTHING_CHANGED
_FULL = "the disk is full; free some space and run again" + _NOTHING_CHANGED

_SQLITE_TROUBLE = {
    "is locked": _LOCKED,
    "table is locked": _LOCKED,
    "readonly": _READ_ONLY,
    "disk is full": _FULL,
    "disk i/o error": "the disk cannot be read or written (is it full?); free some space and run again"
    + _NOTHING_CHANGED,
    "unable to open database file": "the file cannot be opened; check that it is a file and that its folder may be "
    "written",
    "not a database": "the file is not a SQLite database; choose another path",
    "malformed": "the file is damaged; restore a backup (`wirewatch db backup` makes them)",
}

_POSTGRES_TROUBLE = {
    "55P03": _LOCKED,
    "25006": _READ_ONLY,
    "53100": _FULL,
    "53300": "the server takes no more connections; run fewer workers or raise max_connections",
    "28P01": "the server refused user or password; check the address",
    "28000": "the server refused this user; check the address",
    "3D000": "the server has no such database; create it with `createdb`",
    "42501": "this user lacks a permission",
}

_POSTGRES_REFUSALS = {
    "does not exist": _POSTGRES_TROUBLE["3D000"],
    "password authentication failed": _POSTGRES_TROUBLE["28P01"],
    "no password supplied": _POSTGRES_TROUBLE["28P01"],
    "no pg_hba.conf entry": _POSTGRES_TROUBLE["28000"],
    "too many clients": _POSTGRES_TROUBLE["53300"],
}
"""A refused connection comes without a code."""

_DEADLOCKS = ("40P01", "40001")


def describe_trouble(original: BaseException | None) -> str:
    """What is wrong and what to do, in one line, for an error of the driver; no statement, values or password."""
    primary = getattr(getattr(original, "diag", None), "message_primary", None)  # Postgres: without the statement
    text = " ".join(str(primary or original).split())
    state: str | None = getattr(original, "sqlstate", None)
    if state in _POSTGRES_TROUBLE:
        return f"{_POSTGRES_TROUBLE[state]} ({text})"
    on_sqlite = isinstance(original, sqlite3.Error)
    signs = _SQLITE_TROUBLE if on_sqlite else _POSTGRES_REFUSALS if state is None else {}
    for sign, meaning in signs.items():
        if sign in text.lower():
            return meaning
    if not on_sqlite and (state is None or state.startswith(("08", "57P"))):
        return f"the server cannot be reached; check that it runs and that the address is right ({text})"
    return text + _NOTHING_CHANGED


def is_deadlock(original: BaseException | None) -> bool:
    """Whether Postgres ended this transaction only because of what others did at the same moment."""
    return getattr(original, "sqlstate", None) in _DEADLOCKS
