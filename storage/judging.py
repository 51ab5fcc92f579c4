"""What people said: terms and stories muted, terms paused, hits seen or not relevant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, select, tuple_, update

from storage import policy_tables as tables
from storage.database import insert_or
from storage.part import Part
from storage.rows import chunks
from storage.standing import all_mutes
from storage.tables import configuration as _configuration
from storage.tables import hit as _hit
from wirewatch.model import Visibility
from wirewatch.telling import HitName, Judgement, Mute, MuteKind


@dataclass(frozen=True, slots=True)
class TermFigures:
    """A term's live hits in a time, and those among them that are not relevant."""

    hits: int
    irrelevant: int


class Judging(Part):
    """Mutes and judgements. Saying something twice is saying it once."""

    def mute(self, mute: Mute) -> None:
        """Mute from now on; one that is there is replaced. A pause is noticed by all workers."""
        table = tables.mute
        row = {
            "kind": mute.kind,
            "name": mute.name,
            "since": mute.since,
            "until": mute.until,
            "why": mute.why,
        }

        def work(connection: Connection) -> None:
            added = insert_or(connection, table).values(row)
            replaced = {name: added.excluded[name] for name in ("since", "until", "why")}
            connection.execute(added.on_conflict_do_update(index_elements=["kind", "name"], set_=replaced))
            _watch_anew(connection, mute.kind)

        self._database.write(work)

    def unmute(self, kind: MuteKind, name: str) -> bool:
        """Lift a mute; False where there is none."""
        table = tables.mute

        def work(connection: Connection) -> bool:
            that = and_(table.c.kind == kind, table.c.name == name)
            lifted = connection.execute(delete(table).where(that)).rowcount > 0
            if lifted:
                _watch_anew(connection, kind)
            return lifted

        return self._database.write(work)

    def mutes(self, now: datetime) -> list[Mute]:
        """The mutes that hold at a moment, by kind and name."""
        with self._database.read() as connection:
            return [mute for mute in all_mutes(connection) if mute.until is None or now < mute.until]

    def paused_terms(self) -> frozenset[str]:
        """The terms that are not looked for. It changes only as the configuration's version grows."""
        columns = tables.mute.c
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(columns.name).where(columns.kind == MuteKind.PAUSE)))

    def judge(self, hits: Iterable[HitName], judgement: Judgement, now: datetime) -> int:
        """Say something of hits that are stored; gives their number."""
        table = tables.judgement

        def work(connection: Connection) -> int:
            there = sorted(_stored(connection, sorted(set(hits))))
            added = insert_or(connection, table)
            replaced = {name: added.excluded[name] for name in ("judgement", "judged_at")}
            upsert = added.on_conflict_do_update(index_elements=["article_key", "term"], set_=replaced)
            for part in chunks(there):
                said = {"judgement": judgement, "judged_at": now}
                connection.execute(upsert, [{"article_key": key, "term": term, **said} for key, term in part])
            return len(there)

        return self._database.write(work)

    def unjudge(self, hits: Sequence[HitName]) -> int:
        """Take back what was said of hits; gives how many had been judged."""
        table = tables.judgement
        these = tuple_(table.c.article_key, table.c.term)

        def work(connection: Connection) -> int:
            parts = chunks(sorted(set(hits)))
            return sum(connection.execute(delete(table).where(these.in_(part))).rowcount for part in parts)

        return self._database.write(work)

    def judgements(self, hits: Iterable[HitName]) -> Mapping[HitName, Judgement]:
        """What was said of those hits that somebody said something of."""
        table = tables.judgement
        said: dict[HitName, Judgement] = {}
        with self._database.read() as connection:
            for part in chunks(sorted(set(hits))):
                wanted = select(table).where(tuple_(table.c.article_key, table.c.term).in_(part))
                said |= {(row.article_key, row.term): row.judgement for row in connection.execute(wanted)}
        return said

    def term_figures(self, since: datetime) -> dict[str, TermFigures]:
        """For each term its live hits since, and how many of them readers marked as not relevant."""
        columns, said = _hit.c, tables.judgement
        irrelevant = and_(said.c.article_key == columns.article_key, said.c.term == columns.term)
        wanted = (
            select(columns.term, func.count(), func.count(said.c.term))
            .join(said, and_(irrelevant, said.c.judgement == Judgement.IRRELEVANT), isouter=True)
            .where(columns.found_at >= since, columns.visibility == Visibility.LIVE)
            .group_by(columns.term)
        )
        with self._database.read() as connection:
            return {row[0]: TermFigures(row[1], row[2]) for row in connection.execute(wanted)}

    def stories_of(self, hits: Iterable[HitName]) -> set[bytes]:
        """The stories that hits belong to."""
        columns = _hit.c
        stories: set[bytes] = set()
        with self._database.read() as connection:
            for part in chunks(sorted(set(hits))):
                of_hits = tuple_(columns.article_key, columns.term).in_(part)
                stories |= set(connection.scalars(select(columns.story).where(of_hits, columns.story.is_not(None))))
        return stories

    def hit_names(self, *, story: bytes | None = None, term: str | None = None) -> list[HitName]:
        """The live hits of a story, or of a term."""
        columns = _hit.c
        wanted = select(columns.article_key, columns.term).where(columns.visibility == Visibility.LIVE)
        if story is not None:
            wanted = wanted.where(columns.story == story)
        if term is not None:
            wanted = wanted.where(columns.term == term)
        with self._database.read() as connection:
            return [(key, name) for key, name in connection.execute(wanted)]


def _stored(connection: Connection, hits: Sequence[HitName]) -> set[HitName]:
    columns = _hit.c
    there: set[HitName] = set()
    for part in chunks(hits):
        wanted = select(columns.article_key, columns.term).where(tuple_(columns.article_key, columns.term).in_(part))
        there |= {(key, term) for key, term in connection.execute(wanted)}
    return there


def _watch_anew(connection: Connection, kind: MuteKind) -> None:
    """A term that is paused or resumed makes another watchlist: workers notice by the version."""
    if kind is MuteKind.PAUSE:
        connection.execute(update(_configuration).values(version=_configuration.c.version + 1))
