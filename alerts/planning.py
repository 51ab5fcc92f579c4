"""Deliveries as the policy makes them: their keys come from what they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from wirewatch.identity import digest
from wirewatch.model import Delivery, DeliveryKind
from wirewatch.novelty import Change
from wirewatch.telling import HitName

_NONE: Mapping[HitName, Change] = {}


def new_delivery(
    kind: DeliveryKind,
    channel: str,
    names: Sequence[HitName],
    now: datetime,
    changes: Mapping[HitName, Change] = _NONE,
    *,
    occasion: tuple[str, ...] = (),
    text: str | None = None,
) -> Delivery:
    """A delivery whose key depends on its kind, its channel, the set of its hits (not on their order), and `occasion`.

    A hit that has changed since it was told is another to the key: else it would be taken for told already.
    """
    parts = [part for name in sorted(names) for part in name]
    parts += [part for name in sorted(names) if name in changes for part in (*name, _mark(changes[name]))]
    key = digest(kind.value, channel, *parts, *occasion)
    return Delivery(key=key, channel=channel, kind=kind, hits=tuple(names), created_at=now, next_at=now, text=text)


def _mark(change: Change) -> bytes:
    return digest(*change.appeared, "changed", *(after for _, after in change.changed), "gone", *change.gone)
