"""What is remembered of the edges of a source's latest articles, from which its template lines are learnt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import JSON, Connection, select
from sqlmodel import Field, SQLModel

from storage.database import insert_or
from storage.part import Part
from wirewatch.edge_lines import MOST_REMEMBERED, EdgeLines


class SourceEdgesRow(SQLModel, table=True):
    """The edge lines of a source's latest articles, the oldest first."""

    __tablename__ = "source_edges"

    source: str = Field(primary_key=True)
    articles: list[dict[str, Any]] = Field(sa_type=JSON)


source_edges = SQLModel.metadata.tables["source_edges"]


class EdgeMemory(Part):
    """The edges of articles, by source."""

    def edge_lines(self, source: str) -> list[EdgeLines]:
        """Of the source's latest articles, the oldest first."""
        with self._database.read() as connection:
            return _remembered(connection, source)


def remember_edges(connection: Connection, found: Iterable[tuple[str, EdgeLines]]) -> None:
    """Add what was found in articles of sources; an article that is known is remembered as it is now."""
    by_source: dict[str, dict[bytes, EdgeLines]] = {}
    for source, edges in found:
        if edges.lines:
            by_source.setdefault(source, {})[edges.article_key] = edges
    for source in sorted(by_source):
        known = {each.article_key: each for each in _remembered(connection, source)}
        latest = [*(each for key, each in known.items() if key not in by_source[source]), *by_source[source].values()]
        row = {"source": source, "articles": [_as_json(each) for each in latest[-MOST_REMEMBERED:]]}
        statement = insert_or(connection, source_edges).values(row)
        replaced = {"articles": statement.excluded.articles}
        connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=replaced))


def _remembered(connection: Connection, source: str) -> list[EdgeLines]:
    articles = connection.scalar(select(source_edges.c.articles).where(source_edges.c.source == source))
    return [
        EdgeLines(
            bytes.fromhex(each["key"]), date.fromisoformat(each["day"]), frozenset(map(bytes.fromhex, each["lines"]))
        )
        for each in articles or ()
    ]


def _as_json(edges: EdgeLines) -> dict[str, Any]:
    lines = sorted(line.hex() for line in edges.lines)
    return {"key": edges.article_key.hex(), "day": edges.day.isoformat(), "lines": lines}
