"""A folder's files into articles: documents one each, archives and mailboxes one after another in slices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import connectors
import extraction
import storage
from flows.articles import SAME_SHARE, Articles
from wirewatch.errors import ExtractionError
from wirewatch.identity import containment, digest, url_key
from wirewatch.model import Article, Failure, FileStamp, Item, Source

SLICE = 100
"""Articles of files that are extracted side by side and stored together."""
SLICE_BYTES = 32 * 2**20
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
                        yield _Found(item, self._known_message(inside) or inside)
            except ExtractionError as error:
                yield _Found(item, error)
            except OSError as error:
                yield _Found(item, ExtractionError(f"cannot be read: {error.strerror or error}"))
            except Exception as error:  # one file must not stop the others, now and with every later poll
                what = f"cannot be read: unexpected {type(error).__name__}: {error}"
                yield _Found(item, ExtractionError(what))

    def _known_message(self, inside: Item | Failure) -> bytes | None:
        """The key of a message that is stored: a mailbox that has grown is read again, its old messages need not be."""
        if isinstance(inside, Failure) or UNCHANGING not in urlsplit(inside.url).fragment:
            return None
        key = _place_key(inside)
        return None if self._store.unknown_articles([key]) else key

    async def _slice(self, some: Sequence[_Found]) -> FileSlice:
        results = await asyncio.gather(*(self._extracted(each.inside) for each in some))
        made: dict[bytes, storage.Indexed] = {}
        known: list[bytes] = []
        for each, result in zip(some, results, strict=True):
            placed: storage.Indexed | bytes | None = result if isinstance(result, bytes) else None
            if isinstance(result, Article):
                assert isinstance(each.inside, Item)
                placed = self._placed(each.inside, result)
            if isinstance(placed, bytes):
                known.append(placed)
            elif placed is not None:
                made[placed.article.key] = placed
            elif isinstance(result, Failure | ExtractionError):
                self._failed(each, result)
        return FileSlice(list(made.values()), sum(not isinstance(each.inside, bytes) for each in some), known)

    async def _extracted(
        self, inside: Item | Failure | ExtractionError | bytes
    ) -> Article | Failure | ExtractionError | bytes:
        if not isinstance(inside, Item):
            return inside
        try:
            return await self._articles.extracted(inside)
        except ExtractionError as error:
            return error

    def _failed(self, each: _Found, what: Failure | ExtractionError) -> None:
        folder = Path(self._source.location).name
        if isinstance(what, Failure):
            self._articles.report.fail(f"file {folder}/{what.where.removeprefix('file ')}", what.what)
            return
        item = each.inside if isinstance(each.inside, Item) else each.item
        path = item.path or item.url
        self._articles.report.fail(f"file {folder}/{path}", what)
        if path in self._stamps:
            self._stamps[path] = replace(self._stamps[path], error=str(what))

    def _placed(self, item: Item, article: Article) -> storage.Indexed | bytes:
        """The article to store, or the key under which this very text or the page at this address is stored already."""
        path = item.path or item.url
        if urlsplit(item.url).scheme in ("http", "https"):
            key = url_key(item.url)
            if not self._store.unknown_articles([key]):
                return key
            placed, aliases = self._articles.placed(key, article)
            return self._articles.indexed(placed, aliases)
        known = self._known_text(article)
        key = known or self._revised_article(item, article) or article.key
        if path in self._stamps:
            self._stamps[path] = replace(self._stamps[path], article_key=key)
        if known:
            return known
        aliases = () if path in self._stamps else (_place_key(item),)
        return self._articles.indexed(replace(article, key=key), aliases)

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
