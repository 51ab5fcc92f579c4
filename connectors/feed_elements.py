"""What the elements of a well-formed feed say, as feedparser would understand them."""

from __future__ import annotations

import html.entities
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin

from lxml import etree

from connectors.dates import parse_date
from connectors.parsed_feed import author_name, plain_text

Values = dict[str, list[str]]

ATOM = "{http://www.w3.org/2005/atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
GOOGLE_PLAY = "{http://www.google.com/schemas/play-podcasts/1.0}"
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
    "{http://purl.org/dc/elements/1.1/}subject": "category",
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
    "category": "category",
}
RSS_FIELDS = {
    **COMMON,
    ITUNES + "author": "author",
    GOOGLE_PLAY + "author": "play author",
    ATOM + "updated": "updated",
    ATOM + "published": "published",
    **{space + name: field for space in RSS_SPACES for name, field in RSS_NAMES.items()},
}
"""Lower-case tag, as feedparser compares them -> what it says of an item or channel."""
HARMLESS = frozenset(
    space + name
    for space in RSS_SPACES
    for name in (
        *("comments", "enclosure", "source", "items", "lastbuilddate", "generator", "docs", "ttl", "cloud"),
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


def values_of(parent: etree._Element, fields: dict[str, str], known_space: str = "\0") -> Values:
    """What the children of an item or channel say, in order; raises Unsure for one that only feedparser may know."""
    said: Values = defaultdict(list)
    for child in parent:
        if child.tag in HARMLESS:
            continue
        if field := fields.get(child.tag):
            said[field].append(text_of(child))
            continue
        name, unsure = name_of(child), False
        if field := fields.get(name):
            said[field].append(text_of(child))
        elif name in HARMLESS or name.startswith(known_space):
            continue
        elif name == "categories":  # some wrap them
            said["category"] += map(text_of, child)
        elif name == ATOM + "link":
            unsure = child.get("rel", "alternate") == "alternate" and is_rss(parent, "item")
        else:
            unsure = name in UNSURE_NAMES or (name.startswith(UNSURE_SPACES) and not is_rss(parent, "channel"))
        if unsure:
            raise Unsure
    return said


def published_at_of(said: Values) -> datetime | None:
    for name in ("published", "created", "updated"):
        if text := last_of(said[name]):
            if found := parse_date(text):
                return found
            raise Unsure
    return None


def title_of(said: Values) -> str:
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


def last_of(texts: list[str]) -> str | None:
    return texts[-1] or None if texts else None


def channel_author_of(said: list[str]) -> str | None:
    name = author_name(said[-1]) if said else None
    return None if name and "@" in name else name


def has_media_text(item: etree._Element) -> bool:
    return any(name_of(each) in (MEDIA + "title", MEDIA + "description") for each in item.iter(etree.Element))


def based_link(link: str, element: etree._Element) -> str:
    """The link, resolved against the bases that are declared around it."""
    if link.startswith(("http://", "https://")):
        return link
    base = ""
    for each in reversed([element, *element.iterancestors()]):
        base = urljoin(base, each.get(XML + "base", ""))
    return urljoin(base, link)


def texts_of(parent: etree._Element, name: str) -> Iterator[str]:
    return (text_of(child) for child in parent if name_of(child) == name)


def enclosure_of(item: etree._Element) -> str | None:
    """The address of the first file that an item of RSS comes with."""
    return next((url for child in item if is_rss(child, "enclosure") and (url := child.get("url", "").strip())), None)


def text_of(element: etree._Element) -> str:
    """Its text; raises Unsure where there are elements or entities inside."""
    if len(element):
        raise Unsure
    text = (element.text or "").strip()
    return text if text.isascii() or not C1_CONTROL.search(text) else text.translate(WINDOWS_1252)


def name_of(element: etree._Element) -> str:
    return str(element.tag).lower()


def is_rss(element: etree._Element, name: str) -> bool:
    tag = name_of(element)
    return tag.endswith(name) and tag.removesuffix(name) in RSS_SPACES


def unescaped_link(link: str) -> str:
    return STRAY_SEMICOLON.sub(r"&\1", link.replace("&amp;", "&"))
