"""A web page watched for new links: the source for sites that have no feed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import lxml.html

from connectors.conditional import get_changed
from connectors.dates import parse_date, plausible
from connectors.feed_items import LONGEST_TITLE, absolute_link, shortened
from connectors.http import Http
from connectors.page_tree import base_of, tree_of
from connectors.pages import PAGE_TYPES, with_named_charset
from connectors.reading import Reading
from wirewatch.errors import FetchError
from wirewatch.identity import canonical_url
from wirewatch.model import FEED_FRAGMENT, Cursor, Failure, Item, Pages, Source

MOST_LINKS = 1000


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads sources of the kind `page`; which of the links are new, the archive knows."""

    http: Http

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """An item for each link that the selector finds; FetchError where it finds none: the page has changed."""
        answer, read = await get_changed(self.http, source, cursor, now, accept=PAGE_TYPES)
        if answer is None:
            return Reading((), read, unchanged=True)
        # A page of megabytes takes its time, and the selector is a person's own.
        items = await asyncio.to_thread(links_of, with_named_charset(answer), answer.url, source, now)
        if not items:
            raise FetchError(
                f"`select: {source.select}` finds no link in the page; it may have been rebuilt: "
                "`wirewatch sources test` tries another selector"
            )
        failures: tuple[Failure, ...] = ()
        if len(items) > MOST_LINKS:
            what = f"{len(items)} links; only the first {MOST_LINKS} are read: let `select:` choose fewer"
            failures = (Failure(f"source {source.name}", what),)
        return Reading(items[:MOST_LINKS], read, failures=failures)


def links_of(page: bytes, url: str, source: Source, now: datetime) -> tuple[Item, ...]:
    """The items that the source's selector finds in a page: each address once, with the longest of its texts."""
    tree = tree_of(page)
    if tree is None:
        return ()
    base, itself = base_of(tree, url), canonical_url(url)
    found: dict[str, Item] = {}
    for chosen in tree.cssselect(source.select or "a"):
        when = _time_in(chosen)
        for anchor in _anchors(chosen):
            link = absolute_link(anchor.get("href", ""), base)
            if link is None or canonical_url(link) == itself:
                continue
            link = link.partition("#")[0]
            title = shortened(_text(anchor), LONGEST_TITLE)
            if link not in found or len(title or "") > len(found[link].title or ""):
                found[link] = Item(
                    source=source.name,
                    url=link,
                    raw=b"",
                    media_type=FEED_FRAGMENT,
                    fetched_at=now,
                    title=title,
                    published_at=plausible(when, now),
                    language=source.language,
                    wants_page=source.pages is not Pages.NEVER,
                )
    return tuple(found.values())


def _anchors(chosen: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """The links in what the selector chose, or the one that it stands in."""
    if chosen.tag == "a":
        yield chosen
        return
    inside = list(chosen.iter("a"))
    yield from inside or next(([each] for each in chosen.iterancestors("a")), [])


def _text(anchor: lxml.html.HtmlElement) -> str:
    text = " ".join(str(anchor.text_content()).split())
    return text or (anchor.get("title") or anchor.get("aria-label") or "").strip()


def _time_in(chosen: lxml.html.HtmlElement) -> datetime | None:
    return next((parse_date(each.get("datetime")) for each in chosen.iter("time") if each.get("datetime")), None)
