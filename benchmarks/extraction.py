"""Extraction measured: the adapters that an article scorer wants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from extraction import extract
from extraction.cleaning import clean
from extraction.text_lines import Line
from extraction.text_zones import article_lines
from wirewatch.errors import ExtractionError
from wirewatch.model import Item, Zone

BODY_ZONES = frozenset({Zone.STANDFIRST, Zone.SUBHEAD, Zone.BODY})


def html(page: bytes, url: str | None) -> dict[str, Any]:
    """Standfirst and body, title, authors and date of a page; empty where it gives none."""
    item = Item("benchmark", url or "https://site.example/article", page, "text/html", datetime.now(UTC))
    try:
        article = extract(item)
    except ExtractionError:
        return {"text": "", "title": None, "authors": [], "date": None}
    return {
        "text": "\n".join(block.text for block in article.blocks if block.zone in BODY_ZONES),
        "title": article.title,
        "authors": article.byline.split(", ") if article.byline else [],
        "date": article.published_at and article.published_at.isoformat(),
    }


def lines(raw: list[str]) -> list[bool]:
    """Which lines of a page rendered to text belong to its article."""
    return article_lines([Line(clean(line)) for line in raw])
