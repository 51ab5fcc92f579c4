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
REFERENCES = ("author", "creator", "publisher")
WRAPPING = re.compile(r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)")


def article_node(tree: HtmlElement) -> dict[str, Any]:
    """The object that describes the page's article, else its web page; empty where there is none.

    Authors and publishers that are only named by their `@id` are put in.
    """
    nodes = list(_nodes(tree))
    articles = [node for node in nodes if any(ARTICLE_TYPE.search(kind) for kind in types_of(node))]
    pages = [node for node in nodes if "WebPage" in types_of(node) and ("datePublished" in node or "author" in node)]
    chosen = next((node for node in articles if node.get("headline")), None) or next(iter([*articles, *pages]), {})
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and node.get("name")}
    return {key: _resolved(value, by_id) if key in REFERENCES else value for key, value in chosen.items()}


def _resolved(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_resolved(part, by_id) for part in value]
    if isinstance(value, dict) and not value.get("name"):
        identity = value.get("@id")
        return by_id.get(identity, value) if isinstance(identity, str) else value
    return value


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
