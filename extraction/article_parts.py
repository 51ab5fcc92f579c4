"""The page's article as trafilatura finds it, as blocks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction

from extraction.cleaning import clean
from wirewatch.model import Block, Zone

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports pages as errors that are simply no articles

LINE_TAGS = frozenset({"p", "head", "quote", "item", "row", "code", "lb", "list", "table", "div", "ab", "fw", "body"})


def article_blocks(tree: HtmlElement, url: str | None, *, strict: bool = False) -> list[Block]:
    """Subheads and body paragraphs in their order; empty where the page has no article.

    `strict` takes nothing doubtful, and costs as much again.
    """
    found = bare_extraction(tree, url=url, include_comments=False, with_metadata=False, favor_precision=strict)
    body = getattr(found, "body", None)
    if body is None:
        return []
    return [Block(text, zone) for raw, zone in _lines(body) if (text := clean(raw))]


def _lines(body: _Element) -> Iterator[tuple[str, Zone]]:
    """Lines of text with the zone of the element they stand in."""
    parts: list[str] = []
    zone = Zone.BODY
    for kind, value in _events(body, Zone.BODY):
        if kind == "text":
            parts.append(value)
            continue
        if parts:
            yield "".join(parts), zone
            parts = []
        zone = Zone(value)
    if parts:
        yield "".join(parts), zone


def _events(element: _Element, zone: Zone) -> Iterator[tuple[str, str]]:
    """("text", piece) and ("line", zone of the line that begins)."""
    breaks = element.tag in LINE_TAGS
    inner = Zone.SUBHEAD if element.tag == "head" else zone
    if breaks:
        yield "line", inner
    if element.text:
        yield "text", element.text
    for child in element:
        if isinstance(child.tag, str):
            yield from _events(child, inner)
        if child.tail:
            yield "text", child.tail
    if element.tag == "cell":
        yield "text", " "
    if breaks:
        yield "line", zone
