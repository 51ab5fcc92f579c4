"""Messages for programs: what webhooks of `json://` channels are sent and what templates see. docs/webhook.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from alerts.message import ArticleSection, Message, TermLine
from alerts.passages import Run
from alerts.render_text import disarm, render_plain

SCHEMA = "wirewatch.message"
VERSION = "1.1"
"""The first number changes when something is taken away or means something else, the second when something is added."""


class Link(str):
    """An address that was checked: it is shown as it is."""

    __slots__ = ()


def render_json(message: Message, channel: str = "", key: bytes = b"") -> dict[str, Any]:
    """The message as JSON values; `title`, `message`, `type` are what apprise's own webhooks say as well."""
    return {**_values(message, channel, key), "message": render_plain(message)}


def template_values(message: Message, channel: str = "") -> dict[str, Any]:
    """What a template may name: the same as a webhook's, but for the text that it is to make."""
    return _values(message, channel, b"")


def _values(message: Message, channel: str, key: bytes) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "type": "info",
        "title": disarm(message.subject),
        "delivery": key.hex(),
        "channel": channel,
        "kind": message.kind.value,
        "heading": message.heading,
        "created_at": _moment(message.created_at),
        "possible_repeat": message.maybe_repeat,
        "story": message.story.hex() if message.story else None,
        "total": message.total,
        "terms": [{"term": count.term, "articles": count.articles} for count in message.counts],
        "remarks": list(message.remarks),
        "articles": [_article(section) for section in message.articles],
        "rest": message.rest(len(message.articles)),
    }


def _article(section: ArticleSection) -> dict[str, Any]:
    links = {address.label: Link(address.text) for address in section.addresses if address.is_link}
    places = {address.label: address.text for address in section.addresses}
    return {
        "article": section.key.hex(),
        "title": section.title,
        "source": section.source,
        "url": links.get("Original"),
        "place": links.get("Original") or places.get("Original", ""),
        "answer_url": links.get("Answer"),
        "published_at": _moment(section.published_at),
        "seen_at": _moment(section.seen_at),
        "hits": [_hit(line) for line in section.lines],
        "more_terms": list(section.more_terms),
        "notes": [*section.history, *([section.flag] if section.flag else [])],
        "why": section.why,
    }


def _hit(line: TermLine) -> dict[str, Any]:
    return {
        "term": line.term,
        "passage": "".join(run.text for run in line.passage),
        "marks": _marks(line.passage),
        "reason": line.reason,
        "more": line.more,
    }


def _marks(runs: Iterable[Run]) -> list[list[int]]:
    """Half-open code-point offsets into the passage."""
    marks, place = [], 0
    for run in runs:
        if run.marked:
            marks.append([place, place + len(run.text)])
        place += len(run.text)
    return marks


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
