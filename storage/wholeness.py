"""Whether a database is whole: its file, its schema, and that nothing in it points at what is not there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

from storage.opening import REVISIONS, VERSION_TABLE
from storage.part import Part

_SEARCH = "search_article"
_ORPHANS = {
    "hits without their article": "SELECT count(*) FROM hit WHERE article_key NOT IN (SELECT key FROM article)",
    "aliases without their article": (
        "SELECT count(*) FROM article_alias WHERE article_key NOT IN (SELECT key FROM article)"
    ),
    "articles that the search does not find": (
        "SELECT count(*) FROM article WHERE key NOT IN (SELECT article_key FROM search_article)"
    ),
    "places in the search without their article": (
        "SELECT count(*) FROM search_article WHERE article_key NOT IN (SELECT key FROM article)"
    ),
    "messages to be sent about hits that are gone": (
        "SELECT count(DISTINCT d.key) FROM delivery d JOIN delivery_hit t ON t.delivery_key = d.key"
        " LEFT JOIN hit h ON h.article_key = t.article_key AND h.term = t.term"
        " WHERE d.state = 'pending' AND h.term IS NULL"
    ),
    "attempts without their message": (
        "SELECT count(*) FROM delivery_attempt WHERE delivery_key NOT IN (SELECT key FROM delivery)"
    ),
    "slices without their backfill": (
        "SELECT count(*) FROM backfill_slice WHERE backfill NOT IN (SELECT id FROM backfill)"
    ),
}


class Wholeness(Part):
    """Looking for damage."""

    @property
    def revision(self) -> str:
        """The schema of this program, which an open database has."""
        return REVISIONS[-1]

    def check(self) -> list[str]:
        """What is wrong with the database, a line each; reads all of it, so it takes its time."""
        with self._database.read() as connection:
            problems = [*_damage(connection), *_missing(connection)]
            return problems or list(_orphans(connection))


def _damage(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.execute(text("PRAGMA integrity_check")):
        if said != "ok":
            yield f"the file is damaged: {said}"
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"table {row[0]}, row {row[1]}: it points at a row of {row[2]} that is not there"


def _missing(connection: Connection) -> Iterator[str]:
    found = inspect(connection)
    there = set(found.get_table_names())
    for table in (*SQLModel.metadata.sorted_tables, None):
        name = _SEARCH if table is None else table.name
        if name not in there:
            yield f"table {name} is missing"
        elif table is not None:
            columns = {column["name"] for column in found.get_columns(name)}
            for column in table.columns:
                if column.name not in columns:
                    yield f"table {name}: column {column.name} is missing"
    if VERSION_TABLE not in there:
        yield f"table {VERSION_TABLE} is missing"


def _orphans(connection: Connection) -> Iterator[str]:
    for what, query in _ORPHANS.items():
        if number := connection.scalar(text(query)):
            yield f"{number:,} {what}"
