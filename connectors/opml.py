"""Lists of feeds as other readers write and read them: OPML 2.0 (http://opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TypeVar
from urllib.parse import urlsplit

from lxml import etree

from wirewatch.cadence import Adaptive
from wirewatch.errors import ConfigError
from wirewatch.model import Archiving, FirstPoll, Pages, Source, SourceKind

Choice = TypeVar("Choice", Pages, FirstPoll, Archiving)

OWN = "{https://wirewatch.invalid/opml}"
"""The namespace of what OPML has no words for; other readers pass over it."""
BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,31};)")
"""The commonest mistake in such files: addresses written as they are."""
UNSAID = Source("", SourceKind.FEED, "")


def read_opml(text: bytes, place: str = "OPML", unsaid: Source = UNSAID) -> tuple[Source, ...]:
    """The feeds of an OPML file in its order, each address once, each name once; folders are not kept.

    Raises ConfigError for what is no OPML; `place` is where its message says the mistake is. `unsaid` has
    the settings of feeds that the file says no more of than their address, as those of other readers.
    """
    root = _root(text)
    if root is None:
        raise ConfigError([f"{place}:1:1: not an OPML file; it begins {text[:40].decode('utf-8', 'replace')!r}"])
    found: dict[str, Source] = {}
    names: set[str] = set()
    for source in _sources(root, unsaid):
        if source.location not in found:
            found[source.location] = source if source.name not in names else _renamed(source, names)
            names.add(found[source.location].name)
    return tuple(found.values())


def opml_folders(text: bytes) -> tuple[str, ...]:
    """The names of the folders that an OPML file sorts its feeds into."""
    root = _root(text)
    outlines = () if root is None else _outlines(root)
    named = (said.get("text") or said.get("title") for said, has_inner in outlines if has_inner)
    return tuple(dict.fromkeys(filter(None, named)))


def write_opml(sources: Iterable[Source]) -> bytes:
    """The feeds among the sources as OPML; `read_opml` gives them back as they were, but for what gives `access`."""
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
    if source.language:
        yield "language", source.language
    yield OWN + "everySeconds", f"{source.every.total_seconds():g}"
    yield OWN + "pages", source.pages.value
    yield OWN + "firstPoll", source.first_poll.value
    if source.adaptive is not None:
        yield OWN + "leastSeconds", f"{source.adaptive.least.total_seconds():g}"
        yield OWN + "mostSeconds", f"{source.adaptive.most.total_seconds():g}"
    if source.archive is not UNSAID.archive:
        yield OWN + "archive", source.archive.value
    for name, value, usual in (("robots", source.robots, UNSAID.robots), ("keepRaw", source.keep_raw, UNSAID.keep_raw)):
        if value is not usual:
            yield OWN + name, str(value).lower()


def _root(text: bytes) -> etree._Element | None:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(BARE_AMPERSAND.sub(b"&amp;", text), parser) if text.strip() else None
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and str(root.tag).lower() == "opml" else None


def _outlines(root: etree._Element) -> Iterator[tuple[dict[str, str], bool]]:
    """What each outline says, by names in small letters, and whether there are outlines in it."""
    for outline in root.iter(etree.Element):
        if str(outline.tag).lower() == "outline":
            yield {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}, len(outline) > 0


def _sources(root: etree._Element, unsaid: Source) -> Iterator[Source]:
    for said, _ in _outlines(root):
        url = said.get("xmlurl", "")
        if url.startswith("feed:"):
            url = url.removeprefix("feed:").removeprefix("//")
            url = url if "://" in url else f"http://{url}"
        if url:
            yield _source(said, url, unsaid)


def _source(said: dict[str, str], url: str, unsaid: Source) -> Source:
    own = {name.removeprefix(OWN.lower()): value for name, value in said.items() if name.startswith(OWN.lower())}
    name = said.get("text") or said.get("title") or _host(url)
    return Source(
        name=" ".join(name.split()),
        kind=SourceKind.FEED,
        location=url,
        every=_seconds(own.get("everyseconds")) or unsaid.every,
        language=said.get("language") or None,
        pages=_member(Pages, own.get("pages"), unsaid.pages),
        first_poll=_member(FirstPoll, own.get("firstpoll"), unsaid.first_poll),
        adaptive=_adaptive(own) if own else unsaid.adaptive,
        archive=_member(Archiving, own.get("archive"), unsaid.archive),
        robots=own.get("robots", "true") != "false" if own else unsaid.robots,
        keep_raw=own.get("keepraw") == "true",
    )


def _member(kind: type[Choice], value: str | None, default: Choice) -> Choice:
    return next((member for member in kind if member.value == value), default)


def _adaptive(own: Mapping[str, str]) -> Adaptive | None:
    least, most = _seconds(own.get("leastseconds")), _seconds(own.get("mostseconds"))
    return Adaptive(least, most) if least and most and least <= most else None


def _seconds(text: str | None) -> timedelta | None:
    """None for what is no time."""
    try:
        seconds = float(text or 0)
        return timedelta(seconds=seconds) if seconds > 0 else None
    except (ValueError, OverflowError):
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _renamed(source: Source, taken: set[str]) -> Source:
    """The source under the first free name of `name 2`, `name 3`, …"""
    return replace(source, name=next(name for n in count(2) if (name := f"{source.name} {n}") not in taken))
