"""A parsed feed made into items: addresses, titles, fragments, and whether a page is to be fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

from connectors.dates import plausible
from connectors.parsed_feed import FeedItem, ParsedFeed, plain_text
from wirewatch.identity import digest
from wirewatch.model import FEED_FRAGMENT, Item, Pages, Source

FULL_TEXT_WORDS = 150
LONGER_THAN_SUMMARY = 1.5
TITLE_LENGTH = 100
WORD = re.compile(r"\w+")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
CUT_SHORT = re.compile(
    r"(?:…|\.{3}|\[\W*\]|»|→|\b(?:read (?:more|on|the (?:full|whole|rest)\b.*)|continue reading\b.*|more|weiterlesen|"
    r"lire la suite|leer más|seguir leyendo|leggi tutto|lees verder|читать (?:далее|полностью)|подробнее))\W*$",
    re.IGNORECASE,
)


def items_of(feed: ParsedFeed, source: Source, feed_url: str, now: datetime) -> tuple[Item, ...]:
    """One item for each distinct link, in the feed's order."""
    found: dict[str, Item] = {}
    for item in feed.items:
        url, has_link = _address(item, feed_url)
        if url and url not in found:
            found[url] = _item(item, url, has_link, feed, source, now)
    return tuple(found.values())


def _item(item: FeedItem, url: str, has_link: bool, feed: ParsedFeed, source: Source, now: datetime) -> Item:
    fragment = "\n".join(_fragments(item))
    return Item(
        source=source.name,
        url=url,
        raw=fragment.encode("utf-8", "replace"),
        media_type=FEED_FRAGMENT,
        fetched_at=now,
        title=item.title or _title_from(item.summary or item.content),
        byline=item.byline,
        published_at=plausible(item.published_at, now),
        language=source.language or _language(item.language or feed.language),
        feed_html=fragment,
        wants_page=has_link and wants_page(item, source.pages),
    )


def wants_page(item: FeedItem, pages: Pages) -> bool:
    """Whether the article page is needed beside what the feed carries."""
    if pages is not Pages.AUTO:
        return pages is Pages.ALWAYS
    if len(item.content) < FULL_TEXT_WORDS:  # cheap: a word has a character at least
        return True
    text = plain_text(item.content)
    if _words(text) < FULL_TEXT_WORDS or CUT_SHORT.search(text[-80:]):
        return True
    return item.summary != item.content and len(text) < LONGER_THAN_SUMMARY * len(plain_text(item.summary))


def _words(text: str) -> int:
    """Words; where a script has no spaces between them, half the characters."""
    return len(WORD.findall(text)) + len(UNSPACED.findall(text)) // 2


def _fragments(item: FeedItem) -> Iterator[str]:
    """The content, after the summary where that says something else."""
    if item.content and item.summary and item.summary != item.content:
        summary = CUT_SHORT.sub("", plain_text(item.summary)).strip()
        if summary and summary[:TITLE_LENGTH] not in plain_text(item.content):
            yield item.summary
    if body := item.content or item.summary:
        yield body


def _address(item: FeedItem, feed_url: str) -> tuple[str | None, bool]:
    """The item's address, and whether it is a link; None for an item that has nothing at all.

    Without a link, the feed's address with the item's identity as a parameter: a fragment would be dropped when
    addresses are compared.
    """
    for candidate in (item.link, item.guid if _is_web(item.guid or "") else None):
        if candidate and (link := _absolute(candidate, feed_url)):
            return link, True
    identity = item.guid or f"{item.title or ''}\n{item.summary or item.content}".strip()
    if not identity:
        return None, False
    parts = urlsplit(feed_url)
    query = "&".join(filter(None, [parts.query, f"item={digest('item', identity).hex()}"]))
    return urlunsplit(parts._replace(query=query, fragment="")), False


def _absolute(link: str, feed_url: str) -> str | None:
    link = "".join(link.split()) if "\n" in link else link.strip()
    try:
        found = urljoin(feed_url, link)
        return found if _is_web(found) and urlsplit(found).hostname else None
    except ValueError:
        return None


def _is_web(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))


def _title_from(fragment: str) -> str | None:
    """The beginning of a text, as the title of an item that has none."""
    text = plain_text(fragment)
    if len(text) <= TITLE_LENGTH:
        return text or None
    return text[:TITLE_LENGTH].rsplit(" ", 1)[0] + " …"


def _language(tag: str | None) -> str | None:
    """`fr_CA` is `fr-ca`; None for what is no language tag."""
    found = (tag or "").strip().replace("_", "-").lower()
    return found if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", found) else None
