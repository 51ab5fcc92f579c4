"""RSS, Atom and RDF, through feedparser."""

from __future__ import annotations

import calendar
import codecs
import io
import re
from datetime import UTC, datetime
from typing import Any

import feedparser

from connectors.dates import parse_date
from connectors.parsed_feed import FeedItem, ParsedFeed, as_fragment, join_names, plain_text

XML_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}\bencoding\s*=")
CLOSED_ROOT = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
LAST_ITEM_END = re.compile(rb".*</\s*(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE | re.DOTALL)
EMAIL = re.compile(r"\S+@\S+")


def parse_xml_feed(body: bytes, charset: str | None = None) -> ParsedFeed | None:
    """The feed; None where the body is none. `charset` is the HTTP header's, used where the XML names none."""
    headers = {}
    if charset and not body.startswith(XML_BOMS) and not DECLARED_ENCODING.search(body[:400]) and not _is_utf8(body):
        headers["content-type"] = f"application/xml; charset={charset}"
    # A file object: given bytes, feedparser tries to open a file of that name first.
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    channel, version = parsed.get("feed", {}), parsed.get("version", "")
    entries = parsed.get("entries", [])
    if not version and not entries:
        return None
    author = _channel_author(channel)
    return ParsedFeed(
        kind=feedparser.api.SUPPORTED_VERSIONS.get(version) or "feed of an unknown version",
        title=plain_text(channel.get("title") or "") or None,
        items=tuple(_item(entry, author) for entry in entries),
        language=channel.get("language"),
    )


def is_cut(body: bytes) -> bool:
    """Whether an XML feed ends before its root element does."""
    return CLOSED_ROOT.search(body[-4096:]) is None


def whole_items_of(body: bytes) -> bytes:
    """A feed that was cut, without what follows its last whole item: a half item may have half a link."""
    found = LAST_ITEM_END.match(body)
    return found.group() if found else b""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _item(entry: Any, channel_author: str | None) -> FeedItem:
    guid = entry.get("id") or None
    return FeedItem(
        link=_link(entry),
        guid=guid,
        title=_text(entry, "title") or None,
        byline=_byline(entry) or channel_author,
        published_at=_published_at(entry),
        summary=_fragment(entry.get("summary_detail") or {"value": entry.get("summary")}),
        content=_content(entry),
        language=entry.get("language"),
    )


def _link(entry: Any) -> str | None:
    """FeedBurner's original link, else the item's link; a guid only where it is an address."""
    original = entry.get("feedburner_origlink")
    if original:
        return str(original)
    link = entry.get("link")
    from_guid = link == entry.get("id") and not any(
        each.get("href") == link and each.get("rel") == "alternate" for each in entry.get("links", ())
    )
    if link and not (from_guid and not link.startswith(("http://", "https://"))):
        return str(link)
    for each in entry.get("links", ()):
        if each.get("rel") == "alternate" and each.get("href"):
            return str(each["href"])
    return None


def _text(entry: Any, name: str) -> str:
    detail = entry.get(f"{name}_detail") or {}
    value = entry.get(name) or ""
    return " ".join(value.split()) if detail.get("type") == "text/plain" else plain_text(value)


def _byline(entry: Any) -> str | None:
    authors = entry.get("authors") or ()
    return join_names([author.get("name") or author.get("email") or "" for author in authors])


def _channel_author(channel: Any) -> str | None:
    """The feed's own author, where it has the name of one: addresses of webmasters are nobody's byline."""
    names = [EMAIL.sub("", author.get("name") or "") for author in channel.get("authors") or ()]
    return join_names([name.strip(" ()") for name in names])


def _published_at(entry: Any) -> datetime | None:
    for name in ("published", "created", "updated"):
        text = dict.get(entry, name)  # plain: FeedParserDict warns and answers "updated" with "published"
        if not text:
            continue
        if found := parse_date(text):
            return found
        if parsed := dict.get(entry, f"{name}_parsed"):
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _content(entry: Any) -> str:
    """The longest of the item's contents."""
    found = [_fragment(each) for each in entry.get("content") or () if _is_text(each.get("type"))]
    found.append(as_fragment(entry.get("yandex_full-text") or ""))
    return max(found, key=len)


def _is_text(media_type: str | None) -> bool:
    return media_type is None or media_type.startswith("text/") or "xml" in media_type


def _fragment(detail: Any) -> str:
    value = detail.get("value") or ""
    return as_fragment(value) if detail.get("type") == "text/plain" else str(value).strip()
