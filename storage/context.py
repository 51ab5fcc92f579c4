"""What belongs to a hit when it is shown: the articles folded into it, and how far its story has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, select

from storage import story_tables, tables
from storage.rows import chunks
from wirewatch.model import FoundHit
from wirewatch.novelty import AlsoIn, StorySoFar

_hit, _article, _place = tables.hit.c, tables.article.c, story_tables.story_article.c

_FOLDED_INTO = (
    select(_hit.original, _hit.term, _hit.novelty, _article.key, _article.source, _article.title, _article.url)
    .join(tables.article, _article.key == _hit.article_key)
    .where(_hit.original.in_(bindparam("originals", expanding=True)))
    .order_by(_hit.found_at, _article.key)
)
_SO_FAR = (
    select(_place.story, func.count().label("articles"), func.min(_place.dated_at).label("since"))
    .where(_place.story.in_(bindparam("stories", expanding=True)))
    .group_by(_place.story)
)


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
    folded: dict[tuple[bytes, str], list[AlsoIn]] = {}
    for part in chunks(sorted(originals)):
        for row in connection.execute(_FOLDED_INTO, {"originals": part}):
            also = AlsoIn(row.key, row.source, row.title, row.url, row.novelty)
            folded.setdefault((row.original, row.term), []).append(also)
    return folded


def _stories(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, StorySoFar]:
    stories: dict[bytes, StorySoFar] = {}
    for part in chunks(sorted(keys)):
        for row in connection.execute(_SO_FAR, {"stories": part}):
            stories[row.story] = StorySoFar(row.story, row.articles, row.since)
    return stories
