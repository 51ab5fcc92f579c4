"""The applied configuration: the terms' versions, and which sources are polled."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, Text, cast, delete, func, insert, select, update

from storage import tables
from storage.database import Database
from storage.held_sites import host_hash
from storage.part import Part
from storage.polling import NO_FAILURE, NOT_PAUSED
from storage.rows import CONFIGURATION, SOURCE, chunks, configuration_from_text, cursor_json
from storage.tellings import rename_tellings
from wirewatch.config import Configuration
from wirewatch.errors import ConfigurationChanged, StorageError
from wirewatch.model import Cursor, Source, SourceKind, Term, Visibility
from wirewatch.schedule import Trouble

LONGEST_NAME = 500
"""Characters of a term's or source's name: it is part of keys."""

_APPLY_LOCK = 0x61707079  # "appy" in ASCII: any number that no other application uses


class Configurations(Part):
    """What is applied, and applying it."""

    def configuration(self) -> Configuration | None:
        """The configuration as applied, its terms with their versions; None where none ever was."""
        with self._database.read() as connection:
            return applied_configuration(self._database, connection)

    def terms_since(self) -> dict[str, datetime]:
        """When the newest version of each term was applied."""
        columns = tables.term_version.c
        wanted = select(columns.name, func.max(columns.applied_at).label("applied_at")).group_by(columns.name)
        with self._database.read() as connection:
            return {row.name: row.applied_at for row in connection.execute(wanted)}

    def config_version(self) -> int:
        """Grows by one with every change; 0 where nothing was ever applied. Cheap enough to ask before every batch."""
        with self._database.read() as connection:
            return connection.scalar(select(tables.configuration.c.version)) or 0

    def apply(self, config: Configuration, definitions: Mapping[str, str], now: datetime) -> Configuration:
        """Make this the applied configuration, in one transaction; an equal one changes nothing.

        `definitions`: for each term's name all that decides what it matches. A term whose definition differs from
        its latest one gets the next version. Hits and deliveries of a renamed term move along; those of what was
        removed are kept. Gives the configuration with its versions.
        """
        _check_names(config)

        def work(connection: Connection) -> Configuration:
            self._database.serialise(connection, _APPLY_LOCK)
            stored = _stored(connection)
            _rename_terms(connection, config, stored.configuration)
            applied = replace(config, terms=_with_versions(connection, config.terms, definitions, now))
            if applied != stored.configuration:
                _update_sources(connection, applied.sources, now)
                _store(connection, applied, stored.version + 1, now)
            return applied

        return self._database.write(work)


def hold_configuration(connection: Connection, version: int) -> None:
    """Let no other configuration be applied before this transaction ends; ConfigurationChanged where one was."""
    held = select(tables.configuration.c.version).with_for_update(read=True)
    if connection.scalar(held) != version:  # None: replaced while we waited for it
        raise ConfigurationChanged("another configuration was applied meanwhile; begin again with that one")


def applied_configuration(database: Database, connection: Connection) -> Configuration | None:
    """The configuration as applied; None where none ever was."""
    remembered = _remembered.get(database)
    mark = connection.execute(select(*tables.configuration.c["version", "applied_at"])).one_or_none()
    if remembered is None or mark is None or (remembered.version, remembered.applied_at) != tuple(mark):
        remembered = _remembered[database] = _stored(connection)
    return remembered.configuration


class _Stored(NamedTuple):
    version: int
    applied_at: datetime | None
    configuration: Configuration | None


_remembered: WeakKeyDictionary[Database, _Stored] = WeakKeyDictionary()
"""Every tick asks for it several times, and reading ten thousand sources takes longer than all else in a quiet one."""


def _stored(connection: Connection) -> _Stored:
    columns = tables.configuration.c
    wanted = select(*columns["version", "applied_at"], cast(columns.content, Text).label("content"))
    row = connection.execute(wanted).one_or_none()
    return _Stored(0, None, None) if row is None else _Stored(row[0], row[1], configuration_from_text(row.content))


def _store(connection: Connection, configuration: Configuration, version: int, now: datetime) -> None:
    content = CONFIGURATION.dump_python(configuration, mode="json")
    connection.execute(delete(tables.configuration))
    connection.execute(insert(tables.configuration).values(id=1, version=version, applied_at=now, content=content))


def _check_names(config: Configuration) -> None:
    for kind, names in (("term", config.terms), ("source", config.sources)):
        for name in (item.name for item in names):
            if len(name) > LONGEST_NAME:
                raise StorageError(
                    f"{kind} “{name[:40]}…”: a name has at most {LONGEST_NAME} characters; "
                    f"give this {kind} a short `name:`"
                )


def _with_versions(
    connection: Connection, terms: tuple[Term, ...], definitions: Mapping[str, str], now: datetime
) -> tuple[Term, ...]:
    """The terms with their versions; new versions are stored."""
    columns = tables.term_version.c
    history = connection.execute(select(*columns["name", "version", "definition"]).order_by(columns.version))
    latest = {row.name: (row.version, row.definition) for row in history}
    versioned: list[Term] = []
    added: list[dict[str, Any]] = []
    for term in terms:
        definition = definitions.get(term.name, term.query)
        version, known = latest.get(term.name, (0, None))
        if definition != known:
            version += 1
            added.append(
                {
                    "name": term.name,
                    "version": version,
                    "query": term.query,
                    "definition": definition,
                    "applied_at": now,
                }
            )
        versioned.append(replace(term, version=version))
    for part in chunks(added):
        connection.execute(insert(tables.term_version), part)
    return tuple(versioned)


def _rename_terms(connection: Connection, config: Configuration, stored: Configuration | None) -> None:
    """Move what is known of renamed terms. `was:` may stay in the file: once moved, it means nothing more."""
    applied = {term.name for term in stored.terms} if stored else set()
    wanted = {term.name for term in config.terms}
    for old, new in config.renames:
        if old in applied and old not in wanted and new not in applied:
            _rename_term(connection, old, new)


def _rename_term(connection: Connection, old: str, new: str) -> None:
    """Where a term of the new name existed before, its versions stay and those of the renamed one follow them."""
    versions, hits = tables.term_version, tables.hit
    offset = connection.scalar(select(func.coalesce(func.max(versions.c.version), 0)).where(versions.c.name == new))
    renumbered = {"name": new, "version": versions.c.version + offset}
    connection.execute(update(versions).where(versions.c.name == old).values(renumbered))

    twin = hits.alias()
    same_article = twin.c.article_key == hits.c.article_key
    live_under_new = select(twin.c.term).where(same_article, twin.c.term == new, twin.c.visibility == Visibility.LIVE)
    connection.execute(delete(hits).where(hits.c.term == old, live_under_new.exists()))
    under_old = select(twin.c.term).where(same_article, twin.c.term == old)
    connection.execute(delete(hits).where(hits.c.term == new, under_old.exists()))
    moved = {"term": new, "term_version": hits.c.term_version + offset}
    connection.execute(update(hits).where(hits.c.term == old).values(moved))

    told = tables.delivery_hit
    connection.execute(update(told).where(told.c.term == old).values(term=new))
    rename_tellings(connection, old, new)


def _update_sources(connection: Connection, sources: tuple[Source, ...], now: datetime) -> None:
    table = tables.source
    known = {row.name: row for row in connection.execute(select(table).order_by(table.c.name).with_for_update())}
    new = [_new_source_row(source, now) for source in sources if source.name not in known]
    for part in chunks(new):
        connection.execute(insert(table), part)
    for source in sources:
        row = known.pop(source.name, None)
        if row is not None:
            _update_source(connection, row, source, now)
    removed = [name for name, row in known.items() if row.active]
    for names in chunks(removed):
        connection.execute(update(table).where(table.c.name.in_(names)).values(active=False))


def _new_source_row(source: Source, now: datetime) -> dict[str, Any]:
    return {
        "name": source.name,
        "active": True,
        "paused": False,
        "failures": 0,
        "lease_number": 0,
        **_settings(source),
        **_unread(now),
    }


def _settings(source: Source) -> dict[str, Any]:
    return {"settings": SOURCE.dump_python(source, mode="json"), "host_hash": _hash_of(source)}


def _unread(now: datetime) -> dict[str, Any]:
    return {"cursor": cursor_json(Cursor()), "next_due": now}


def _update_source(connection: Connection, row: Row[Any], source: Source, now: datetime) -> None:
    table = tables.source
    before = SOURCE.validate_python(row.settings)
    if row.active and before == source:
        return
    changes: dict[str, Any] = {"active": True, **_settings(source)}
    if (before.kind, before.location) != (source.kind, source.location):
        # Nothing that was learnt of the other place holds here; a poll of it that still runs must not say so.
        stamps = tables.file_stamp
        connection.execute(delete(stamps).where(stamps.c.source == source.name))
        changes |= {**_unread(now), **NO_FAILURE, "cadence": None, "lease_until": None}
        changes["lease_number"] = row.lease_number + 1
        if row.pause_reason == Trouble.GONE:
            changes |= NOT_PAUSED
    else:
        # What made it fail may be mended.
        changes["next_due"] = now if row.failures else min(row.next_due, now + source.every)
    connection.execute(update(table).where(table.c.name == source.name).values(changes))


def _hash_of(source: Source) -> int:
    """The same for all sources of one host; for a folder, of one name."""
    host = source.name
    if source.kind is not SourceKind.FOLDER:
        with suppress(ValueError):  # an address that no one can parse is nobody's host
            host = urlsplit(source.location).hostname or host
    return host_hash(host)
