"""The documented `--json` forms: what scripts may rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import watchlist
from flows.trying import Spelling
from storage import DeliveryAttempt, Notice, Run, SourceHealth, SourceState, StoredBackfill
from watchlist.families import Family
from watchlist.nearly import NearMiss
from wirewatch.model import Article, Delivery, FoundHit, Match


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, or None."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def match_form(match: Match) -> dict[str, Any]:
    """One mention; `spans` are offsets into the passage shown."""
    return {
        "zone": match.zone.value,
        "passage": match.passage,
        "spans": [list(mark) for mark in match.marks],
        "reason": match.reason,
    }


def hit_form(found: FoundHit) -> dict[str, Any]:
    """One hit with its matches; `article` is what `explain ARTICLE TERM` takes."""
    hit, article = found.hit, found.article
    return {
        "term": hit.term,
        "term_version": hit.term_version,
        "visibility": hit.visibility.value,
        "origin": hit.origin.value,
        "article": article.key.hex(),
        "source": article.source,
        "title": article.title,
        "url": article.url,
        "published_at": moment(article.published_at),
        "published_from": article.published_from.value,
        "found_at": moment(hit.found_at),
        "matches": [match_form(match) for match in hit.matches],
        "story": hit.story.hex() if hit.story else None,
        "novelty": hit.novelty.value,
        "original": hit.original.hex() if hit.original else None,
        "also_in": [
            {"article": also.article_key.hex(), "source": also.source, "url": also.url} for also in found.also_in
        ],
    }


def article_form(article: Article) -> dict[str, Any]:
    """An extracted article with its zoned blocks."""
    return {
        "title": article.title,
        "byline": article.byline,
        "published_at": moment(article.published_at),
        "published_from": article.published_from.value,
        "language": article.language,
        "note": article.note,
        "blocks": [{"zone": block.zone.value, "text": block.text} for block in article.blocks],
    }


def found_form(name: str, found: watchlist.Found | None) -> dict[str, Any]:
    """What a query found in one file; `visibility` is null where it found nothing."""
    return {
        "file": name,
        "visibility": found.visibility.value if found else None,
        "matches": [match_form(match) for match in found.matches] if found else [],
    }


def family_form(read: Family, spellings: Sequence[Spelling]) -> dict[str, Any]:
    """A name as `~` reads it, and its spellings in the archive, commonest first."""
    return {
        "query": read.query,
        "words": [{"word": word.word, "particle": word.particle, "sounds": list(word.sounds)} for word in read.words],
        "spellings": [
            {"spelling": each.spelling, "articles": each.articles, "passage": each.example.passage}
            for each in spellings
        ],
    }


def near_miss_form(article: Article, miss: NearMiss) -> dict[str, Any]:
    """An article that a term nearly hit; `why` is what stood in the way."""
    return {
        "term": miss.term.name,
        "article": article.key.hex(),
        "title": article.title,
        "url": article.url,
        "why": miss.explanation.short,
    }


def delivery_form(delivery: Delivery) -> dict[str, Any]:
    """One message to one channel, and its fate."""
    return {
        "delivery": delivery.key.hex(),
        "channel": delivery.channel,
        "kind": delivery.kind.value,
        "state": delivery.state.value,
        "hits": [{"article": key.hex(), "term": term} for key, term in delivery.hits],
        "attempts": delivery.attempts,
        "created_at": moment(delivery.created_at),
        "next_at": moment(delivery.next_at),
        "sent_at": moment(delivery.sent_at),
        "possible_repeat": delivery.maybe_repeat,
        "subject": delivery.subject,
        "text": delivery.text,
        "response": delivery.response,
        "last_error": delivery.last_error,
    }


def attempt_form(attempt: DeliveryAttempt) -> dict[str, Any]:
    """One attempt at a message; `said` is what the server answered, or what went wrong."""
    return {
        "attempt": attempt.attempt,
        "began_at": moment(attempt.claimed_at),
        "ended_at": moment(attempt.finished_at),
        "outcome": attempt.outcome.value,
        "said": attempt.detail,
    }


def run_form(run: Run) -> dict[str, Any]:
    """One run of a flow."""
    return {
        "kind": run.kind,
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at),
        "counts": dict(run.counts),
        "failures": [{"where": failure.where, "what": failure.what} for failure in run.failures],
    }


def notice_form(notice: Notice) -> dict[str, Any]:
    """A trouble of the watch itself; it stands while `cleared_at` is null."""
    return {
        "key": notice.key,
        "subject": notice.subject,
        "text": notice.text,
        "raised_at": moment(notice.raised_at),
        "told_at": moment(notice.told_at),
        "cleared_at": moment(notice.cleared_at),
        "channels": list(notice.channels),
    }


def source_form(state: SourceState, health: SourceHealth) -> Mapping[str, Any]:
    """One source, how its polls went, and how it is."""
    source = state.source
    return {
        "name": source.name,
        "kind": source.kind.value,
        "location": source.location,
        "every_seconds": source.every.total_seconds(),
        "active": state.active,
        "state": health.health.value,
        "since": moment(health.since),
        "says": health.says,
        "usual_a_day": None if health.a_day is None else round(health.a_day, 2),
        "paused": state.paused,
        "paused_until": moment(state.paused_until),
        "moved_to": state.moved.url if state.moved and state.moved.is_learnt else None,
        "next_due": moment(state.next_due),
        "last_polled_at": moment(state.last_polled_at),
        "last_success_at": moment(state.last_success_at),
        "failures": state.failures,
        "last_error": state.last_error,
        "articles": state.articles,
    }


def backfill_form(stored: StoredBackfill) -> dict[str, Any]:
    """One backfill: what it was asked, and how far it came."""
    return {
        "number": stored.id,
        "state": stored.state.value,
        "request": dict(stored.request),
        "created_at": moment(stored.created_at),
        "changed_at": moment(stored.changed_at),
        "slices": stored.slices,
        "slices_done": stored.slices_done,
        "articles": stored.total,
        "counts": dict(stored.counts),
        "error": stored.error,
    }
