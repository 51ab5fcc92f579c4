"""RSS, Atom and RDF that is well formed and says nothing unusual, read with lxml at a fraction of feedparser's cost.

What is read is what feedparser would read; where that is not sure, the feed is left to feedparser.
"""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

from connectors.feed_elements import (
    ATOM,
    ATOM_FIELDS,
    RDF,
    RSS_FIELDS,
    RSS_SPACES,
    RSS_VERSIONS,
    XML,
    Unsure,
    Values,
    based_link,
    channel_author_of,
    enclosure_of,
    has_media_text,
    is_rss,
    last_of,
    name_of,
    published_at_of,
    text_of,
    texts_of,
    title_of,
    unescaped_link,
    values_of,
)
from connectors.parsed_feed import (
    FeedItem,
    ParsedFeed,
    as_fragment,
    author_name,
    begun_items,
    join_names,
    one_of_each,
    plain_text,
)

MOST_ATTRIBUTES = 200


def parse_quick(body: bytes) -> ParsedFeed | None:
    """The feed, equal to what feedparser makes of it; None where that is not sure."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        feed = _feed(etree.fromstring(body, parser))
    except (etree.XMLSyntaxError, ValueError, Unsure):
        return None
    # Items in places where none are looked for, or text that only looks like items: feedparser knows.
    return feed if begun_items(body) == len(feed.items) else None


def is_tame(body: bytes) -> bool:
    """Whether the XML is well formed and no element has so many attributes that feedparser would stall on it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return all(len(element.attrib) + len(element.nsmap) <= MOST_ATTRIBUTES for element in root.iter(etree.Element))


def _feed(root: etree._Element) -> ParsedFeed:
    if name_of(root) == ATOM + "feed":
        return _atom(root)
    kind = _rss_kind(root)
    channels = [child for child in root if is_rss(child, "channel")]
    if len(channels) != 1:
        raise Unsure
    return _rss(root, channels[0], kind)


def _rss_kind(root: etree._Element) -> str:
    if root.tag == RDF + "RDF":
        kinds = {RSS_SPACES[1]: "RSS 1.0", RSS_SPACES[2]: "RSS 0.90"}
        return next(
            (kind for space, kind in kinds.items() if any(name_of(child).startswith(space) for child in root)), "RSS"
        )
    version = root.get("version", "")
    if root.tag != "rss" or not (version.startswith("2.") or version in RSS_VERSIONS):
        raise Unsure
    return RSS_VERSIONS.get(version, "RSS 2.0")


def _rss(root: etree._Element, channel: etree._Element, kind: str) -> ParsedFeed:
    said = values_of(channel, RSS_FIELDS)
    author = channel_author_of(said["author"] or said["play author"])
    items = [child for parent in (channel, root) for child in parent if is_rss(child, "item")]
    return ParsedFeed(
        kind=kind,
        title=title_of(said) or None,
        items=tuple(_rss_item(item, author) for item in items),
        language=last_of(said["language"]) or root.get(XML + "lang"),
    )


def _rss_item(item: etree._Element, channel_author: str | None) -> FeedItem:
    said = values_of(item, RSS_FIELDS)
    if len(said["summary"]) > 1 or (not (said["title"] and said["summary"]) and has_media_text(item)):
        raise Unsure
    contents = said["content"] + [as_fragment(text) for text in said["plain content"]]
    link = _rss_link(said, item)
    return FeedItem(
        link=link,
        guid=last_of(said["guid"]) or item.get(RDF + "about"),
        title=title_of(said) or None,
        byline=join_names([author_name(text) or "" for text in said["author"] or said["play author"]])
        or channel_author,
        published_at=published_at_of(said),
        summary=(said["summary"] or [""])[0],
        content=max(contents, key=len, default=""),
        language=last_of(said["language"]),
        categories=one_of_each(map(plain_text, said["category"])) if said["category"] else (),
        enclosure=None if link else enclosure_of(item),
    )


def _rss_link(said: Values, item: etree._Element) -> str | None:
    if said["original link"]:
        return said["original link"][-1]
    links = [unescaped_link(text) if "&" in text else text for text in said["link"] if text]
    return based_link(links[-1], item) if links else None


def _atom(root: etree._Element) -> ParsedFeed:
    author = channel_author_of(_atom_authors(root))
    entries = [child for child in root if name_of(child) == ATOM + "entry"]
    titles = [child for child in root if name_of(child) == ATOM + "title"]
    return ParsedFeed(
        kind="Atom 1.0",
        title=_atom_title(titles) or None,
        items=tuple(_atom_item(entry, author) for entry in entries),
        language=root.get(XML + "lang"),
    )


def _atom_item(entry: etree._Element, feed_author: str | None) -> FeedItem:
    parts: dict[str, list[etree._Element]] = defaultdict(list)
    for child in entry:
        parts[name_of(child)].append(child)
    summaries, contents = parts[ATOM + "summary"], parts[ATOM + "content"]
    if max(len(summaries), len(contents)) > 1 or (
        (not summaries or not parts[ATOM + "title"]) and has_media_text(entry)
    ):
        raise Unsure
    said = values_of(entry, ATOM_FIELDS, known_space=ATOM)
    if said["title"]:
        raise Unsure  # Dublin Core's beside Atom's
    authors = _atom_authors(entry) + said["author"]
    link = _atom_link(said, parts[ATOM + "link"])
    return FeedItem(
        link=link,
        guid=last_of(said["guid"]),
        title=_atom_title(parts[ATOM + "title"]) or None,
        byline=join_names([author_name(text) or "" for text in authors]) or feed_author,
        published_at=published_at_of(said),
        summary=_atom_fragment(summaries[0]) if summaries else "",
        content=_atom_fragment(contents[0]) if contents else "",
        language=last_of(said["language"]),
        categories=one_of_each(
            [each.get("label") or each.get("term") or "" for each in parts[ATOM + "category"]] + said["category"]
        ),
        enclosure=None if link else _atom_enclosure(parts[ATOM + "link"]),
    )


def _atom_enclosure(links: list[etree._Element]) -> str | None:
    return next((link.get("href") for link in links if link.get("rel") == "enclosure" and link.get("href")), None)


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
    return based_link(chosen.get("href", "").strip(), chosen) if chosen is not None else None


def _atom_title(titles: list[etree._Element]) -> str:
    return next((found for title in titles if (found := _atom_text(title))), "")


def _atom_text(element: etree._Element) -> str:
    kind, text = element.get("type", "text").lower(), text_of(element)
    if kind not in ("text", "html", "text/plain", "text/html"):
        raise Unsure
    return plain_text(text) if "html" in kind else " ".join(text.split())


def _atom_fragment(element: etree._Element) -> str:
    kind, text = element.get("type", "text").lower(), text_of(element)
    if kind not in ("text", "html", "text/plain", "text/html") or element.get("src") or element.get("mode"):
        raise Unsure
    return text if "html" in kind else as_fragment(text)


def _atom_authors(parent: etree._Element) -> list[str]:
    found = []
    for author in parent:
        if name_of(author) == ATOM + "author":
            names = [*texts_of(author, ATOM + "name"), *texts_of(author, ATOM + "email")]
            found += [name for name in names if name][:1]
    return found
