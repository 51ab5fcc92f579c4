"""From what was found to what is told: batches are stored with what it takes to judge their hits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import alerts
import storage
from wirewatch.model import Article, Hit, Visibility


def write_judged(
    store: storage.Store, batch: storage.Batch, plan: storage.Plan, articles: Iterable[Article] = ()
) -> storage.Written:
    """Store a batch and judge its hits by the rules for stories; `articles` are those of hits not in the batch."""
    rather_with_page = sorted(batch.articles, key=lambda indexed: indexed.pending_page is None)
    by_key = {article.key: article for article in articles}
    by_key |= {indexed.article.key: indexed.article for indexed in rather_with_page}
    traced = tuple(alerts.trace(by_key[key]) for key in _alive(batch.hits) if key in by_key)
    return store.write(replace(batch, traced=traced), plan, alerts.STORY_RULES)


def _alive(hits: Iterable[Hit]) -> list[bytes]:
    """The articles with live hits: only these can be judged."""
    return list(dict.fromkeys(hit.article_key for hit in hits if hit.visibility is Visibility.LIVE))
