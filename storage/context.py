"""What belongs to a hit when it is shown: the articles folded into it, and how far its story has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select

from storage import story_tables, tables
from storage.rows import chunks
from wirewatch.model import FoundHit
from wirewatch.novelty import AlsoIn, StorySoFar


def in_context(connection: Connection, found: Sequence[FoundHit]) -> list[FoundHit]:
    """The same hits, in the same order, each with its “also in” and its story."""
    also_in = _also_in(connection, {each.hit.article_key for each in found})
    stories = _stories(connection, {each.hit.story for each in found if each.hit.story})
    return [
        replace(
            each,
            also_in=tuple(also_in.get((each.hit.article_key, each.hit.term), ())),
            story=stories.get(each.hit.story) if each.hit.story else None,
        )
        for each in found
    ]


def _also_in(connection: Connection, originals: Iterable[bytes]) -> dict[tuple[bytes, str], list[AlsoIn]]:
    hit, article = tables.hit.c, tables.article.c
    wanted = select(hit.original, hit.term, hit.novelty, article.key, article.source, article.title, article.url)
    wanted = wanted.join(tables.article, article.key == hit.article_key).order_by(hit.found_at, article.key)
    folded: dict[tuple[bytes, str], list[AlsoIn]] = {}
    for part in chunks(sorted(originals)):
        for row in connection.execute(wanted.where(hit.original.in_(part))):
            also = AlsoIn(row.key, row.source, row.title, row.url, row.novelty)
            folded.setdefault((row.original, row.term), []).append(also)
    return folded


def _stories(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, StorySoFar]:
    columns = story_tables.story_article.c
    counted = select(columns.story, func.count().label("articles"), func.min(columns.dated_at).label("since"))
    stories: dict[bytes, StorySoFar] = {}
    for part in chunks(sorted(keys)):
        for row in connection.execute(counted.where(columns.story.in_(part)).group_by(columns.story)):
            stories[row.story] = StorySoFar(row.story, row.articles, row.since)
    return stories
