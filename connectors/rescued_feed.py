"""Items out of XML so broken that feedparser does not see them: tags looked for one by one."""

from __future__ import annotations

import html
import re

from connectors.dates import parse_date
from connectors.parsed_feed import FeedItem, ParsedFeed, as_fragment, plain_text

ITEM = re.compile(r"<(?:[\w.-]+:)?(item|entry)[\s>].*?</\s*(?:[\w.-]+:)?\1\s*>", re.IGNORECASE | re.DOTALL)
CDATA = re.compile(r"\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
TEXT = re.compile(r"[^<]*")
ATOM_LINK = re.compile(r"<(?:[\w.-]+:)?link\b[^<>]*\bhref\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)


def rescue_feed(body: bytes, charset: str | None) -> ParsedFeed | None:
    """The whole items that can be told apart; None where there are none."""
    text = _decoded(body, charset)
    items = tuple(_item(found.group()) for found in ITEM.finditer(text))
    if not items:
        return None
    title = plain_text(_field(text[: text.find("<item")], "title"))
    return ParsedFeed(kind="feed with broken XML", title=title or None, items=items)


def _decoded(body: bytes, charset: str | None) -> str:
    declared = re.search(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]+)", body[:400])
    for encoding in ("utf-8", declared.group(1).decode() if declared else None, charset):
        try:
            return body.decode(encoding or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("utf-8", "replace")


def _item(item: str) -> FeedItem:
    link = _field(item, "link")
    if not link and (found := ATOM_LINK.search(item)):
        link = html.unescape(found.group(1))
    return FeedItem(
        link=link or None,
        guid=_field(item, "guid", "id") or None,
        title=plain_text(_field(item, "title")) or None,
        byline=plain_text(_field(item, "creator", "name", "author")) or None,
        published_at=parse_date(_field(item, "pubDate", "published", "date", "updated")),
        summary=_fragment(_field(item, "description", "summary")),
        content=_fragment(_field(item, "encoded", "content")),
    )


def _field(item: str, *names: str) -> str:
    """What the first of these elements says: its CDATA, or its text up to the next tag, whatever that is."""
    for name in names:
        begin = re.search(rf"<(?:[\w.-]+:)?{name}(?:\s[^<>]*)?>", item, re.IGNORECASE)
        if begin is None:
            continue
        if cdata := CDATA.match(item, begin.end()):
            return cdata.group(1).strip()
        text = TEXT.match(item, begin.end())
        if text and text.group().strip():
            return html.unescape(text.group()).strip()
    return ""


def _fragment(text: str) -> str:
    return text if "<" in text else as_fragment(text)
