"""What an address is, before it becomes a source: a feed, or a page that names feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import lxml.html
from lxml.etree import LxmlError

from connectors.feed_answer import parse_feed
from connectors.feed_items import items_of
from connectors.http import Http, Response
from wirewatch.clock import utc_now
from wirewatch.errors import FetchError, NotAFeed
from wirewatch.model import Item, Pages, Source, SourceKind

FEED_MEDIA_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
        "application/rss",
        "application/atom",
    }
)
SHOWN_ITEMS = 10


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page names."""

    url: str
    title: str | None
    media_type: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What reading an address as a source would give.

    `url` is the feed's: the address asked about, or the first feed that the page there names; `named` are all of
    those. `full_text` counts the items whose article page would not be fetched.
    """

    url: str
    kind: str
    title: str | None
    language: str | None
    items: tuple[Item, ...]
    item_count: int
    full_text: int
    problem: str | None = None
    named: tuple[FoundFeed, ...] = ()

    def __str__(self) -> str:
        """What a person wants to know before the source is saved, on a few lines."""
        language = f" · {self.language}" if self.language else ""
        lines = [f"{self.kind}: {self.title or 'without a title'}{language}", f"  {self.url}"]
        lines += [f"  also named there: {feed.url}" for feed in self.named if feed.url != self.url]
        if self.problem:
            lines.append(f"  {self.problem}")
        lines.append(f"  {self.item_count} items, {self.full_text} of them with their full text in the feed")
        for item in self.items:
            when = f"{item.published_at:%Y-%m-%d %H:%M} UTC" if item.published_at else "no date"
            lines.append(f"  {when:>20}  {item.title or item.url}")
        return "\n".join(lines)


async def preview(http: Http, url: str, now: datetime | None = None) -> Preview:
    """Look at an address as a source without storing anything; raises FetchError, NotAFeed where no feed is found."""
    answer = await http.get(url, partial=True)
    now = now or utc_now()
    try:
        return await _preview(answer, now)
    except NotAFeed as not_a_feed:
        named = named_feeds(answer.body, answer.url)
        if not named:
            raise NotAFeed(f"{not_a_feed}; the page names no feed either") from None
    problems = []
    for feed in named:
        try:
            return await _preview(await http.get(feed.url, partial=True), now, named)
        except FetchError as error:
            problems.append(f"{feed.url}: {error}")
    raise NotAFeed("the page names feeds, but none can be read:\n  " + "\n  ".join(problems))


def named_feeds(page: bytes, page_url: str) -> tuple[FoundFeed, ...]:
    """The feeds that a page names in its link elements, in order, each once."""
    try:
        tree = lxml.html.document_fromstring(page)
    except (LxmlError, ValueError):
        return ()
    base = base_of(tree, page_url)
    found: dict[str, FoundFeed] = {}
    for link in tree.iter("link", "a"):
        rel = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").split(";")[0].strip().lower()
        if "feed" not in rel and not ("alternate" in rel and media_type in FEED_MEDIA_TYPES):
            continue
        href = _href(link)
        if not href:
            continue
        try:
            url = urljoin(base, href)
        except ValueError:
            continue
        if "wp-json" not in url and "oembed" not in url:  # typed as JSON and XML, but about the page itself
            found.setdefault(url, FoundFeed(url, (link.get("title") or "").strip() or None, media_type))
    return tuple(found.values())


def base_of(tree: lxml.html.HtmlElement, page_url: str) -> str:
    """The address that relative ones in a page are relative to."""
    try:
        return next((urljoin(page_url, href) for href in map(_href, tree.iter("base")) if href), page_url)
    except ValueError:
        return page_url


def _href(element: lxml.html.HtmlElement) -> str:
    return (element.get("href") or "").strip()


async def _preview(answer: Response, now: datetime, named: tuple[FoundFeed, ...] = ()) -> Preview:
    feed, whole = await parse_feed(answer)
    source = Source(name="preview", kind=SourceKind.FEED, location=answer.url, pages=Pages.AUTO)
    items = items_of(feed, source, answer.url, now)
    return Preview(
        url=answer.url,
        kind=feed.kind,
        title=feed.title,
        language=feed.language,
        items=items[:SHOWN_ITEMS],
        item_count=len(items),
        full_text=sum(not item.wants_page for item in items),
        problem=None if whole else "the feed breaks off before its end",
        named=named,
    )
