"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.dates import parse_date
from connectors.parsed_feed import FeedItem, ParsedFeed, as_fragment, join_names, one_of_each

VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/(\d[\d.]*)")
ITEMS_BEGIN = re.compile(r'"items"\s*:\s*\[')
BETWEEN_ITEMS = re.compile(r"[\s,]*")


def parse_json_feed(body: bytes) -> tuple[ParsedFeed | None, bool]:
    """The feed, or None where the JSON is none, and whether it is whole: of half a feed the whole items are given."""
    text = body.decode("utf-8-sig", "replace")
    whole = True
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        whole = False
        feed = _rescued(text)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None, whole
    version = VERSION.match(_string(feed.get("version")))
    if version is None and not _looks_like_items(feed["items"]):
        return None, whole
    authors = _authors(feed)
    return ParsedFeed(
        kind=f"JSON Feed {version.group(1)}" if version else "JSON Feed",
        title=_string(feed.get("title")).strip() or None,
        items=tuple(_item(each, authors) for each in feed["items"] if isinstance(each, dict)),
        language=_string(feed.get("language")) or None,
    ), whole


@dataclass(frozen=True, slots=True)
class CutFeed:
    """A feed cut into what stands before its items, each of them, and what follows."""

    head: bytes
    items: Sequence[bytes]
    tail: bytes


def cut_json_feed(body: bytes) -> CutFeed | None:
    """Its items as they stand there; None where they cannot be told apart, or there are none."""
    try:
        text = body.decode("utf-8-sig")
        begin = ITEMS_BEGIN.search(text)
        end, spans = _item_spans(text, begin.end()) if begin else (0, [])
        if begin is None or not spans or json.loads(text[: begin.end()] + text[end:])["items"] != []:
            return None  # the list found is another one
    except (ValueError, RecursionError, KeyError):
        return None
    items = [text[start:stop].encode() for start, stop in spans]
    return CutFeed(text[: begin.end()].encode(), items, text[end:].encode())


def _item_spans(text: str, at: int) -> tuple[int, list[tuple[int, int]]]:
    """Where the things of a list end that begins there, and where each of them begins and ends."""
    decoder, spans = json.JSONDecoder(), []
    while (gap := BETWEEN_ITEMS.match(text, at)) and text[gap.end()] != "]":
        _, at = decoder.raw_decode(text, gap.end())
        spans.append((gap.end(), at))
    return (gap.end() if gap else at), spans


def _rescued(text: str) -> dict[str, Any] | None:
    """The items that can be read of a text that breaks off."""
    begin = ITEMS_BEGIN.search(text)
    if begin is None:
        return None
    items: list[Any] = []
    decoder, at = json.JSONDecoder(), begin.end()
    while gap := BETWEEN_ITEMS.match(text, at):
        try:
            item, at = decoder.raw_decode(text, gap.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
    return {"items": items, "version": "".join(found.group() for found in [VERSION.search(text)] if found)}


def _looks_like_items(items: list[Any]) -> bool:
    return any(isinstance(each, dict) and "id" in each and ("url" in each or _body(each)) for each in items)


def _item(item: dict[str, Any], feed_authors: str | None) -> FeedItem:
    guid = item.get("id")
    return FeedItem(
        link=_string(item.get("url")) or _string(item.get("external_url")) or None,
        guid=str(guid) if isinstance(guid, str | int | float) else None,
        title=" ".join(_string(item.get("title")).split()) or None,
        byline=_authors(item) or feed_authors,
        published_at=parse_date(_string(item.get("date_published"))) or parse_date(_string(item.get("date_modified"))),
        summary=as_fragment(_string(item.get("summary"))),
        content=_body(item),
        language=_string(item.get("language")) or None,
        categories=one_of_each(filter(None, map(_string, _list(item.get("tags"))))),
        enclosure=next(filter(None, (_string(each.get("url")) for each in _dicts(item.get("attachments")))), None),
    )


def _body(item: dict[str, Any]) -> str:
    return _string(item.get("content_html")).strip() or as_fragment(_string(item.get("content_text")))


def _authors(thing: dict[str, Any]) -> str | None:
    """1.1 has `authors`, 1.0 `author`."""
    found = thing.get("authors") or [thing.get("author")]
    if not isinstance(found, list):
        return None
    return join_names([_string(each.get("name")) for each in found if isinstance(each, dict)])


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
