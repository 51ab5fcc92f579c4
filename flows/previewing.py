"""A look at a source before it is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import connectors
import extraction
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.config import load_file
from wirewatch.errors import ExtractionError, FetchError
from wirewatch.model import Item, NetworkPolicy, Source, SourceKind, Zone
from wirewatch.settings import Settings

TRIED = 3
"""Articles that are fetched and read."""
STEPS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 360))
"""Times between two polls that are suggested."""
USUAL = {SourceKind.FOLDER: timedelta(minutes=1), SourceKind.MAILBOX: timedelta(minutes=5)}


@dataclass(frozen=True, slots=True)
class Body:
    """What was read of one article: its words, furniture aside, or why there are none."""

    item: Item
    words: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SourcePreview:
    """What an address is, and the source that it would make; `bodies` are those of its first articles."""

    preview: connectors.Preview
    source: Source
    bodies: tuple[Body, ...]


async def preview_source(settings: Settings, address: str, select: str | None = None) -> SourcePreview:
    """Look at an address under the network policy in force; FetchError if it cannot be fetched."""
    now = utc_now()
    async with connectors.Http(_policy(settings), clock=utc_now) as http:
        found = await connectors.preview(http, address, now, select=select)
        bodies = tuple([await _body(http, found.source, item) for item in found.items[:TRIED]])
    source = replace(found.source, every=suggested_every(found.source.kind, found.items, now))
    return SourcePreview(found, source, bodies)


def suggested_every(kind: SourceKind, items: Sequence[Item], now: datetime) -> timedelta:
    """How often to poll a source whose items came as these did: about twice as often as it publishes by day."""
    if kind in USUAL:
        return USUAL[kind]
    dates = sorted({item.published_at for item in items if item.published_at and item.published_at <= now})
    if len(dates) < 3:
        return STEPS[1] if kind is SourceKind.FEED else STEPS[2]
    gap = median((later - earlier).total_seconds() for earlier, later in pairwise(dates))
    silence = (now - dates[-1]).total_seconds()
    often = timedelta(seconds=max(gap, silence / 10) / 2)
    return max((step for step in STEPS if step <= often), default=STEPS[0])


async def _body(http: connectors.Http, source: Source, item: Item) -> Body:
    try:
        complete = await connectors.fetch_page(http, item, source) if item.wants_page else item
        with connectors.open_file(complete) as stream:
            inside = next((each for each in extraction.unpack(stream, complete) if isinstance(each, Item)), complete)
        article = extraction.extract(inside)
    except (FetchError, ExtractionError) as error:
        return Body(item, problem=str(error))
    except OSError as error:
        return Body(item, problem=error.strerror or str(error))
    words = sum(len(block.text.split()) for block in article.blocks if block.zone is not Zone.FURNITURE)
    return Body(item, words, article.note)


def _policy(settings: Settings) -> NetworkPolicy:
    """The file's policy, else the applied one, else the strictest."""
    if settings.config.exists():
        return load_file(settings.config).configuration.network
    configuration = open_database(settings).configuration() if settings.database_exists() else None
    return configuration.network if configuration else NetworkPolicy()
