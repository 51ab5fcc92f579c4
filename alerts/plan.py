"""What is told to whom, and when: hits in, deliveries and fates out. Pure policy; nothing here sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.planning import new_delivery
from alerts.routing import channels_for, fits_term, why_folded, why_withheld
from wirewatch.config import Configuration
from wirewatch.model import Delivery, DeliveryKind, Hit, Origin, Term, Visibility
from wirewatch.notices import notice
from wirewatch.novelty import Change, Novelty
from wirewatch.policy import ChannelRules, GroupBy, Pace, Schedule
from wirewatch.schedules import next_due, quiet_until
from wirewatch.telling import BUDGET_WINDOW, FLOOD_WINDOW, FOLLOW_UP, Fate, HitName, Planned, Standing, Telling

Look = Callable[[datetime], Standing]

POLLED = frozenset({Origin.POLL})

DIGEST, QUIET, FLOOD = "digest", "quiet", "flood"
BUDGET, GROUP, STORY = "budget/", "group/", "story/"
"""Bundles, and what bundles of a term or a story begin with."""


class AlertPolicy:
    """The configured policy at one moment."""

    def __init__(self, configuration: Configuration, now: datetime) -> None:
        self.now = now
        self.terms = {term.name: term for term in configuration.terms}
        self.rules = {channel.name: channel.rules for channel in configuration.channels}
        self.routes = configuration.policy.routes

    def plan(self, hits: Sequence[Hit], look: Look, origins: frozenset[Origin] = POLLED) -> Planned:
        """One alert for each article and channel, with all its terms told now; the others wait, or are withheld.

        Only live hits of these origins are told: what was suppressed, lay in a source's past or came from a backfill
        is not. Every one that is meant for a channel has a fate there.
        """
        wanted = [hit for hit in hits if hit.origin in origins and self._is_told(hit)]
        if not wanted:
            return Planned()
        planning = _Planning(self, look(self.now))
        for hit in _originals_first(wanted):
            planning.take(hit)
        return planning.planned()

    def digest(self, hits: Sequence[Hit], look: Look) -> Planned:
        """One digest for each channel, of live hits whatever their origin, as at the end of a backfill."""
        wanted = [hit for hit in hits if self._is_told(hit)]
        if not wanted:
            return Planned()
        planning = _Planning(self, look(self.now))
        for hit in _originals_first(wanted):
            planning.take(hit, together=True)
        return planning.planned(together=True)

    def channels_of(self, term: str, place: tuple[str, str | None] | None) -> tuple[str, ...]:
        """The channels that hear of a term's hits in an article of this source and language."""
        return channels_for(self.terms[term], place, self.routes)

    def rules_of(self, channel: str) -> ChannelRules:
        """How a channel is to be spoken to; one that is not configured, as any."""
        return self.rules.get(channel) or ChannelRules()

    def speaks_at(self, channel: str, moment: datetime, pace: Pace | None = None) -> datetime:
        """When a channel may hear what is due at a moment: then, or when its quiet hours end."""
        quiet = self.rules_of(channel).quiet
        if pace and quiet and pace.severity.reaches(quiet.breach):
            return moment
        return quiet_until(quiet, moment) or moment

    def schedule_of(self, channel: str, bundle: str) -> Schedule | None:
        """The schedule that a digest's bundle goes by."""
        if bundle == DIGEST:
            return self.rules_of(channel).digest
        digests = (term.pace.digest for term in self.terms.values() if term.pace.digest)
        return next((digest for digest in digests if bundle == f"{DIGEST}/{digest}"), None)

    def terms_of(self, channel: str) -> frozenset[str]:
        """The terms that a channel hears of, be it only from some sources."""
        return frozenset(term.name for term in self.terms.values() if self._may_hear(channel, term))

    def may_hear_of(self) -> dict[str, list[str]]:
        """For each term the channels that hear of it, be it only from some sources."""
        return {
            term.name: [channel for channel in self.rules if self._may_hear(channel, term)]
            for term in self.terms.values()
        }

    def _may_hear(self, channel: str, term: Term) -> bool:
        routed = (route for route in self.routes if channel in route.channels)
        return channel in term.channels or any(fits_term(route, term) for route in routed)

    def _is_told(self, hit: Hit) -> bool:
        return hit.visibility is Visibility.LIVE and hit.term in self.terms


@dataclass(slots=True)
class _Planning:
    """One batch of hits on its way through the policy."""

    policy: AlertPolicy
    standing: Standing
    tellings: list[Telling] = field(default_factory=list)
    changes: dict[HitName, Change] = field(default_factory=dict)
    articles: dict[str, set[bytes]] = field(default_factory=dict)
    """The articles of this batch for each term."""
    heard: dict[HitName, set[str]] = field(default_factory=dict)
    """The channels that are to hear, in this batch, of a hit or of one that is folded into it."""
    turned: dict[str, set[str]] = field(default_factory=dict)
    """Terms that this batch takes over their budget, with the channels that hear of them."""

    def take(self, hit: Hit, *, together: bool = False) -> None:
        """Decide what becomes of a hit, for each of its channels."""
        term = self.policy.terms[hit.term]
        folded, heard = why_folded(hit), self._heard_original(hit)
        withheld = why_withheld(hit, self.standing, self.policy.now)
        channels = self.policy.channels_of(hit.term, self.standing.places.get(hit.article_key))
        why_not = {channel: (folded if channel in heard else None) or withheld for channel in channels}
        if not all(why_not.values()):
            self.articles.setdefault(hit.term, set()).add(hit.article_key)
        if hit.change:
            self.changes[hit.article_key, hit.term] = hit.change
        for channel, why in why_not.items():
            decided = Telling(hit.article_key, hit.term, channel, Fate.TOLD, "told at once", self.policy.now)
            if why and not withheld and not together and self._follows_up(channel, hit):
                decided = self._followed_up(decided, hit, why)
            elif why:
                decided = replace(decided, fate=Fate.WITHHELD, reason=why)
            elif together:
                decided = replace(decided, reason="told in the digest of a backfill")
            else:
                decided = self._timed(decided, hit, term)
            self.tellings.append(decided)
            if not why:
                self.heard.setdefault((hit.original or hit.article_key, hit.term), set()).add(channel)

    def _heard_original(self, hit: Hit) -> Collection[str]:
        """The channels that hear what a hit is folded into: routes may lead only the copy to others."""
        if hit.original is None:
            return ()
        original = hit.original, hit.term
        if original in self.standing.judged:
            return self.policy.rules  # somebody has seen it
        return self.standing.heard.get(original, frozenset()) | self.heard.get(original, set())

    def _follows_up(self, channel: str, hit: Hit) -> bool:
        """Whether the thread of its story is told of a report that adds nothing: not where all waits for digests."""
        rules = self.policy.rules_of(channel)
        is_quiet = rules.digest is None and hit.term not in self.standing.turned
        return hit.novelty is Novelty.SAME_STORY and rules.follow_ups is not None and is_quiet

    def _followed_up(self, telling: Telling, hit: Hit, why: str) -> Telling:
        wait = self.policy.rules_of(telling.channel).follow_ups
        bundle = FOLLOW_UP + (hit.story or b"").hex()
        due = self.standing.waiting.get((telling.channel, bundle)) or self.policy.now + (wait or timedelta())
        due = self.policy.speaks_at(telling.channel, due)
        reason = f"waits: for others to be added to its story's thread, calling nobody; {why}"
        return replace(telling, fate=Fate.WAITING, bundle=bundle, due_at=due, reason=reason)

    def planned(self, *, together: bool = False) -> Planned:
        """What was decided, with the deliveries of what is told now."""
        by_channel: dict[str, list[Telling]] = {}
        for telling in self.tellings:
            if telling.fate is Fate.TOLD:
                by_channel.setdefault(telling.channel, []).append(telling)
        decided = {(telling.hit, telling.channel): telling for telling in self.tellings}
        deliveries: list[Delivery] = []
        for channel, told in by_channel.items():
            if not together and (flood := self._flood(channel, told)):
                decided |= {(telling.hit, channel): telling for telling in flood}
                continue
            for names in [[each.hit for each in told]] if together else _by_article(told):
                kind = DeliveryKind.DIGEST if together else DeliveryKind.ALERT
                delivery = new_delivery(kind, channel, names, self.policy.now, self.changes)
                deliveries.append(replace(delivery, next_at=self._next_at(channel, names)))
                for name in names:
                    decided[name, channel] = replace(decided[name, channel], delivery=delivery.key)
        return Planned((*deliveries, *self._turn_notices()), tuple(decided.values()), tuple(self.turned))

    def _timed(self, telling: Telling, hit: Hit, term: Term) -> Telling:
        """When a hit is told: now, or with others when their bundle is due."""
        bundle, due, reason = self._bundle(telling.channel, hit, term)
        speaks = self.policy.speaks_at(telling.channel, due, term.pace)
        if speaks > due:
            hours = self.policy.rules_of(telling.channel).quiet
            reason = f"{reason}; held during quiet hours, {hours}" if due > self.policy.now else f"quiet hours, {hours}"
            bundle, due = bundle or QUIET, speaks
        if due > self.policy.now:
            return replace(telling, fate=Fate.WAITING, bundle=bundle, due_at=due, reason=f"waits: {reason}")
        return replace(telling, bundle=bundle)

    def _bundle(self, channel: str, hit: Hit, term: Term) -> tuple[str, datetime, str]:
        """The bundle a hit belongs to, when that is due, and why."""
        now, pace = self.policy.now, term.pace
        rules = self.policy.rules_of(channel)
        if rules.digest and not pace.severity.reaches(rules.digest.breach):
            return DIGEST, next_due(rules.digest, now), f"the digest of channel {channel}, {rules.digest}"
        if pace.digest and not pace.severity.reaches(pace.digest.breach):
            return f"{DIGEST}/{pace.digest}", next_due(pace.digest, now), f"the term's digest, {pace.digest}"
        if pace.budget and self._is_over_budget(channel, term, pace.budget):
            bundle = BUDGET + term.name
            due = self.standing.waiting.get((channel, bundle)) or now + BUDGET_WINDOW
            return bundle, due, f"the term has more than {pace.budget} an hour, and comes as an hourly digest"
        if pace.group_wait is not None or pace.at_most_every is not None:
            return self._group(channel, hit, term)
        return "", now, ""

    def _group(self, channel: str, hit: Hit, term: Term) -> tuple[str, datetime, str]:
        now, pace = self.policy.now, term.pace
        by_story = pace.group_by is GroupBy.STORY and hit.story is not None
        bundle = STORY + hit.story.hex() if by_story and hit.story else GROUP + term.name
        what = "story" if by_story else "term"
        if open_until := self.standing.waiting.get((channel, bundle)):
            return bundle, open_until, f"goes with others of its {what}"
        due, reason = now, ""
        if pace.group_wait:
            due, reason = now + pace.group_wait, f"for others of its {what}"
        last = self.standing.last_told.get((channel, bundle))
        if pace.at_most_every and last and last + pace.at_most_every > due:
            due, reason = last + pace.at_most_every, f"one message of its {what} at most in {pace.at_most_every}"
        return bundle, due, reason

    def _is_over_budget(self, channel: str, term: Term, budget: int) -> bool:
        if term.name in self.standing.turned:
            return True
        so_far = self.standing.hits_lately.get(term.name, 0) + len(self.articles[term.name])
        if so_far > budget:
            self.turned.setdefault(term.name, set()).add(channel)
        return so_far > budget

    def _flood(self, channel: str, told: Sequence[Telling]) -> list[Telling]:
        """All of these as one digest, where they would be too many one by one; else nothing."""
        limit = self.policy.rules_of(channel).flood
        number = len({telling.article_key for telling in told}) + self.standing.sent_lately.get(channel, 0)
        open_until = self.standing.waiting.get((channel, FLOOD))
        if number <= limit and not open_until:
            return []
        last = self.standing.last_told.get((channel, FLOOD))
        due = open_until or max(self.policy.now, last + FLOOD_WINDOW if last else self.policy.now)
        reason = f"waits: more than {limit} articles within {FLOOD_WINDOW.seconds // 60} minutes come as one digest"
        return [replace(each, fate=Fate.WAITING, bundle=FLOOD, due_at=due, reason=reason) for each in told]

    def _next_at(self, channel: str, names: Iterable[HitName]) -> datetime:
        """Now; what was found together and is not urgent, when the channel's quiet hours end."""
        paces = (self.policy.terms[term].pace for _, term in names)
        return min(self.policy.speaks_at(channel, self.policy.now, pace) for pace in paces)

    def _turn_notices(self) -> Iterable[Delivery]:
        """What says that a term turns to a digest."""
        now = self.policy.now
        for term, channels in sorted(self.turned.items()):
            budget = self.policy.terms[term].pace.budget
            for channel in sorted(channels):
                subject = f"{term}: more than {budget} alerts within an hour"
                text = "From now on its alerts come as an hourly digest, until there are fewer of them."
                said = notice(channel, subject, text, now, key=("turned", term, f"{now:%Y-%m-%d %H}"))
                yield replace(said, next_at=self.policy.speaks_at(channel, now))


def _originals_first(hits: Iterable[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: hit.original is not None)


def _by_article(told: Iterable[Telling]) -> list[list[HitName]]:
    articles: dict[bytes, dict[HitName, None]] = {}
    for telling in told:
        articles.setdefault(telling.article_key, {})[telling.hit] = None
    return [list(names) for names in articles.values()]


def told_in(tellings: Iterable[Telling]) -> Mapping[tuple[str, str], list[Telling]]:
    """Tellings by channel and bundle."""
    bundles: dict[tuple[str, str], list[Telling]] = {}
    for telling in tellings:
        bundles.setdefault((telling.channel, telling.bundle), []).append(telling)
    return bundles
