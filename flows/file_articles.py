"""A folder's files into articles: documents one each, archives and mailboxes one after another in slices."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import connectors
import extraction
import storage
from flows.articles import SAME_SHARE, STRIKES, Articles
from flows.report import Report
from wirewatch.errors import DocumentTooHard, ExtractionError
from wirewatch.identity import containment, digest, url_key
from wirewatch.model import Article, Failure, FileStamp, Item, Source

SLICE = 100
"""Articles of files that are extracted side by side and stored together."""
SLICE_BYTES = 32 * 2**20
MOST_NAMED = 100
"""Members of one file that are named as failing; the others of a broken table are as broken as these."""
UNCHANGING = "mid:"
"""Of a member's name: a message is known by its Message-ID, and never another one."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Something that a file holds, the key of what is known of it, or what is wrong; `item` is the file's."""

    item: Item
    inside: Item | Failure | ExtractionError | bytes


@dataclass(slots=True)
class FileSlice:
    """Articles to be stored together, of how many items; `known` are keys of such as are stored already."""

    articles: list[storage.Indexed] = field(default_factory=list)
    items: int = 0
    known: list[bytes] = field(default_factory=list)
    end: int = 0
    """How many things of these files have been given by now: `skip` them to go on behind."""


class FileArticles:
    """The articles of a folder's files. Equal texts are one article; new content at a known place is a revision."""

    def __init__(self, articles: Articles, source: Source, stamps: dict[str, FileStamp]) -> None:
        self._articles = articles
        self._store = articles.store
        self._source = source
        self._stamps = stamps
        """By path: gets the errors and the articles of the files."""
        aside = self._store.documents_set_aside([source.name])
        self._aside = {each.key: each for each in aside}
        self._troubled = {each.url for each in aside}
        self._named: Counter[str] = Counter()
        """By file: how many of its members were named as failing."""

    async def of(self, items: Iterable[Item], skip: int = 0) -> AsyncIterator[FileSlice]:
        """All articles of these files, in slices; what cannot be read is reported, and the rest goes on."""
        end = skip
        found = islice(self._found(items), skip, None)
        while some := await asyncio.to_thread(_some, found):
            end += len(some)
            yield replace(await self._slice(some), end=end)

    def _found(self, items: Iterable[Item]) -> Iterator[_Found]:
        for item in items:
            try:
                with connectors.open_file(item) as stream:
                    for inside in extraction.unpack(stream, item, self._source.fields):
                        yield _Found(item, self._known(inside) or inside)
            except ExtractionError as error:
                yield _Found(item, error)
            except OSError as error:
                yield _Found(item, ExtractionError(f"cannot be read: {error.strerror or error}"))
            except Exception as error:  # one file must not stop the others, now and with every later poll
                what = f"cannot be read: unexpected {type(error).__name__}: {error}"
                yield _Found(item, ExtractionError(what))

    def _known(self, inside: Item | Failure) -> bytes | None:
        """The key of what need not be read again where an archive has grown: old messages, and what was given up."""
        if isinstance(inside, Failure):
            return None
        before = self._aside.get(self._aside_key(inside)) if inside.url in self._troubled else None
        if before is not None and before.given_up:
            return before.key
        if UNCHANGING not in urlsplit(inside.url).fragment:
            return None
        key = _place_key(inside)
        return key if not self._store.unknown_articles([key]) or self._store.passed_over([key]) else None

    async def _slice(self, some: Sequence[_Found]) -> FileSlice:
        results = await asyncio.gather(*(self._extracted(each.inside) for each in some))
        made: dict[bytes, storage.Indexed] = {}
        known: list[bytes] = []
        for each, result in zip(some, results, strict=True):
            if isinstance(result, Failure | ExtractionError):
                self._failed(each, result)
                continue
            if isinstance(each.inside, Item) and each.inside.url in self._troubled:
                self._articles.documents.readable.append(each.inside.url)
            placed: storage.Indexed | bytes | None = result if isinstance(result, bytes) else None
            if isinstance(result, Article):
                assert isinstance(each.inside, Item)
                placed = self._placed(each.inside, result)
            if isinstance(placed, bytes):
                known.append(placed)
            elif placed is not None:
                made[placed.article.key] = placed
        return FileSlice(list(made.values()), sum(not isinstance(each.inside, bytes) for each in some), known)

    async def _extracted(
        self, inside: Item | Failure | ExtractionError | bytes
    ) -> Article | Failure | ExtractionError | bytes | None:
        """The article of an item; None where its source keeps only hits and no term can have one in it."""
        if not isinstance(inside, Item):
            return inside
        if not await self._articles.may_match(inside):
            self._articles.pass_over(self._source.name, _place_key(inside))
            return None
        try:
            return await self._articles.extracted(inside)
        except ExtractionError as error:
            return error

    def _failed(self, each: _Found, what: Failure | ExtractionError) -> None:
        """Report it, and set it aside: at once, or with the third strike where another try may do."""
        file, item = each.item, each.inside if isinstance(each.inside, Item) else each.item
        path, url, reason = item.path or item.url, item.url, str(what)
        if isinstance(what, Failure):
            path, reason = what.where.removeprefix("file "), what.what
            url = f"{item.url}#{path.partition('#')[2]}"
        self._named[file.url] += 1
        if self._named[file.url] > MOST_NAMED:
            return
        if self._named[file.url] == MOST_NAMED:
            reason += "; what else of this file cannot be read is not named one by one"
        self._articles.report.fail(f"file {Path(self._source.location).name}/{path}", reason)
        key = self._aside_key(replace(item, url=url))
        strikes = 1 + (self._aside[key].strikes if key in self._aside else 0)
        given_up = not isinstance(what, DocumentTooHard) or strikes >= STRIKES
        now, name = self._articles.clock(), self._source.name
        aside = storage.SetAside(key, name, url, reason, strikes, given_up, now, path=file.path)
        self._articles.documents.set_aside.append(aside)
        stamp = self._stamps.get(file.path or "")
        if stamp is not None and not given_up:
            del self._stamps[file.path or ""]  # so that the next poll reads it again
        elif stamp is not None and path == file.path:
            self._stamps[path] = replace(stamp, error=reason)

    def _aside_key(self, item: Item) -> bytes:
        return storage.set_aside_key(self._source.name, item.url, item.raw)

    def _placed(self, item: Item, article: Article) -> storage.Indexed | bytes:
        """The article to store, or the key under which this very text or the page at this address is stored already."""
        path = item.path or item.url
        if urlsplit(item.url).scheme in ("http", "https"):
            key = url_key(item.url)
            if not self._store.unknown_articles([key]):
                return key
            placed, aliases = self._articles.placed(key, article)
            return self._articles.indexed(placed, aliases, kept=item)
        known = self._known_text(article)
        key = known or self._revised_article(item, article) or article.key
        if path in self._stamps:
            self._stamps[path] = replace(self._stamps[path], article_key=key)
        if known:
            return known
        aliases = () if path in self._stamps else (_place_key(item),)
        return self._articles.indexed(replace(article, key=key), aliases, kept=item)

    def _known_text(self, article: Article) -> bytes | None:
        """The key under which this very text is stored already."""
        same_text = self._store.keys_by_fingerprint([article.fingerprint]).get(article.fingerprint)
        if same_text:
            return same_text
        return None if self._store.unknown_articles([article.key]) else article.key

    def _revised_article(self, item: Item, article: Article) -> bytes | None:
        """The key of the article that this place held before, if this is that article with changes.

        Another story under an old name is another article: its hits must alert.
        """
        path = item.path or item.url
        before = self._store.file_article(self._source.name, path) if path in self._stamps else _place_key(item)
        there = self._store.article(before) if before else None
        if there is None or containment(there.blocks, article.blocks) < SAME_SHARE:
            return None
        return there.key


def with_attachments(messages: Sequence[Item], report: Report) -> list[Item]:
    """Messages, each followed by the files attached to it, which are articles of their own."""
    items: list[Item] = []
    for message in messages:
        items.append(message)
        with suppress(ExtractionError):  # said when the message itself is read
            for inside in extraction.attachments(message):
                if isinstance(inside, Item):
                    items.append(inside)
                else:
                    report.fail(inside.where, inside.what)
    return items


def _place_key(item: Item) -> bytes:
    """By which the article at a place in an archive is found again."""
    return digest("place", item.url)


def _some(found: Iterator[_Found]) -> list[_Found]:
    """As much as is extracted together."""
    some: list[_Found] = []
    size = 0
    for each in found:
        some.append(each)
        size += len(each.inside.raw) if isinstance(each.inside, Item) else 0
        if len(some) >= SLICE or size >= SLICE_BYTES:
            break
    return some
