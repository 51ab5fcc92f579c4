"""Watched files as they were last read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, func, select

from storage import tables
from storage.database import insert_or
from storage.part import Part
from storage.rows import chunks
from storage.values import Progress
from wirewatch.identity import digest
from wirewatch.model import FileStamp


class FileMemory(Part):
    """The articles of files."""

    def keys_by_fingerprint(self, fingerprints: Collection[bytes]) -> dict[bytes, bytes]:
        """For each text that some file had: the key of its article, the first one where several have it."""
        columns = tables.article.c
        found: dict[bytes, bytes] = {}
        with self._database.read() as connection:
            for part in chunks(fingerprints):
                of_files = (
                    select(*columns["fingerprint", "key"])
                    .where(columns.fingerprint.in_(part), columns.url.startswith("file:"))
                    .order_by(columns.fetched_at, columns.key)
                )
                for row in connection.execute(of_files):
                    found.setdefault(row.fingerprint, row.key)
        return found

    def file_article(self, source: str, path: str) -> bytes | None:
        """The key of the article that was last stored for a watched file; `path` as in the cursor."""
        columns = tables.file_stamp.c
        wanted = select(columns.article_key).where(columns.source == source, columns.path_key == _path_key(path))
        with self._database.read() as connection:
            key: bytes | None = connection.scalar(wanted)
        return key


def store_file_stamps(connection: Connection, progress: Iterable[Progress]) -> None:
    """Remember the files that these polls found changed."""
    rows = [
        {
            "source": item.source,
            "path_key": _path_key(path),
            "path": path,
            "modified_ns": stamp.modified_ns,
            "size": stamp.size,
            "error": stamp.error,
            "article_key": stamp.article_key,
        }
        for item in progress
        for path, stamp in item.cursor.files.items()
    ]
    if not rows:
        return
    added = insert_or(connection, tables.file_stamp)
    changed = {name: added.excluded[name] for name in ("modified_ns", "size", "error")}
    # A file that cannot be read any more is still the file whose content that article was.
    kept = func.coalesce(added.excluded.article_key, tables.file_stamp.c.article_key)
    upsert = added.on_conflict_do_update(index_elements=["source", "path_key"], set_={**changed, "article_key": kept})
    for part in chunks(rows):
        connection.execute(upsert, part)


def file_stamps(connection: Connection, sources: Iterable[str]) -> Mapping[str, Mapping[str, FileStamp]]:
    """What is remembered of the files of sources, by source and path."""
    table = tables.file_stamp
    stamps: dict[str, dict[str, FileStamp]] = {}
    for part in chunks(sources):
        for row in connection.execute(select(table).where(table.c.source.in_(part))):
            stamp = FileStamp(row.modified_ns, row.size, row.error, row.article_key)
            stamps.setdefault(row.source, {})[row.path] = stamp
    return stamps


def _path_key(path: str) -> bytes:
    return digest("path", path)
