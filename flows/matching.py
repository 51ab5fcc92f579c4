"""Hits of the watchlist's terms in an article."""

from __future__ import annotations

from datetime import datetime

import watchlist
from wirewatch.model import Article, Hit, Origin


def hits_of(article: Article, compiled: watchlist.Watchlist, origin: Origin, now: datetime) -> list[Hit]:
    """The hits of all terms in one article."""
    return [
        Hit(article.key, found.term.name, found.term.version, found.matches, found.visibility, origin, now)
        for found in compiled.match(article)
    ]
