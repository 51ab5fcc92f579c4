"""Judging hits inside the transaction that stores them: which story, and what each adds to it.

Only articles with a live hit are judged and leave traces: nobody hears of the others, so that nothing can repeat them.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from storage import story_tables, tables
from storage.database import insert_or
from storage.neighbours import Neighbours, find_neighbours
from storage.rows import article_from, change_json, chunks, hit_from
from wirewatch.model import Article, Hit, Visibility
from wirewatch.stories import Case, Judge, Link, LinkKind, Relative, Traced, Verdict


def judge_hits(connection: Connection, traced: Iterable[Traced], hits: Sequence[Hit], judge: Judge) -> tuple[Hit, ...]:
    """Judge the live ones of these stored hits, article by article from the oldest; gives all of them as judged.

    Nobody else may judge meanwhile. A hit of an article without traces, or a suppressed one, stays as it is.
    """
    by_article: dict[bytes, list[Hit]] = {}
    for hit in hits:
        if hit.visibility is Visibility.LIVE:
            by_article.setdefault(hit.article_key, []).append(hit)
    cases = {each.article.key: each for each in traced if each.article.key in by_article}
    if not cases:
        return tuple(hits)
    order = sorted(cases.values(), key=lambda each: (each.dated_at, each.article.key))
    places = _rows(connection, cases)
    take_out(connection, [places[key] for key in sorted(places)])  # they may say something else by now
    neighbours = find_neighbours(connection, order)
    relatives = _relatives(connection, places, neighbours)
    text_of = _Texts(connection, [each.article for each in order], neighbours)
    all_hits = {
        key: {**(relatives[key].hits if key in places else {}), **{hit.term: hit for hit in by_article[key]}}
        for key in cases
    }
    verdicts: dict[bytes, Verdict] = {}
    for each in order:
        key = each.article.key
        near = _near(key, neighbours, relatives)
        place = places.get(key)
        terms = frozenset(all_hits[key])
        story = place.story if place else None
        verdict = verdicts[key] = judge(
            Case(each, tuple(by_article[key]), terms, near, text_of, neighbours.counts, story)
        )
        now_known = all_hits[key] | {hit.term: hit for hit in verdict.hits}
        relatives[key] = Relative(key, verdict.story, each.dated_at, each.words, each.names, now_known)
    _file(connection, order, places, neighbours, verdicts, by_article)
    judged = {(hit.article_key, hit.term): hit for verdict in verdicts.values() for hit in verdict.hits}
    store_judgements(connection, judged.values())
    return tuple(judged.get((hit.article_key, hit.term), hit) for hit in hits)


def store_judgements(connection: Connection, hits: Iterable[Hit]) -> None:
    """Write what is said of stored hits: story, novelty, original and change."""
    table = tables.hit
    that_hit = (table.c.article_key == bindparam("of_article"), table.c.term == bindparam("of_term"))
    names = ("story", "novelty", "original", "change")
    change = update(table).where(*that_hit).values({name: bindparam(f"new_{name}") for name in names})
    rows = [
        {
            "of_article": hit.article_key,
            "of_term": hit.term,
            "new_story": hit.story,
            "new_novelty": hit.novelty,
            "new_original": hit.original,
            "new_change": change_json(hit.change),
        }
        for hit in hits
    ]
    if rows:
        connection.execute(change, rows)


def take_out(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Let relatives no longer find these articles, nor count their words."""
    shingles, words = story_tables.story_shingle, story_tables.story_word
    hashes = [{"of": row.article_key, "one": shingle} for row in rows for shingle in unpacked(row.shingles)]
    named = [{"of": row.article_key, "one": word} for row in rows for word in row.filed]
    for table, column, gone in ((shingles, shingles.c.hash, hashes), (words, words.c.word, named)):
        if gone:
            this = (column == bindparam("one"), table.c.article_key == bindparam("of"))
            connection.execute(delete(table).where(*this), gone)
    _count_words(connection, [row.words for row in rows if row.traced_at is not None], -1)


def packed(shingles: Sequence[int]) -> bytes:
    """Eight bytes each."""
    return struct.pack(f"<{len(shingles)}q", *shingles)


def unpacked(shingles: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(shingles) // 8}q", shingles)


def _rows(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, Row[Any]]:
    table = story_tables.story_article
    rows: dict[bytes, Row[Any]] = {}
    for part in chunks(sorted(keys)):
        wanted = select(table).where(table.c.article_key.in_(part))
        rows |= {row.article_key: row for row in connection.execute(wanted)}
    return rows


def live_hits(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, dict[str, Hit]]:
    """The live hits that are stored of these articles, by article and term."""
    columns = tables.hit.c
    found: dict[bytes, dict[str, Hit]] = {}
    for part in chunks(sorted(keys)):
        live = select(tables.hit).where(columns.article_key.in_(part), columns.visibility == Visibility.LIVE)
        for row in connection.execute(live):
            found.setdefault(row.article_key, {})[row.term] = hit_from(row)
    return found


class _Texts:
    """The articles that are judged, those that may be copies of each other, and any other that is asked for."""

    def __init__(self, connection: Connection, judged: Iterable[Article], neighbours: Neighbours) -> None:
        self._connection = connection
        self._known: dict[bytes, Article | None] = {article.key: article for article in judged}
        copies = {key for found in neighbours.copies.values() for key in found} - self._known.keys()
        for part in chunks(sorted(copies)):
            self._read(part)

    def __call__(self, key: bytes) -> Article | None:
        if key not in self._known:
            self._known[key] = None
            self._read([key])
        return self._known[key]

    def _read(self, keys: Sequence[bytes]) -> None:
        wanted = select(tables.article).where(tables.article.c.key.in_(keys))
        self._known |= {row.key: article_from(row) for row in self._connection.execute(wanted)}


def _relatives(
    connection: Connection, places: Mapping[bytes, Row[Any]], neighbours: Neighbours
) -> dict[bytes, Relative]:
    """The relatives that were judged before, and what is to be judged again as it was."""
    near = {key for found in (neighbours.copies, neighbours.reports) for keys in found.values() for key in keys}
    rows = {**places, **_rows(connection, near - places.keys())}
    hits = live_hits(connection, rows)
    return {
        key: Relative(key, row.story, row.dated_at, frozenset(row.words), frozenset(row.names), hits.get(key, {}))
        for key, row in rows.items()
    }


def _near(key: bytes, neighbours: Neighbours, relatives: Mapping[bytes, Relative]) -> tuple[Relative, ...]:
    copies = [replace(relatives[other], shares_text=True) for other in neighbours.copies[key] if other in relatives]
    known = {relative.key for relative in copies}
    reports = [relatives[other] for other in neighbours.reports[key] if other in relatives and other not in known]
    return (*copies, *reports)


def _file(
    connection: Connection,
    order: Sequence[Traced],
    places: Mapping[bytes, Row[Any]],
    neighbours: Neighbours,
    verdicts: Mapping[bytes, Verdict],
    hits: Mapping[bytes, Sequence[Hit]],
) -> None:
    """Write down where the articles belong, and file what their relatives are to find them by."""
    rows = []
    for each in sorted(order, key=lambda each: each.article.key):
        key = each.article.key
        link = verdicts[key].link
        place = places.get(key)
        rows.append(
            {
                "article_key": key,
                "story": verdicts[key].story,
                "dated_at": each.dated_at,
                "by_hand": bool(place and place.by_hand),
                "link": place.link if place else _link_json(link),
                "words": sorted(each.words),
                "names": sorted(each.names),
                "filed": neighbours.words[key],
                "shingles": packed(neighbours.shingles[key]),
                "traced_at": max(hit.found_at for hit in hits[key]),
            }
        )
    table = story_tables.story_article
    statement = insert_or(connection, table)
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in ("article_key", "story", "by_hand")}
    connection.execute(statement.on_conflict_do_update(index_elements=["article_key"], set_=renewed), rows)
    _file_traces(connection, order, neighbours)
    _count_words(connection, [each.words for each in order])


def _file_traces(connection: Connection, order: Sequence[Traced], neighbours: Neighbours) -> None:
    keys = [(each.article.key, each.site) for each in order]
    # In the order of the index: neighbours share its pages.
    shingles = sorted((shingle, key, site) for key, site in keys for shingle in neighbours.shingles[key])
    words = sorted((word, key) for key, _ in keys for word in neighbours.words[key])
    _execute_many(connection, "INSERT INTO story_shingle (hash, article_key, site) VALUES (?, ?, ?)", shingles)
    _execute_many(connection, "INSERT INTO story_word (word, article_key) VALUES (?, ?)", words)


def forget_rows(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Let go of the traces of these articles for good, with the words that nobody else has."""
    take_out(connection, rows)
    counts = story_tables.story_word_count.c
    for part in chunks(sorted({word for row in rows for word in row.words})):
        nobodys = delete(story_tables.story_word_count).where(counts.word.in_(part), counts.articles <= 0)
        connection.execute(nobodys)


def _count_words(connection: Connection, openings: Sequence[Iterable[str]], sign: int = 1) -> None:
    counted = Counter(word for words in openings for word in words)
    added = {word: sign * number for word, number in counted.items()}
    _execute_many(
        connection,
        "INSERT INTO story_word_count (word, articles) VALUES (?, ?)"
        " ON CONFLICT (word) DO UPDATE SET articles = story_word_count.articles + excluded.articles",
        [*sorted(added.items()), *([("", sign * len(openings))] if openings else [])],
    )


def _execute_many(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Straight to the driver: these are dozens of short rows an article, and all else costs more than they do."""
    if rows:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        connection.exec_driver_sql(statement.replace("?", mark), rows)


def _link_json(link: Link | None) -> dict[str, Any] | None:
    if link is None:
        return None
    return {"to": link.to.hex(), "kind": link.kind.value, "share": link.share, "words": list(link.words)}


def link_from(stored: Mapping[str, Any] | None) -> Link | None:
    """The link of a row of `story_article`."""
    if stored is None:
        return None
    return Link(bytes.fromhex(stored["to"]), LinkKind(stored["kind"]), stored["share"], tuple(stored["words"]))
