"""Bundles that are due: what waited in them goes as one message, unless somebody withdrew it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts.plan import BUDGET, DIGEST, FLOOD, QUIET, AlertPolicy, Look, told_in
from alerts.planning import new_delivery
from alerts.routing import why_withdrawn
from wirewatch.model import Delivery, DeliveryKind
from wirewatch.telling import FLOOD_WINDOW, FOLLOW_UP, Fate, Planned, Standing, Telling

Notes = Mapping[tuple[str, str], str]
"""What the digest of (channel, bundle) says beside its hits, such as its coverage."""


def release(policy: AlertPolicy, waiting: Sequence[Telling], look: Look, notes: Notes) -> Planned:
    """One message for each bundle; what was muted, seen or judged meanwhile is withheld, with the reason."""
    standing = look(policy.now)
    deliveries: list[Delivery] = []
    tellings: list[Telling] = []
    turned_back = {
        term: None
        for term in (bundle.removeprefix(BUDGET) for _, bundle in told_in(waiting) if bundle.startswith(BUDGET))
        if _has_calmed_down(policy, term, standing)
    }
    for (channel, bundle), together in told_in(waiting).items():
        told: list[Telling] = []
        for telling in together:
            if why := why_withdrawn(telling.hit, telling.decided_at, standing, policy.now):
                tellings.append(replace(telling, fate=Fate.WITHHELD, reason=why, decided_at=policy.now))
            else:
                told.append(telling)
        if told:
            said = _said(policy, channel, bundle, turned_back, notes)
            delivery = _message(policy, channel, bundle, told, said)
            deliveries.append(delivery)
            tellings += [_told(policy, telling, delivery) for telling in told]
    return Planned(tuple(deliveries), tuple(tellings), turned_back=tuple(turned_back))


def is_digest(bundle: str) -> bool:
    """Whether a bundle is told as a digest however few its articles are."""
    return bundle.startswith((DIGEST, BUDGET, FLOOD))


def _message(policy: AlertPolicy, channel: str, bundle: str, told: Sequence[Telling], text: str) -> Delivery:
    single = len({telling.article_key for telling in told}) == 1 and not is_digest(bundle)
    kind = DeliveryKind.ALERT if single else DeliveryKind.DIGEST
    if bundle.startswith(FOLLOW_UP):
        kind = DeliveryKind.FOLLOW_UP
    names = [telling.hit for telling in sorted(told, key=lambda each: (each.decided_at, each.article_key, each.term))]
    due = min(telling.due_at for telling in told if telling.due_at)
    return new_delivery(kind, channel, names, policy.now, occasion=(bundle, due.isoformat()), text=text or None)


def _told(policy: AlertPolicy, telling: Telling, delivery: Delivery) -> Telling:
    reason = telling.reason.replace("waits:", "told after it waited:", 1)
    return replace(telling, fate=Fate.TOLD, reason=reason, decided_at=policy.now, delivery=delivery.key)


def _said(policy: AlertPolicy, channel: str, bundle: str, turned_back: Mapping[str, None], notes: Notes) -> str:
    rules = policy.rules_of(channel)
    lines = [notes.get((channel, bundle), "")]
    if bundle == QUIET and rules.quiet:
        lines.append(f"Held during quiet hours, {rules.quiet}.")
    elif bundle == FLOOD:
        minutes = FLOOD_WINDOW.seconds // 60
        lines.append(f"More than {rules.flood} articles within {minutes} minutes: they come as one digest.")
    elif bundle.startswith(BUDGET):
        term = bundle.removeprefix(BUDGET)
        lines.append(
            f"{term} has calmed down: from now on its alerts come one by one."
            if term in turned_back
            else f"{term} still has more alerts an hour than its budget: the next ones come as a digest, too."
        )
    return "\n".join(filter(None, lines))


def _has_calmed_down(policy: AlertPolicy, term: str, standing: Standing) -> bool:
    configured = policy.terms.get(term)
    budget = configured.pace.budget if configured else None
    return budget is None or standing.hits_lately.get(term, 0) <= budget
