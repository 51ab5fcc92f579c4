"""Article pages: what a feed's item links to."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable, Callable
from dataclasses import replace

from connectors.http import Http, Response
from wirewatch.errors import FetchError
from wirewatch.model import Item, Source

PAGE_TYPES = "text/html, application/xhtml+xml, text/plain;q=0.8, application/pdf;q=0.8, */*;q=0.5"
AS_THEY_ARE = frozenset({"text/plain", "application/pdf"})
"""Media types whose documents are read as such; all else is taken for HTML."""
READABLE = AS_THEY_ARE | {"text/html", "application/xhtml+xml", "application/octet-stream"}


async def fetch_page(
    http: Http,
    item: Item,
    source: Source | None = None,
    may_ask: Callable[[str], Awaitable[None]] | None = None,
) -> Item:
    """The item with its page in place of the feed's fragment; raises FetchError.

    `may_ask` raises where an address may not be asked for: that of the item, and those that it is redirected to.
    """
    if may_ask is not None:
        await may_ask(item.url)
    answer = await http.get(item.url, headers={"Accept": PAGE_TYPES}, source=source, may_ask=may_ask)
    if answer.media_type not in READABLE:
        raise FetchError(f"the page is {answer.media_type}, which cannot be read as an article", temporary=False)
    if not answer.body.strip():
        raise FetchError("the page is empty")
    media_type = answer.media_type if answer.media_type in AS_THEY_ARE else "text/html"
    return replace(item, raw=with_named_charset(answer), media_type=media_type, wants_page=False)


def with_named_charset(answer: Response) -> bytes:
    """The body; as UTF-8 with a byte order mark where only the HTTP header knows its charset."""
    if answer.charset is None or answer.body.startswith(codecs.BOM_UTF8):
        return answer.body
    try:
        if codecs.lookup(answer.charset).name in ("utf-8", "ascii"):
            return answer.body
        answer.body.decode()
    except LookupError:
        return answer.body
    except UnicodeDecodeError:
        try:
            return codecs.BOM_UTF8 + answer.body.decode(answer.charset).encode()
        except UnicodeDecodeError:
            return answer.body
    return answer.body
