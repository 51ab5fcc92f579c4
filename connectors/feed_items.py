"""A parsed feed made into items: addresses, titles, fragments, and whether a page is to be fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

from connectors.dates import plausible
from connectors.parsed_feed import FeedItem, ParsedFeed, plain_text
from wirewatch.identity import digest
from wirewatch.model import FEED_FRAGMENT, Item, Pages, Source

FULL_TEXT_WORDS = 150
LONGER_THAN_SUMMARY = 1.5
TITLE_LENGTH = 100
"""Characters of a text that stand in for a title."""
LONGEST_TITLE = 1000
LONGEST_LINK = 4000
PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?/[^\s#]*$")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
ENDING = 80
"""Characters at the end of a text in which `CUT_SHORT` is looked for; in a whole text it is slow."""
CUT_SHORT = re.compile(
    r"(?:…|\.{3}|\[\W*\]|»|→|\b(?:read (?:more|on|the (?:full|whole|rest)\b.*)|continue reading\b.*|more|weiterlesen|"
    r"lire la suite|leer más|seguir leyendo|leggi tutto|lees verder|читать (?:далее|полностью)|подробнее))\W*$",
    re.IGNORECASE,
)


def items_of(feed: ParsedFeed, source: Source, feed_url: str, now: datetime) -> tuple[Item, ...]:
    """One item for each distinct link, in the feed's order.

    Where items with other guids and other titles share a link (podcasts link to their home page), each gets an
    address of its own and keeps the feed's text: the page cannot be the article of them all.
    """
    links = [item_link(item, feed_url) for item in feed.items]
    shared = _shared(zip(links, feed.items, strict=True))
    found: dict[str, Item] = {}
    for link, item in zip(links, feed.items, strict=True):
        own_page = link is not None and link not in shared
        recording = absolute_link(item.enclosure, feed_url) if item.enclosure and link is None else None
        url = link if own_page else recording or _own_address(link or feed_url, item)
        if url and url not in found:
            found[url] = _item(item, url, own_page, feed, source, now)
    return tuple(found.values())


def _item(item: FeedItem, url: str, own_page: bool, feed: ParsedFeed, source: Source, now: datetime) -> Item:
    fragment = "\n".join(_fragments(item))
    return Item(
        source=source.name,
        url=url,
        raw=fragment.encode("utf-8", "replace"),
        media_type=FEED_FRAGMENT,
        fetched_at=now,
        title=shortened(item.title, LONGEST_TITLE) or shortened(plain_text(item.summary or item.content), TITLE_LENGTH),
        byline=shortened(item.byline, LONGEST_TITLE),
        published_at=plausible(item.published_at, now),
        language=source.language or language_tag(item.language or feed.language),
        feed_html=fragment,
        categories=item.categories,
        wants_page=own_page and wants_page(item, source.pages),
    )


def wants_page(item: FeedItem, pages: Pages) -> bool:
    """Whether the article page is needed beside what the feed carries."""
    if pages is not Pages.AUTO:
        return pages is Pages.ALWAYS
    if len(item.content) < 2 * FULL_TEXT_WORDS:  # cheap: a word takes two characters, with the space after it
        return True
    text = plain_text(item.content)
    if _words(text) < FULL_TEXT_WORDS or CUT_SHORT.search(text[-ENDING:]):
        return True
    return item.summary != item.content and len(text) < LONGER_THAN_SUMMARY * len(plain_text(item.summary))


def _words(text: str) -> int:
    """Words; where a script has no spaces between them, half the characters."""
    return len(text.split()) + (0 if text.isascii() else len(UNSPACED.findall(text)) // 2)


def _fragments(item: FeedItem) -> Iterator[str]:
    """The content, after the summary where that says something else."""
    if item.content and item.summary and item.summary != item.content:
        text = plain_text(item.summary)
        summary = (text[:-ENDING] + CUT_SHORT.sub("", text[-ENDING:])).strip()
        if summary and summary[:TITLE_LENGTH] not in plain_text(item.content):
            yield item.summary
    if body := item.content or item.summary:
        yield body


def item_link(item: FeedItem, feed_url: str) -> str | None:
    """Where an item says that it stands."""
    for candidate in (item.link, item.guid if _is_web(item.guid or "") else None):
        if candidate and (link := absolute_link(candidate, feed_url)):
            return link
    return None


def _shared(linked: Iterable[tuple[str | None, FeedItem]]) -> set[str]:
    """The links of items that differ in both guid and title: with one of them equal, they are one item."""
    first: dict[str, FeedItem] = {}
    shared = set()
    for link, item in linked:
        if link:
            other = first.setdefault(link, item)
            if other.guid and item.guid and other.guid != item.guid and other.title != item.title:
                shared.add(link)
    return shared


def _own_address(url: str, item: FeedItem) -> str | None:
    """`url` with the item's identity as a parameter (addresses are compared without their fragments).

    None for an item that has nothing at all.
    """
    identity = item.guid or f"{item.title or ''}\n{item.summary or item.content}".strip()
    if not identity:
        return None
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, f"item={digest('item', identity).hex()}"]))
    return urlunsplit(parts._replace(query=query, fragment=""))


def absolute_link(link: str, feed_url: str) -> str | None:
    link = "".join(link.split()) if "\n" in link else link.strip()
    if not link or len(link) > LONGEST_LINK:
        return None
    if PLAIN_LINK.match(link):  # nearly all are; to take an address apart costs as much as the rest of an item
        return link
    try:
        found = urljoin(feed_url, link)
        return found if _is_web(found) and urlsplit(found).hostname else None
    except ValueError:
        return None


def _is_web(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))


def shortened(text: str | None, length: int) -> str | None:
    """The text, cut between two words where it is too long."""
    if not text or len(text) <= length:
        return text or None
    return text[:length].rsplit(" ", 1)[0] + " …"


@lru_cache(maxsize=1024)
def language_tag(tag: str | None) -> str | None:
    """`fr_CA` is `fr-ca`; None for what is no language tag."""
    found = (tag or "").strip().replace("_", "-").lower()
    return found if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", found) else None
