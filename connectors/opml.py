"""Lists of feeds as other readers write and read them: OPML 2.0 (http://opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TypeVar
from urllib.parse import urlsplit

from lxml import etree

from wirewatch.errors import ConfigError
from wirewatch.model import FirstPoll, Pages, Source, SourceKind

Choice = TypeVar("Choice", Pages, FirstPoll)

OWN = "{https://wirewatch.invalid/opml}"
"""The namespace of what OPML has no words for; other readers pass over it."""
BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,31};)")
"""The commonest mistake in such files: addresses written as they are."""
DEFAULTS = Source("", SourceKind.FEED, "")


def read_opml(text: bytes, place: str = "OPML") -> tuple[Source, ...]:
    """The feeds of an OPML file in its order, each address once, each name once; folders are not kept.

    Raises ConfigError for what is no OPML; `place` is where its message says the mistake is.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(BARE_AMPERSAND.sub(b"&amp;", text), parser) if text.strip() else None
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or str(root.tag).lower() != "opml":
        raise ConfigError([f"{place}:1:1: not an OPML file; it begins {text[:40].decode('utf-8', 'replace')!r}"])
    found: dict[str, Source] = {}
    names: set[str] = set()
    for source in _sources(root):
        if source.location not in found:
            found[source.location] = source if source.name not in names else _renamed(source, names)
            names.add(found[source.location].name)
    return tuple(found.values())


def write_opml(sources: Iterable[Source]) -> bytes:
    """The feeds among the sources as OPML; `read_opml` gives them back as they were."""
    root = etree.Element("opml", version="2.0", nsmap={"wirewatch": OWN.strip("{}")})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "wirewatch"
    body = etree.SubElement(root, "body")
    for source in sources:
        if source.kind is SourceKind.FEED:
            outline = etree.SubElement(body, "outline", type="rss", text=source.name, xmlUrl=source.location)
            for name, value in _settings(source):
                outline.set(name, value)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _settings(source: Source) -> Iterator[tuple[str, str]]:
    """What differs from a source with nothing but a name and an address."""
    if source.language:
        yield "language", source.language
    if source.every != DEFAULTS.every:
        yield OWN + "everySeconds", f"{source.every.total_seconds():g}"
    if source.pages is not DEFAULTS.pages:
        yield OWN + "pages", source.pages.value
    if source.first_poll is not DEFAULTS.first_poll:
        yield OWN + "firstPoll", source.first_poll.value


def _sources(root: etree._Element) -> Iterator[Source]:
    for outline in root.iter(etree.Element):
        if str(outline.tag).lower() != "outline":
            continue
        said = {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}
        url = said.get("xmlurl", "")
        if url.startswith("feed:"):
            url = url.removeprefix("feed:").removeprefix("//")
            url = url if "://" in url else f"http://{url}"
        if url:
            yield _source(said, url)


def _source(said: dict[str, str], url: str) -> Source:
    own = OWN.lower()
    name = said.get("text") or said.get("title") or _host(url)
    return Source(
        name=" ".join(name.split()),
        kind=SourceKind.FEED,
        location=url,
        every=_seconds(said.get(own + "everyseconds")),
        language=said.get("language") or None,
        pages=_member(Pages, said.get(own + "pages"), DEFAULTS.pages),
        first_poll=_member(FirstPoll, said.get(own + "firstpoll"), DEFAULTS.first_poll),
    )


def _member(kind: type[Choice], value: str | None, default: Choice) -> Choice:
    return next((member for member in kind if member.value == value), default)


def _seconds(text: str | None) -> timedelta:
    try:
        seconds = float(text or 0)
        return timedelta(seconds=seconds) if seconds > 0 else DEFAULTS.every
    except (ValueError, OverflowError):
        return DEFAULTS.every


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _renamed(source: Source, taken: set[str]) -> Source:
    """The source under the first free name of `name 2`, `name 3`, …"""
    return replace(source, name=next(name for n in count(2) if (name := f"{source.name} {n}") not in taken))
