"""Stories to look at and to mend by hand; and taking out the traces of articles that are too old to have relatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from storage import story_tables, tables
from storage.archive import key_range
from storage.part import Part
from storage.rows import article_from, chunks
from storage.verdicts import forget_rows, link_from, live_hits
from wirewatch.errors import StorageError
from wirewatch.identity import digest
from wirewatch.model import Article, Hit, Visibility
from wirewatch.novelty import Novelty
from wirewatch.stories import Link

_BATCH = 500
_traced_at = story_tables.story_article.c.traced_at
_OLD = (
    select(story_tables.story_article)
    .where(_traced_at < bindparam("before", type_=_traced_at.type))
    .order_by(_traced_at)
)
_ANY_OLD = _OLD.limit(1)


@dataclass(frozen=True, slots=True)
class Story:
    """A running affair as listings show it."""

    key: bytes
    title: str
    """Of its first article."""
    articles: int
    sources: tuple[str, ...]
    terms: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article's place in a story. `link` says why it is there; the first of a story has none."""

    article: Article
    story: bytes
    dated_at: datetime
    link: Link | None
    by_hand: bool
    hits: Mapping[str, Hit] = field(default_factory=dict)


class Stories(Part):
    """Which articles belong together, as judged when they were stored, or as a person has said since."""

    def stories(
        self,
        *,
        terms: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        at_least: int = 1,
        limit: int | None = None,
    ) -> list[Story]:
        """Stories with at least so many articles, those with the newest article first."""
        columns, hit = story_tables.story_article.c, tables.hit.c
        last = func.max(columns.dated_at)
        wanted = select(columns.story).group_by(columns.story).order_by(last.desc(), columns.story)
        wanted = wanted.having(func.count() >= at_least).limit(limit)
        if terms is not None:
            of_terms = select(hit.story).where(hit.term.in_(terms), hit.visibility == Visibility.LIVE)
            wanted = wanted.where(columns.story.in_(of_terms))
        if since is not None:
            wanted = wanted.having(last >= since)
        if until is not None:
            wanted = wanted.having(last < until)
        with self._database.read() as connection:
            keys = list(connection.scalars(wanted))
            members: dict[bytes, list[StoryArticle]] = {}
            for part in chunks(keys):
                for member in _members(connection, columns.story.in_(part)):
                    members.setdefault(member.story, []).append(member)
        return [_listed(key, members[key]) for key in keys]

    def story(self, hex_prefix: str) -> list[StoryArticle]:
        """The articles of the story whose key, or one of whose articles' keys, begins so; oldest first.

        StorageError where several stories do, or none.
        """
        with self._database.read() as connection:
            key = _named_story(connection, hex_prefix)
            return _members(connection, story_tables.story_article.c.story == key)

    def place_in_story(self, article_key: bytes) -> StoryArticle | None:
        """Where an article belongs; None where it was not judged."""
        with self._database.read() as connection:
            found = _members(connection, story_tables.story_article.c.article_key == article_key)
        return found[0] if found else None

    def merge_stories(self, hex_prefixes: Sequence[str]) -> bytes:
        """Make one story of several: the first, which takes in the others."""

        def work(connection: Connection) -> bytes:
            into, *others = dict.fromkeys(_named_story(connection, prefix) for prefix in hex_prefixes)
            moved = story_tables.story_article.c.story.in_(others)
            keys = [member.article.key for member in _members(connection, moved)]
            _place(connection, keys, into)
            return into

        return self._database.write(work)

    def split_story(self, hex_prefixes: Sequence[str]) -> bytes:
        """Make a story of its own of some articles; what was folded into one outside it is so no more."""

        def work(connection: Connection) -> bytes:
            keys = [_named_article(connection, prefix) for prefix in hex_prefixes]
            story = digest("split", *sorted(set(keys)))
            _place(connection, keys, story)
            hit = tables.hit.c
            unfolded = {"original": None, "novelty": Novelty.DEVELOPMENT}
            for part in chunks(keys):
                parted = hit.article_key.in_(part) & hit.original.is_not(None) & hit.original.not_in(keys)
                connection.execute(update(tables.hit).where(parted).values(unfolded))
                parted = hit.original.in_(part) & hit.article_key.not_in(keys)
                connection.execute(update(tables.hit).where(parted).values(unfolded))
            return story

        return self._database.write(work)

    def forget_traces(self, before: datetime) -> int:
        """Let relatives no longer find the articles that were judged before that; gives their number."""
        table, gone = story_tables.story_article, 0

        def work(connection: Connection) -> int:
            rows = connection.execute(_OLD.limit(_BATCH), {"before": before}).all()
            forget_rows(connection, rows)
            these = table.c.article_key.in_([row.article_key for row in rows])
            connection.execute(update(table).where(these).values(traced_at=None, filed=[], shingles=b""))
            return len(rows)

        while self._any_older(before):
            gone += self._database.write(work)
        return gone

    def _any_older(self, than: datetime) -> bool:
        """Whether there is such a row: asked first, because a transaction that writes nothing still costs others."""
        with self._database.read() as connection:
            return connection.execute(_ANY_OLD, {"before": than}).first() is not None


def forget_places(connection: Connection, keys: Sequence[bytes]) -> None:
    """Let go of where these articles belong, with their traces: the articles themselves are let go."""
    table = story_tables.story_article
    these = table.c.article_key.in_(keys)
    forget_rows(connection, connection.execute(select(table).where(these)).all())
    connection.execute(delete(table).where(these))


def _members(connection: Connection, condition: Any) -> list[StoryArticle]:
    """Places in stories with their articles and live hits, oldest first."""
    table = story_tables.story_article
    wanted = select(table, tables.article).join(tables.article, tables.article.c.key == table.c.article_key)
    rows = connection.execute(wanted.where(condition).order_by(table.c.dated_at, table.c.article_key)).all()
    hits = live_hits(connection, [row.article_key for row in rows])
    return [_member(row, hits.get(row.article_key, {})) for row in rows]


def _member(row: Row[Any], hits: Mapping[str, Hit]) -> StoryArticle:
    return StoryArticle(article_from(row), row.story, row.dated_at, link_from(row.link), row.by_hand, hits)


def _listed(key: bytes, members: Sequence[StoryArticle]) -> Story:
    return Story(
        key=key,
        title=members[0].article.title,
        articles=len(members),
        sources=tuple(dict.fromkeys(member.article.source for member in members)),
        terms=tuple(dict.fromkeys(term for member in members for term in sorted(member.hits))),
        since=members[0].dated_at,
        until=members[-1].dated_at,
    )


def _place(connection: Connection, keys: Iterable[bytes], story: bytes) -> None:
    """Put articles into a story, and write down that a person did so."""
    places, hit = story_tables.story_article, tables.hit
    for part in chunks(sorted(set(keys))):
        where = places.c.article_key.in_(part)
        connection.execute(update(places).where(where).values(story=story, by_hand=True))
        live = hit.c.article_key.in_(part) & hit.c.story.is_not(None)
        connection.execute(update(hit).where(live).values(story=story))


def _named_story(connection: Connection, hex_prefix: str) -> bytes:
    columns = story_tables.story_article.c
    for column in (columns.story, columns.article_key):
        keys = list(connection.scalars(_beginning(select(columns.story).distinct(), column, hex_prefix)))
        if len(keys) > 1:
            raise StorageError(f"story {hex_prefix}: more than one begins so; give more of it")
        if keys:
            return bytes(keys[0])
    raise StorageError(f"no story {hex_prefix}; `wirewatch stories` lists them, and shows their keys")


def _named_article(connection: Connection, hex_prefix: str) -> bytes:
    column = story_tables.story_article.c.article_key
    keys = list(connection.scalars(_beginning(select(column), column, hex_prefix)))
    if len(keys) != 1:
        what = "more than one begins so; give more of it" if keys else "it is in no story"
        raise StorageError(f"article {hex_prefix}: {what}; `wirewatch stories show STORY` lists a story's articles")
    return bytes(keys[0])


def _beginning(wanted: Any, column: Any, hex_prefix: str) -> Any:
    first, last = key_range(hex_prefix)
    return wanted.where(column >= first, column <= last).limit(2)
