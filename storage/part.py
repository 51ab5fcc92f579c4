"""What the parts of the store have in common."""

from __future__ import annotations

from storage.database import Database


class Part:
    """One concern of the store, over the database that all of them share."""

    def __init__(self, database: Database) -> None:
        self._database = database
