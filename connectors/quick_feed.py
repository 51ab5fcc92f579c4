"""RSS, Atom and RDF that is well formed and says nothing unusual, read with lxml at a fraction of feedparser's cost.

What is read is what feedparser would read; where that is not sure, the feed is left to feedparser.
"""

from __future__ import annotations

import html.entities
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin

from lxml import etree

from connectors.dates import parse_date
from connectors.parsed_feed import (
    FeedItem,
    ParsedFeed,
    as_fragment,
    author_name,
    begun_items,
    join_names,
    plain_text,
)

Values = dict[str, list[str]]

ATOM = "{http://www.w3.org/2005/atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
RSS_SPACES = ("", "{http://purl.org/rss/1.0/}", "{http://my.netscape.com/rdf/simple/0.9/}")
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML = "{http://www.w3.org/XML/1998/namespace}"
RSS_VERSIONS = {"0.91": "RSS 0.91 (Userland)", "0.92": "RSS 0.92", "0.93": "RSS 0.93", "0.94": "RSS 0.94"}

COMMON = {
    "{http://purl.org/dc/elements/1.1/}title": "title",
    "{http://purl.org/dc/elements/1.1/}creator": "author",
    "{http://purl.org/dc/elements/1.1/}author": "author",
    "{http://purl.org/dc/elements/1.1/}date": "updated",
    "{http://purl.org/dc/elements/1.1/}language": "language",
    "{http://purl.org/dc/terms/}issued": "published",
    "{http://purl.org/dc/terms/}created": "created",
    "{http://purl.org/dc/terms/}modified": "updated",
    "{http://purl.org/rss/1.0/modules/content/}encoded": "content",
    "{http://rssnamespace.org/feedburner/ext/1.0}origlink": "original link",
    "{http://news.yandex.ru}full-text": "plain content",
}
RSS_NAMES = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "description": "summary",
    "author": "author",
    "pubdate": "published",
    "pubDate": "published",  # as it is written; the others are found by their lower-case names
    "language": "language",
    "managingeditor": "author",
}
RSS_FIELDS = {
    **COMMON,
    ITUNES + "author": "author",
    ATOM + "updated": "updated",
    ATOM + "published": "published",
    **{space + name: field for space in RSS_SPACES for name, field in RSS_NAMES.items()},
}
"""Lower-case tag, as feedparser compares them -> what it says of an item or channel."""
HARMLESS = frozenset(
    space + name
    for space in RSS_SPACES
    for name in (
        *("category", "comments", "enclosure", "source", "items", "lastbuilddate", "generator", "docs", "ttl", "cloud"),
        *("copyright", "webmaster", "image", "textinput", "skipdays", "skiphours", "rating", "item"),
    )
)
ATOM_FIELDS = {
    **COMMON,
    ATOM + "id": "guid",
    ATOM + "published": "published",
    ATOM + "updated": "updated",
}
UNSURE_SPACES = (
    *(space for space in RSS_SPACES if space),
    ATOM,
    ITUNES + "summary",
    "{http://purl.org/dc/elements/1.1/}description",
    "{http://www.w3.org/1999/xhtml}",
    "{http://purl.org/atom/ns#}",
    "{http://backend.userland.com/",
    "{http://blogs.law.harvard.edu/tech/rss}",
)
"""Where feedparser reads elements that this parser does not know."""

UNSURE_NAMES = frozenset(
    (
        *("abstract", "body", "content", "created", "entry", "fullitem", "id", "info", "issued", "modified", "name"),
        *("published", "subtitle", "summary", "tagline", "updated", "url"),
    )
)

INLINE_TAGS = frozenset(
    ("a", "b", "br", "cite", "code", "em", "font", "i", "p", "q", "small", "span", "strong", "sub", "sup", "u")
)
TAG_NAME = re.compile(r"</?(\w+)")
ENTITY = re.compile(r"&(#?\w+);")
STRAY_SEMICOLON = re.compile(r"&([A-Za-z0-9_]+);")
C1_CONTROL = re.compile(r"[\x80-\x9f]")
WINDOWS_1252 = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}


class Unsure(Exception):
    """Raised where the feed holds something that only feedparser is known to read right."""


def parse_quick(body: bytes) -> ParsedFeed | None:
    """The feed, equal to what feedparser makes of it; None where that is not sure."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        feed = _feed(etree.fromstring(body, parser))
    except (etree.XMLSyntaxError, ValueError, Unsure):
        return None
    # Items in places where none are looked for, or text that only looks like items: feedparser knows.
    return feed if begun_items(body) == len(feed.items) else None


def _feed(root: etree._Element) -> ParsedFeed:
    if _name(root) == ATOM + "feed":
        return _atom(root)
    kind = _rss_kind(root)
    channels = [child for child in root if _is(child, "channel")]
    if len(channels) != 1:
        raise Unsure
    return _rss(root, channels[0], kind)


def _rss_kind(root: etree._Element) -> str:
    if root.tag == RDF + "RDF":
        kinds = {RSS_SPACES[1]: "RSS 1.0", RSS_SPACES[2]: "RSS 0.90"}
        return next(
            (kind for space, kind in kinds.items() if any(_name(child).startswith(space) for child in root)), "RSS"
        )
    version = root.get("version", "")
    if root.tag != "rss" or not (version.startswith("2.") or version in RSS_VERSIONS):
        raise Unsure
    return RSS_VERSIONS.get(version, "RSS 2.0")


def _rss(root: etree._Element, channel: etree._Element, kind: str) -> ParsedFeed:
    said = _values(channel, RSS_FIELDS)
    author = _channel_author(said["author"])
    items = [child for parent in (channel, root) for child in parent if _is(child, "item")]
    return ParsedFeed(
        kind=kind,
        title=_title(said) or None,
        items=tuple(_rss_item(item, author) for item in items),
        language=_last(said["language"]) or root.get(XML + "lang"),
    )


def _rss_item(item: etree._Element, channel_author: str | None) -> FeedItem:
    said = _values(item, RSS_FIELDS)
    if len(said["summary"]) > 1 or (not (said["title"] and said["summary"]) and _has_media_text(item)):
        raise Unsure
    contents = said["content"] + [as_fragment(text) for text in said["plain content"]]
    return FeedItem(
        link=_rss_link(said, item),
        guid=_last(said["guid"]) or item.get(RDF + "about"),
        title=_title(said) or None,
        byline=join_names([author_name(text) or "" for text in said["author"]]) or channel_author,
        published_at=_published_at(said),
        summary=(said["summary"] or [""])[0],
        content=max(contents, key=len, default=""),
        language=_last(said["language"]),
    )


def _rss_link(said: Values, item: etree._Element) -> str | None:
    if said["original link"]:
        return said["original link"][-1]
    links = [_unescaped(text) if "&" in text else text for text in said["link"] if text]
    return _based(links[-1], item) if links else None


def _unescaped(link: str) -> str:
    return STRAY_SEMICOLON.sub(r"&\1", link.replace("&amp;", "&"))


def _atom(root: etree._Element) -> ParsedFeed:
    author = _channel_author(_atom_authors(root))
    entries = [child for child in root if _name(child) == ATOM + "entry"]
    titles = [child for child in root if _name(child) == ATOM + "title"]
    return ParsedFeed(
        kind="Atom 1.0",
        title=_atom_title(titles) or None,
        items=tuple(_atom_item(entry, author) for entry in entries),
        language=root.get(XML + "lang"),
    )


def _atom_item(entry: etree._Element, feed_author: str | None) -> FeedItem:
    parts: dict[str, list[etree._Element]] = defaultdict(list)
    for child in entry:
        parts[_name(child)].append(child)
    summaries, contents = parts[ATOM + "summary"], parts[ATOM + "content"]
    if max(len(summaries), len(contents)) > 1 or (
        (not summaries or not parts[ATOM + "title"]) and _has_media_text(entry)
    ):
        raise Unsure
    said = _values(entry, ATOM_FIELDS, known_space=ATOM)
    if said["title"]:
        raise Unsure  # Dublin Core's beside Atom's
    authors = _atom_authors(entry) + said["author"]
    return FeedItem(
        link=_atom_link(said, parts[ATOM + "link"]),
        guid=_last(said["guid"]),
        title=_atom_title(parts[ATOM + "title"]) or None,
        byline=join_names([author_name(text) or "" for text in authors]) or feed_author,
        published_at=_published_at(said),
        summary=_atom_fragment(summaries[0]) if summaries else "",
        content=_atom_fragment(contents[0]) if contents else "",
        language=_last(said["language"]),
    )


def _atom_link(said: Values, links: list[etree._Element]) -> str | None:
    if said["original link"]:
        return said["original link"][-1]
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate" and link.get("href")]
    pages = [
        link
        for link in alternates
        if link.get("type", "text/html").lower() in ("text/html", "html", "application/xhtml+xml")
    ]
    chosen = pages[-1] if pages else alternates[0] if alternates else None
    return _based(chosen.get("href", "").strip(), chosen) if chosen is not None else None


def _atom_title(titles: list[etree._Element]) -> str:
    return next((found for title in titles if (found := _atom_text(title))), "")


def _atom_text(element: etree._Element) -> str:
    kind, text = element.get("type", "text").lower(), _text(element)
    if kind not in ("text", "html", "text/plain", "text/html"):
        raise Unsure
    return plain_text(text) if "html" in kind else " ".join(text.split())


def _atom_fragment(element: etree._Element) -> str:
    kind, text = element.get("type", "text").lower(), _text(element)
    if kind not in ("text", "html", "text/plain", "text/html") or element.get("src") or element.get("mode"):
        raise Unsure
    return text if "html" in kind else as_fragment(text)


def _atom_authors(parent: etree._Element) -> list[str]:
    found = []
    for author in parent:
        if _name(author) == ATOM + "author":
            names = [*_texts(author, ATOM + "name"), *_texts(author, ATOM + "email")]
            found += [name for name in names if name][:1]
    return found


def _values(parent: etree._Element, fields: dict[str, str], known_space: str = "\0") -> Values:
    """What the children of an item or channel say, in order; raises Unsure for one that only feedparser may know."""
    said: Values = defaultdict(list)
    for child in parent:
        if child.tag in HARMLESS:
            continue
        if field := fields.get(child.tag):
            said[field].append(_text(child))
            continue
        name, unsure = _name(child), False
        if field := fields.get(name):
            said[field].append(_text(child))
        elif name in HARMLESS or name.startswith(known_space):
            continue
        elif name == ATOM + "link":
            unsure = child.get("rel", "alternate") == "alternate" and _is(parent, "item")
        else:
            unsure = name in UNSURE_NAMES or (name.startswith(UNSURE_SPACES) and not _is(parent, "channel"))
        if unsure:
            raise Unsure
    return said


def _published_at(said: Values) -> datetime | None:
    for name in ("published", "created", "updated"):
        if text := _last(said[name]):
            if found := parse_date(text):
                return found
            raise Unsure
    return None


def _title(said: Values) -> str:
    """The first title there is. RSS does not say whether titles are text or markup, so it is guessed."""
    text = next((text for text in said["title"] if text), "")
    entities = ENTITY.findall(text) if "&" in text else []
    if "<" in text:
        if not {name.lower() for name in TAG_NAME.findall(text)} <= INLINE_TAGS or not (entities or "</" in text):
            raise Unsure
        return plain_text(text)
    if entities and all(each[0] == "#" or each in html.entities.entitydefs for each in entities):
        return plain_text(text)
    return " ".join(text.split())


def _last(texts: list[str]) -> str | None:
    return texts[-1] or None if texts else None


def _channel_author(said: list[str]) -> str | None:
    name = author_name(said[-1]) if said else None
    return None if name and "@" in name else name


def _has_media_text(item: etree._Element) -> bool:
    return any(_name(each) in (MEDIA + "title", MEDIA + "description") for each in item.iter(etree.Element))


def _based(link: str, element: etree._Element) -> str:
    """The link, resolved against the bases that are declared around it."""
    if link.startswith(("http://", "https://")):
        return link
    base = ""
    for each in reversed([element, *element.iterancestors()]):
        base = urljoin(base, each.get(XML + "base", ""))
    return urljoin(base, link)


def _texts(parent: etree._Element, name: str) -> Iterator[str]:
    return (_text(child) for child in parent if _name(child) == name)


def _text(element: etree._Element) -> str:
    """Its text; raises Unsure where there are elements or entities inside."""
    if len(element):
        raise Unsure
    text = (element.text or "").strip()
    return text if text.isascii() or not C1_CONTROL.search(text) else text.translate(WINDOWS_1252)


def _name(element: etree._Element) -> str:
    return str(element.tag).lower()


def _is(element: etree._Element, name: str) -> bool:
    tag = _name(element)
    return tag.endswith(name) and tag.removesuffix(name) in RSS_SPACES
