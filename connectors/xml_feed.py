"""RSS, Atom and RDF, through feedparser."""

from __future__ import annotations

import calendar
import codecs
import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import feedparser

from connectors.dates import parse_date
from connectors.parsed_feed import (
    ITEM_BEGIN,
    FeedItem,
    ParsedFeed,
    as_fragment,
    author_name,
    join_names,
    one_of_each,
    plain_text,
)

DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}\bencoding\s*=")
UTF16_BEGINNINGS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
}
XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
CLOSED_ROOT = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
LAST_ITEM_END = re.compile(rb".*</\s*(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE | re.DOTALL)
ITUNES_TAGS = "http://www.itunes.com/"
"""The scheme of a podcast's keywords and place in the shop."""
RELATIVE_HOST = "relative.invalid"
"""Stands for the feed's own host, so that what was relative can be told: a guid that was is no link."""


def parse_xml_feed(body: bytes, feed_url: str, charset: str | None = None) -> ParsedFeed | None:
    """The feed; None where the body is none. `charset` is the HTTP header's, used where the XML names none."""
    parts = urlsplit(feed_url)
    headers = {"content-location": urlunsplit(parts._replace(scheme="http", netloc=RELATIVE_HOST))}
    if (
        charset
        and not body.startswith(codecs.BOM_UTF8)
        and not DECLARED_ENCODING.search(body[:400])
        and not _is_utf8(body)
    ):
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
        items=tuple(_item(entry, author, parts.path) for entry in entries),
        language=channel.get("language"),
    )


def without_utf16(body: bytes) -> bytes:
    """The body, as UTF-8 where it was UTF-16: what looks for tags in bytes need not know of it."""
    for beginning, encoding in UTF16_BEGINNINGS.items():
        if body.startswith(beginning):
            return XML_DECLARATION.sub("", body.decode(encoding, "replace"), count=1).encode("utf-8", "replace")
    return body


def is_cut(body: bytes) -> bool:
    """Whether an XML feed ends before its root element does."""
    return CLOSED_ROOT.search(body[-4096:]) is None


def whole_items_of(body: bytes) -> bytes:
    """A feed that was cut, up to its last whole item: a half item may have half a link.

    Where no item is whole, only what comes before the first one.
    """
    if found := LAST_ITEM_END.match(body):
        return found.group()
    begun = ITEM_BEGIN.search(body)
    return body[: begun.start()] if begun else body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _item(entry: Any, channel_author: str | None, feed_path: str) -> FeedItem:
    link = _link(entry)
    return FeedItem(
        link=link,
        guid=_guid(entry, feed_path),
        title=_text(entry, "title") or None,
        byline=_byline(entry) or channel_author,
        published_at=_published_at(entry),
        summary=_summary(entry),
        content=_content(entry),
        language=entry.get("language"),
        categories=_categories(entry),
        enclosure=None if link else _enclosure(entry),
    )


def _categories(entry: Any) -> tuple[str, ...]:
    tags = (tag for tag in entry.get("tags") or () if tag.get("scheme") != ITUNES_TAGS)
    return one_of_each(plain_text(tag.get("label") or tag.get("term") or "") for tag in tags)


def _enclosure(entry: Any) -> str | None:
    files = (_relative(each.get("href")) for each in entry.get("enclosures") or ())
    return next(filter(None, files), None)


def _link(entry: Any) -> str | None:
    """FeedBurner's original link, else the item's link; a guid only where it is an address."""
    original = entry.get("feedburner_origlink")
    if original:
        return str(original)
    link = _relative(entry.get("link"))
    alternates = [_relative(each.get("href")) for each in entry.get("links", ()) if each.get("rel") == "alternate"]
    if link and (link in alternates or link.startswith(("http://", "https://"))):
        return link
    return next(filter(None, alternates), None)


def _guid(entry: Any, feed_path: str) -> str | None:
    """The guid as it stands in the feed."""
    guid = _relative(entry.get("id"))
    return guid.removeprefix(feed_path[: feed_path.rfind("/") + 1]) if guid else None


def _relative(url: str | None) -> str | None:
    """The address as it was before feedparser resolved it, but for its path."""
    return url.removeprefix(f"http://{RELATIVE_HOST}") if url else None


def _text(entry: Any, name: str) -> str:
    detail = entry.get(f"{name}_detail") or {}
    value = entry.get(name) or ""
    return " ".join(value.split()) if detail.get("type") == "text/plain" else plain_text(value)


def _byline(entry: Any) -> str | None:
    authors = entry.get("authors") or ()
    if len(authors) <= 1:  # feedparser's own split of "desk@news.example (Desk)" fails on long domains
        return author_name(entry.get("author") or entry.get("googleplay_author") or "")
    return join_names([author_name(author.get("name") or author.get("email") or "") or "" for author in authors])


def _channel_author(channel: Any) -> str | None:
    """The feed's own author, where it has the name of one: addresses of webmasters are nobody's byline."""
    name = author_name(channel.get("author") or channel.get("googleplay_author") or "")
    return None if name and "@" in name else name


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


def _summary(entry: Any) -> str:
    detail = entry.get("summary_detail")
    if detail is None and entry.get("content"):
        return ""  # feedparser's own copy of the content
    return _fragment(detail or {"value": entry.get("summary")})


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
