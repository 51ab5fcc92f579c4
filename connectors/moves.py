"""Permanent moves: an address that redirects for good is asked at its new place, once it has said so on three days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from connectors.http import Http, Response
from wirewatch.model import Cursor, Move, Source


async def get_where_it_is(
    http: Http, source: Source, cursor: Cursor, today: date, **options: Any
) -> tuple[Response, Move | None]:
    """The answer of a source's address, old or new, and what is known of its move afterwards."""
    move = cursor.moved
    if move is not None and move.is_asked:
        return await http.get(move.url, source=source, **options), move
    answer = await http.get(source.location, source=source, **options)
    if not answer.moved or not _may_be_learnt(http, source, answer.url):
        return answer, None
    if move is None or move.url != answer.url:
        return answer, Move(answer.url, 1, today)
    days = move.days + (move.last_on != today)
    return answer, replace(move, days=days, last_on=max(today, move.last_on), doubted=False)


def _may_be_learnt(http: Http, source: Source, url: str) -> bool:
    """Never from https to http, and never an address with a secret in it: it would be stored and shown."""
    if source.location.lower().startswith("https:") and not url.startswith("https:"):
        return False
    access = http.access_of(source)
    return access is None or not access.shows_secret(url)
