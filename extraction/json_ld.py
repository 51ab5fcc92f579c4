"""JSON-LD: what a page's marked-up data says of its article."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from extraction.cleaning import clean

ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|Posting)$")
LONGEST_SCRIPT = 500_000
"""Characters of a script that are still parsed; larger ones are catalogues, or meant to hurt."""
DEEPEST = 8
WRAPPING = re.compile(r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)")


def article_node(tree: HtmlElement) -> dict[str, Any]:
    """The object that describes the page's article; empty where there is none."""
    nodes = [node for node in _nodes(tree) if any(ARTICLE_TYPE.search(kind) for kind in types_of(node))]
    return next((node for node in nodes if node.get("headline")), nodes[0] if nodes else {})


def types_of(node: dict[str, Any]) -> list[str]:
    """Its `@type`, of which there may be several."""
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def text_of(value: Any) -> str | None:
    """A string that may carry entities or markup, as readers would see it; paragraphs stay lines."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return None
    lines = [clean(re.sub(r"<[^<>]{1,200}>", " ", line)) for line in unescape(unescape(value)).splitlines()]
    return "\n".join(line for line in lines if line) or None


def _nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text or len(script.text) > LONGEST_SCRIPT:
            continue
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(WRAPPING.sub("", script.text).strip())
        except (ValueError, RecursionError):
            continue
        yield from _objects(value, DEEPEST)


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for part in value[:200]:
            yield from _objects(part, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "hasPart"):
            yield from _objects(value.get(key), depth - 1)
