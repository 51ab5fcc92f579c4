"""Upkeep, as a plain function: what is old is let go, what an earlier version indexed is indexed again.

Everything is done in small transactions, so others work on meanwhile, and a run that is killed is simply gone on with
by the next. Never imports Prefect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import storage
import watchlist
from flows.report import Report
from wirewatch.clock import Clock
from wirewatch.model import Retention

BATCH = 200
PASSED_OVER_KNOWN = timedelta(days=400)
"""How long the addresses are known that a source with `archive: hits` was not kept of: longer than feeds list them."""


def keep(store: storage.Store, clock: Clock, shortest: timedelta | None = None) -> Report:
    """Do what is due; `shortest` is a time to keep everything that the configuration would keep for longer or ever."""
    configuration = store.configuration()
    retention = configuration.retention if configuration else Retention()
    report = Report()
    now = clock()
    kinds: dict[str, tuple[timedelta | None, Callable[[datetime, datetime], int]]] = {
        "hits": (retention.hits, store.forget_hits),
        "articles": (retention.articles, store.forget_articles),
        "raw": (retention.raw, store.forget_raw),
        "deliveries": (retention.deliveries, store.forget_deliveries),
        "runs": (retention.runs, store.forget_runs),
        "passed_over": (PASSED_OVER_KNOWN, store.forget_passed_over),
    }
    for name, (kept, forget) in kinds.items():  # hits first: articles without any go with them
        times = [each for each in (kept, shortest) if each is not None]
        report.add(**{f"{name}_let_go": forget(now - min(times), now) if times else 0})
    report.add(indexed_again=reindex(store))
    return report


def reindex(store: storage.Store) -> int:
    """Index again all articles that the archive holds by lexemes of an earlier version; gives their number."""
    done = 0
    while articles := store.outdated(watchlist.LEXEMES_VERSION, BATCH):
        version = watchlist.LEXEMES_VERSION
        store.reindex([storage.Indexed(article, watchlist.lexemes(article), version) for article in articles])
        done += len(articles)
    return done
