"""The one transaction of a batch: articles, hits, deliveries and cursors, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from storage import tables
from storage.backfills import store_slice
from storage.configuration import hold_configuration
from storage.documents import store_documents, store_raw
from storage.edge_memory import remember_edges
from storage.inserting import insert_unless_there
from storage.part import Part
from storage.polling import still_leased, store_progress
from storage.revising import Revision, changed_hits, judge_and_store
from storage.rows import article_from, article_row, chunks, hit_from, hit_row, pending_page_row
from storage.search import index_articles
from storage.standing import Look, look_at
from storage.tellings import store_planned
from storage.values import Batch, Indexed, Written
from storage.verdicts import live_hits
from wirewatch.model import Article, Delivery, Hit, Item, Visibility
from wirewatch.stories import StoryRules
from wirewatch.telling import Planned

Plan = Callable[[Sequence[Hit], Look], Planned]

_COUNTED_AS_REVISION = ("fingerprint", "blocks")
_JUDGING_LOCK = 0x73746F72  # "stor" in ASCII: two copies that two workers store at once must see each other


class Writing(Part):
    """Storing what a poll or a backfill found."""

    def write(self, batch: Batch, plan: Plan, rules: StoryRules | None = None) -> Written:
        """Store a batch in one transaction.

        `rules` judge the new hits, those that were suppressed and are live now among them, and those whose sentences
        a revision has changed; without rules every hit is new and no change is told. `plan` is called with all of
        these and gives what they become. Both may be called again where Postgres ends the transaction, so they only
        compute. A live hit stays live and as it was found when its words have moved into furniture.

        Raises ConfigurationChanged where `batch.matched_with` is not in force: a term applied since would never
        meet these articles, because its backfill does not see them yet either.
        """

        def work(connection: Connection) -> Written:
            if batch.matched_with is not None:
                hold_configuration(connection, batch.matched_with)
            progress = still_leased(connection, batch.progress)
            articles = _one_of_each(batch.articles)
            if not batch.revises:
                articles = _still_newest(connection, articles)
            new_keys, revised = _store_articles(connection, articles, revises=batch.revises)
            _store_aliases(connection, batch.articles)
            if batch.revises:
                _store_pending_pages(connection, articles, batch.articles)
            found_by = {"held": batch.hold, "backfill": batch.slice and batch.slice.backfill}
            hits = _strongest_of_each(batch.hits)
            before = live_hits(connection, revised) if rules else {}
            new_hits = _store_hits(connection, hits, found_by)
            changed = changed_hits(revised, before, hits, rules.compare) if rules else ()
            if rules and (new_hits or changed):
                self._database.serialise(connection, _JUDGING_LOCK)
                new_hits, changed = judge_and_store(connection, batch.traced, new_hits, changed, rules.judge)
            deliveries = _planned(connection, plan, (*new_hits, *changed))
            store_documents(connection, batch.documents)
            store_raw(connection, _kept(articles))
            remember_edges(connection, [(e.article.source, e.edges) for e in articles if e.edges is not None])
            store_progress(connection, progress)
            counts = _slice_counts(connection, batch, len(new_keys), new_hits)
            return Written(len(new_keys), len(revised), new_hits, deliveries, counts, changed)

        return self._database.write(work)

    def reindex(self, articles: Sequence[Indexed]) -> None:
        """Replace the lexemes by which the archive finds stored articles."""
        by_key = {indexed.article.key: indexed for indexed in articles}
        keys = tables.article.c.key

        def work(connection: Connection) -> None:
            there = set(connection.scalars(select(keys).where(keys.in_(by_key)).with_for_update(key_share=True)))
            kept = {key: by_key[key] for key in by_key if key in there}
            index_articles(connection, kept, sqlite=connection.dialect.name == "sqlite")

        self._database.write(work)

    def plan_held(self, plan: Plan, backfill: int | None = None) -> tuple[Delivery, ...]:
        """Plan, in one transaction, the deliveries of what a backfill found with `hold`; gives the new ones."""
        table = tables.hit
        held = select(table).where(table.c.held, table.c.backfill.is_not_distinct_from(backfill))
        held = held.order_by(table.c.article_key, table.c.term).with_for_update()

        def work(connection: Connection) -> tuple[Delivery, ...]:
            hits = [hit_from(row) for row in connection.execute(held)]
            deliveries = _planned(connection, plan, hits)
            for part in chunks([(hit.article_key, hit.term) for hit in hits]):
                told = tuple_(table.c.article_key, table.c.term).in_(part)
                connection.execute(update(table).where(told).values(held=False))
            return deliveries

        return self._database.write(work)


def _slice_counts(
    connection: Connection, batch: Batch, new_articles: int, new_hits: Sequence[Hit]
) -> Mapping[str, int]:
    if batch.slice is None:
        return {}
    live = sum(hit.visibility is Visibility.LIVE for hit in new_hits)
    known = len(batch.hits) - len(new_hits)
    found = {"hits": live, "suppressed": len(new_hits) - live, "already_known": known, "new_articles": new_articles}
    return store_slice(connection, batch.slice, found)


def _planned(connection: Connection, plan: Plan, hits: Sequence[Hit]) -> tuple[Delivery, ...]:
    if not hits:
        return ()
    originals = {(hit.original, hit.term) for hit in hits if hit.original is not None}
    look = look_at(connection, [(hit.article_key, hit.term) for hit in hits], sorted(originals))
    return store_planned(connection, plan(hits, look))


def _still_newest(connection: Connection, articles: Sequence[Indexed]) -> list[Indexed]:
    """Those that are stored, and of which nothing newer was fetched meanwhile."""
    columns = tables.article.c
    fetched: dict[bytes, datetime] = {}
    for part in chunks(each.article.key for each in articles):
        rows = select(*columns["key", "fetched_at"]).where(columns.key.in_(part)).order_by(columns.key)
        fetched |= dict(connection.execute(rows.with_for_update(key_share=True)).tuples().all())
    return [each for each in articles if fetched.get(each.article.key) == each.article.fetched_at]


def _kept(articles: Iterable[Indexed]) -> list[tuple[bytes, Item, str]]:
    return [(each.article.key, each.kept, each.made_with) for each in articles if each.kept is not None]


def _one_of_each(articles: Iterable[Indexed]) -> list[Indexed]:
    """The first of each key, rather one that needs no more of its page; in the order of keys.

    Two writers that keep to this order never wait for each other.
    """
    chosen: dict[bytes, Indexed] = {}
    for indexed in sorted(articles, key=lambda indexed: indexed.pending_page is not None):
        chosen.setdefault(indexed.article.key, indexed)
    return [chosen[key] for key in sorted(chosen)]


def _strongest_of_each(hits: Iterable[Hit]) -> dict[tuple[bytes, str], Hit]:
    """One hit of each article and term, a live one before a suppressed one, in the order of keys."""
    strongest: dict[tuple[bytes, str], Hit] = {}
    for hit in hits:
        key = (hit.article_key, hit.term)
        if key not in strongest or strongest[key].visibility is Visibility.SUPPRESSED:
            strongest[key] = hit
    return {key: strongest[key] for key in sorted(strongest)}


def _store_articles(
    connection: Connection, articles: Sequence[Indexed], *, revises: bool
) -> tuple[set[bytes], dict[bytes, Revision]]:
    """Insert or revise; gives the keys of the new ones, and what was done to those whose text has changed."""
    rows = {indexed.article.key: {**article_row(indexed.article), "revision": 1} for indexed in articles}
    new_keys = {key for (key,) in insert_unless_there(connection, tables.article, rows.values())}
    known = [rows[key] for key in rows if key not in new_keys]
    before = _revise_articles(connection, known, counts=revises)
    by_key = {indexed.article.key: indexed for indexed in articles}
    index_articles(connection, by_key, sqlite=connection.dialect.name == "sqlite", new=new_keys)
    return new_keys, {key: Revision(before[key], by_key[key].article) for key in before}


def _revise_articles(connection: Connection, rows: Sequence[dict[str, Any]], *, counts: bool) -> dict[bytes, Article]:
    """Gives the articles whose text has changed, as they were."""
    if not rows:
        return {}
    columns = tables.article.c
    revised: dict[bytes, Article] = {}
    for part in chunks(rows):
        keys = [row["key"] for row in part]
        # In the order of keys, and leaving others free to add hits to these articles meanwhile.
        locked = select(tables.article).where(columns.key.in_(keys)).order_by(columns.key)
        stored = {row.key: row for row in connection.execute(locked.with_for_update(key_share=True))}
        for row in part:
            before = stored[row["key"]]
            changed = any(getattr(before, name) != row[name] for name in _COUNTED_AS_REVISION)
            row["revision"] = before.revision + (changed and counts)
            if changed:
                revised[row["key"]] = article_from(before)
    change = update(tables.article).where(columns.key == bindparam("known_key"))
    fields: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "key"}
    values = [
        {"known_key": row["key"], **{f"new_{name}": row[name] for name in rows[0] if name != "key"}} for row in rows
    ]
    connection.execute(change.values(fields), values)
    return revised


def _store_aliases(connection: Connection, articles: Iterable[Indexed]) -> None:
    aliases = {
        alias: indexed.article.key for indexed in articles for alias in indexed.aliases if alias != indexed.article.key
    }
    rows = ({"alias": alias, "article_key": aliases[alias]} for alias in sorted(aliases))
    insert_unless_there(connection, tables.article_alias, rows)


def _store_pending_pages(connection: Connection, chosen: Iterable[Indexed], written: Iterable[Indexed]) -> None:
    """What was written is no longer pending, unless what was chosen of it says so."""
    table = tables.pending_page
    pages = [indexed.pending_page for indexed in chosen if indexed.pending_page is not None]
    keys = {key for indexed in written for key in (indexed.article.key, *indexed.aliases)}
    keys |= {page.article_key for page in pages}
    some = connection.scalar(select(table.c.article_key).limit(1)) is not None  # hardly ever; that many keys cost more
    for part in chunks(sorted(keys)) if some else ():
        connection.execute(delete(table).where(table.c.article_key.in_(part)))
    insert_unless_there(connection, table, map(pending_page_row, pages))


def _store_hits(
    connection: Connection, hits: dict[tuple[bytes, str], Hit], found_by: Mapping[str, Any]
) -> tuple[Hit, ...]:
    """Insert or change; gives those that are new to readers, in the order of keys.

    What a backfill holds and another one finds again is the other's to tell: the first may never be finished.
    """
    rows = {
        key: {**hit_row(hit), **found_by, "held": found_by["held"] and hit.visibility is Visibility.LIVE}
        for key, hit in hits.items()
    }
    new = insert_unless_there(connection, tables.hit, rows.values())
    known = [key for key in rows if key not in new]
    columns = tables.hit.c
    found_again: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    for part in chunks(known):
        wanted = select(*columns["article_key", "term", "visibility", "held", "backfill"]).where(
            tuple_(columns.article_key, columns.term).in_(part)
        )
        for before in connection.execute(wanted.order_by(columns.article_key, columns.term).with_for_update()):
            key = (before.article_key, before.term)
            live = hits[key].visibility is Visibility.LIVE
            if before.visibility is Visibility.SUPPRESSED and live:
                new.add(key)
                found_again.append(rows[key])
            elif before.visibility is hits[key].visibility:
                if not (before.held and found_by["held"]):
                    rows[key]["backfill"] = before.backfill
                seen.append(rows[key])
    _change_hits(connection, found_again, seen)
    return tuple(hit for key, hit in hits.items() if key in new)


def _change_hits(connection: Connection, found_again: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> None:
    """Hits found again are as if new; of the others only what was matched, and by which version, is replaced."""
    columns = tables.hit.c
    that_hit = (columns.article_key == bindparam("of_article"), columns.term == bindparam("of_term"))
    judged = ("story", "novelty", "original", "change")
    everything = ("term_version", "matches", "visibility", "origin", "found_at", "held", "backfill", *judged)
    for rows, names in ((found_again, everything), (seen, ("term_version", "matches", "backfill"))):
        if not rows:
            continue
        values = [
            {"of_article": row["article_key"], "of_term": row["term"], **{f"new_{name}": row[name] for name in names}}
            for row in rows
        ]
        fields: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        connection.execute(update(tables.hit).where(*that_hit).values(fields), values)
