"""What is told to whom: hits in, deliveries out. Pure policy; nothing here sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from wirewatch.identity import digest
from wirewatch.model import Delivery, DeliveryKind, Hit, Origin, Term, Visibility
from wirewatch.novelty import Change

FLOOD_LIMIT = 50
"""Articles that one channel hears of one by one from one batch; more become one digest."""

HitName = tuple[bytes, str]
"""(article key, term name): how a delivery names a hit."""

_NONE: Mapping[HitName, Change] = {}


def plan_deliveries(hits: Sequence[Hit], terms: Mapping[str, Term], now: datetime) -> list[Delivery]:
    """One alert for each article and channel, with all the article's terms in it.

    Only live hits of a poll are told: what was suppressed, lay in a source's past or came from a backfill is not.
    What is folded into another hit is listed with that one. More than FLOOD_LIMIT articles for one channel are one
    digest instead.
    """
    polled = [hit for hit in hits if hit.origin is Origin.POLL and not hit.is_folded]
    changes = {(hit.article_key, hit.term): hit.change for hit in polled if hit.change}
    deliveries: list[Delivery] = []
    for channel, told in _by_channel(polled, terms).items():
        articles = _by_article(told)
        if len(articles) > FLOOD_LIMIT:
            deliveries.append(_delivery(DeliveryKind.DIGEST, channel, told, now, changes))
        else:
            deliveries += [_delivery(DeliveryKind.ALERT, channel, names, now, changes) for names in articles]
    return deliveries


def plan_digest(hits: Sequence[Hit], terms: Mapping[str, Term], now: datetime) -> list[Delivery]:
    """One digest for each channel, of live hits whatever their origin."""
    by_channel = _by_channel(hits, terms)
    return [_delivery(DeliveryKind.DIGEST, channel, told, now) for channel, told in by_channel.items()]


def _by_channel(hits: Iterable[Hit], terms: Mapping[str, Term]) -> dict[str, list[HitName]]:
    """The live hits each channel is to hear of, each once, in their order."""
    told: dict[str, dict[HitName, None]] = {}
    for hit in hits:
        term = terms.get(hit.term)
        if term is None or hit.visibility is not Visibility.LIVE:
            continue
        for channel in term.channels:
            told.setdefault(channel, {})[hit.article_key, hit.term] = None
    return {channel: list(names) for channel, names in told.items()}


def _by_article(names: Iterable[HitName]) -> list[list[HitName]]:
    articles: dict[bytes, list[HitName]] = {}
    for name in names:
        articles.setdefault(name[0], []).append(name)
    return list(articles.values())


def _delivery(
    kind: DeliveryKind, channel: str, names: Sequence[HitName], now: datetime, changes: Mapping[HitName, Change] = _NONE
) -> Delivery:
    """A delivery whose key depends on its kind, its channel and the set of its hits, not on their order.

    A hit that has changed since it was told is another to the key: else it would be taken for told already.
    """
    parts = [part for name in sorted(names) for part in name]
    parts += [part for name in sorted(names) if name in changes for part in (*name, _mark(changes[name]))]
    key = digest(kind.value, channel, *parts)
    return Delivery(key=key, channel=channel, kind=kind, hits=tuple(names), created_at=now, next_at=now)


def _mark(change: Change) -> bytes:
    return digest(*change.appeared, "changed", *(after for _, after in change.changed), "gone", *change.gone)
