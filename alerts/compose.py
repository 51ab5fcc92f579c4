"""From a delivery and its hits to the message it tells. Pure: equal input, equal message."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from alerts.cleaning import clean_text, place_of, safe_link, shorten
from alerts.history import history_lines
from alerts.links import AnswerLinks
from alerts.message import Address, ArticleSection, Message, TermCount, TermLine
from alerts.passages import PASSAGE_LENGTH, show_passage
from wirewatch.clock import utc_now
from wirewatch.model import Article, BodyFrom, Delivery, DeliveryKind, FoundHit, Hit, Zone

SHOWN_TERMS = 12
SHOWN_ARTICLES = 15
SHOWN_TERMS_IN_DIGEST = 3
DIGEST_PASSAGE_LENGTH = 200
SUBJECT_LENGTH = 150
TITLE_LENGTH = 140
REMARK_LENGTH = 600
_NAME_LENGTH = 60
_REASON_LENGTH = 120
_KEY_DIGITS = 12

_FLAGS = {
    BodyFrom.FEED: "text from the feed, not from the article page",
    BodyFrom.FEED_FALLBACK: "the article page could not be read: text from the feed",
    BodyFrom.WALLED: "the article page keeps its text back: only what is free of it",
    BodyFrom.WHOLE: "no article could be made out: the whole text was searched",
}


def compose(delivery: Delivery, found: Sequence[FoundHit], *, links: AnswerLinks | None = None) -> Message:
    """The message of a delivery: an article with all its terms, or a digest with a true count of all its articles.

    `found` are the delivery's hits, in any order; a digest may be given only some of them. `links` makes the links by
    which readers answer an alert.
    """
    if delivery.kind is DeliveryKind.NOTICE:
        return _notice(delivery)
    shown_first = _by_article(delivery, found)[:SHOWN_ARTICLES]
    sections = [_section(delivery, hits, links) for hits in shown_first]
    if delivery.kind is DeliveryKind.DIGEST:
        return _digest(delivery, sections)
    if delivery.kind is DeliveryKind.FOLLOW_UP:
        return _follow_up(delivery, sections, found)
    shown = sections[0] if sections else None
    terms = [*(line.term for line in shown.lines), *shown.more_terms] if shown else _terms(delivery)
    title = shown.title if shown else "(the article is gone from the archive)"
    return Message(
        kind=delivery.kind,
        subject=_subject(terms, title),
        heading=title,
        articles=tuple(sections[:1]),
        total=1,
        counts=tuple(TermCount(term, 1) for term in terms),
        created_at=delivery.created_at,
        maybe_repeat=delivery.maybe_repeat,
        remarks=_remarks(delivery),
        story=next((hit.hit.story for hit in found if hit.hit.story), None),
    )


def compose_test(channel: str, now: datetime | None = None) -> Message:
    """The message that shows a person that a channel works."""
    text = f"This is a test of the channel “{clean_text(channel)}”. Alerts will look like other messages here."
    return Message(
        kind=DeliveryKind.ALERT,
        subject=f"[wirewatch] test of channel {clean_text(channel)}",
        heading=text,
        articles=(),
        total=0,
        counts=(),
        created_at=now or utc_now(),
    )


def _notice(delivery: Delivery) -> Message:
    heading = shorten(clean_text(delivery.subject or "notice"), SUBJECT_LENGTH)
    return Message(
        kind=delivery.kind,
        subject=shorten(f"[wirewatch] {heading}", SUBJECT_LENGTH),
        heading=heading,
        articles=(),
        total=0,
        counts=(),
        created_at=delivery.created_at,
        maybe_repeat=delivery.maybe_repeat,
        remarks=_remarks(delivery),
    )


def _remarks(delivery: Delivery) -> tuple[str, ...]:
    lines = (shorten(clean_text(line), REMARK_LENGTH) for line in (delivery.text or "").splitlines())
    return tuple(filter(None, lines))


def _digest(delivery: Delivery, sections: Sequence[ArticleSection]) -> Message:
    total = len({article for article, _ in delivery.hits})
    counted = Counter(term for _, term in dict.fromkeys(delivery.hits))
    counts = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    named = [(shorten(clean_text(term), _NAME_LENGTH), number) for term, number in counts]
    heading = f"Digest: {total} article{'s' * (total != 1)}"
    figures = ", ".join(f"{term} {number}" for term, number in named)
    return Message(
        kind=delivery.kind,
        subject=shorten(f"[wirewatch] {heading}: {figures}", SUBJECT_LENGTH),
        heading=heading,
        articles=tuple(sections),
        total=total,
        counts=tuple(TermCount(term, number) for term, number in named),
        created_at=delivery.created_at,
        maybe_repeat=delivery.maybe_repeat,
        remarks=_remarks(delivery),
    )


def _follow_up(delivery: Delivery, sections: Sequence[ArticleSection], found: Sequence[FoundHit]) -> Message:
    """Who else has a story: the articles alone, because readers know what they say."""
    total = len({article for article, _ in delivery.hits})
    sources = ", ".join(dict.fromkeys(section.source for section in sections))
    heading = shorten(f"Also in: {sources}", SUBJECT_LENGTH)
    terms = _terms(delivery)
    return Message(
        kind=delivery.kind,
        subject=_subject(terms, heading),
        heading=heading,
        articles=tuple(replace(section, lines=(), more_terms=(), history=()) for section in sections),
        total=total,
        counts=tuple(TermCount(term, total) for term in terms),
        created_at=delivery.created_at,
        maybe_repeat=delivery.maybe_repeat,
        remarks=_remarks(delivery),
        story=next((hit.hit.story for hit in found if hit.hit.story), None),
    )


def _subject(terms: Sequence[str], title: str) -> str:
    more = f" +{len(terms) - 1}" if len(terms) > 1 else ""
    return shorten(f"[wirewatch] {terms[0] if terms else 'alert'}{more}: {title}", SUBJECT_LENGTH)


def _terms(delivery: Delivery) -> list[str]:
    return list(dict.fromkeys(clean_text(term) for _, term in delivery.hits))


def _by_article(delivery: Delivery, found: Iterable[FoundHit]) -> list[list[FoundHit]]:
    """The found hits that the delivery tells, grouped by article in the delivery's order."""
    order = {name: place for place, name in enumerate(delivery.hits)}
    told = [hit for hit in found if (hit.hit.article_key, hit.hit.term) in order]
    told.sort(key=lambda hit: order[hit.hit.article_key, hit.hit.term])
    articles: dict[bytes, list[FoundHit]] = {}
    for hit in told:
        articles.setdefault(hit.hit.article_key, []).append(hit)
    return list(articles.values())


def _section(delivery: Delivery, found: Sequence[FoundHit], links: AnswerLinks | None) -> ArticleSection:
    article = found[0].article
    hits = sorted((one.hit for one in found), key=_prominence)
    is_alert = delivery.kind is DeliveryKind.ALERT
    length, shown = (PASSAGE_LENGTH, SHOWN_TERMS) if is_alert else (DIGEST_PASSAGE_LENGTH, SHOWN_TERMS_IN_DIGEST)
    return ArticleSection(
        title=shorten(clean_text(article.title), TITLE_LENGTH) or "(no title)",
        source=shorten(clean_text(article.source), _NAME_LENGTH),
        published=_published(article, delivery.created_at),
        seen=_time(article.fetched_at, delivery.created_at),
        lines=tuple(_line(hit, length) for hit in hits[:shown]),
        more_terms=tuple(shorten(clean_text(hit.term), _NAME_LENGTH) for hit in hits[shown:]),
        flag=shorten(clean_text(article.note), TITLE_LENGTH) if article.note else _FLAGS.get(article.body_from),
        addresses=tuple(_addresses(article, links if is_alert else None, delivery.created_at)),
        why=f"why: {_explain(hits[0])}" if is_alert else None,
        history=history_lines(found, delivery.created_at),
        key=article.key,
        published_at=article.published_at,
        seen_at=article.fetched_at,
    )


def _prominence(hit: Hit) -> tuple[bool, int, tuple[int, int], str]:
    """Headline hits first, then those with most mentions, then in reading order."""
    first = hit.matches[0] if hit.matches else None
    place = min(((span.block, span.start) for span in first.spans), default=(0, 0)) if first else (0, 0)
    return (not (first and first.zone is Zone.HEADLINE), -len(hit.matches), place, hit.term)


def _line(hit: Hit, length: int) -> TermLine:
    first = hit.matches[0] if hit.matches else None
    return TermLine(
        term=shorten(clean_text(hit.term), _NAME_LENGTH),
        passage=show_passage(first, length) if first else (),
        more=max(0, len(hit.matches) - 1),
        reason=shorten(clean_text(first.reason), _REASON_LENGTH) if first else "",
    )


def _explain(hit: Hit) -> str:
    """A command line to be typed as it stands."""
    return f"wirewatch explain {hit.article_key.hex()[:_KEY_DIGITS]} {shlex.quote(clean_text(hit.term))}"


def _published(article: Article, now: datetime) -> str:
    return _time(article.published_at, now) if article.published_at else "unknown"


def _time(moment: datetime, now: datetime) -> str:
    """Day and time in UTC, with the year where it is not this one."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%d %b %H:%M UTC" if utc.year == now.year else "%d %b %Y %H:%M UTC").lstrip("0")


def _addresses(article: Article, links: AnswerLinks | None, now: datetime) -> Iterator[Address]:
    link = safe_link(article.url)
    yield Address("Original", link or place_of(article.url), is_link=link is not None)
    page = safe_link(links.to(article.key, now)) if links else None
    if page:
        yield Address("Answer", page, is_link=True)
