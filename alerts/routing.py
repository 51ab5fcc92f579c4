"""Whom a hit is for, and why it is withheld: by term, source, language, severity, and by what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from wirewatch.model import Hit, Term
from wirewatch.novelty import Novelty
from wirewatch.policy import Route
from wirewatch.telling import HitName, Judgement, Mute, MuteKind, Standing

_KEY_DIGITS = 12


def channels_for(term: Term, place: tuple[str, str | None] | None, routes: Sequence[Route]) -> tuple[str, ...]:
    """The channels that hear of a term's hit in an article; `place` is the article's source and language."""
    fitting = [route for route in routes if _fits(route, term, place)]
    own = () if any(route.instead for route in fitting) else term.channels
    routed = (channel for route in fitting for channel in route.channels)
    return tuple(dict.fromkeys((*own, *routed)))


def why_folded(hit: Hit) -> str | None:
    """Why those who heard of a hit's original are not told of it, for people to read; None where it has none."""
    if hit.original is None:
        return None
    said = "the same text as" if hit.novelty is Novelty.DUPLICATE else "adds nothing to"
    return f"listed as “also in”: {said} article {hit.original.hex()[:_KEY_DIGITS]}"


def why_withheld(hit: Hit, standing: Standing, now: datetime) -> str | None:
    """Why people want a new hit told nobody; None where they said nothing of it."""
    judged = standing.judged.get((hit.article_key, hit.term))
    if judged and judged[0] is Judgement.IRRELEVANT:
        return f"marked as not relevant on {_day(judged[1])}"
    return why_muted(hit.term, hit.story, standing.mutes, now)


def why_withdrawn(name: HitName, decided_at: datetime, standing: Standing, now: datetime) -> str | None:
    """Why a hit that waited is not told after all; None where it is."""
    article, term = name
    if article not in standing.places:
        return "its article is gone from the archive"
    if judged := standing.judged.get(name):
        judgement, at = judged
        if judgement is Judgement.IRRELEVANT or at >= decided_at:
            what = "not relevant" if judgement is Judgement.IRRELEVANT else "seen"
            return f"marked as {what} on {_day(at)}"
    return why_muted(term, standing.stories.get(name), standing.mutes, now)


def why_muted(term: str, story: bytes | None, mutes: Mapping[tuple[MuteKind, str], Mute], now: datetime) -> str | None:
    """Why hits of a term, or in a story, are not told now."""
    asked = [(MuteKind.TERM, term, f"the term {term}")]
    asked += [(MuteKind.STORY, story.hex(), f"its story {story.hex()[:_KEY_DIGITS]}")] if story else []
    for kind, name, what in asked:
        mute = mutes.get((kind, name))
        if mute and (mute.until is None or now < mute.until):
            until = f"until {mute.until:%d %b %Y %H:%M} UTC" if mute.until else "until it is unmuted"
            return f"{what} is muted {until}" + (f" ({mute.why})" if mute.why else "")
    return None


def fits_term(route: Route, term: Term) -> bool:
    """Whether a route may lead hits of a term, of some source or language."""
    return (
        (not route.terms or term.name in route.terms)
        and (not route.groups or term.group in route.groups)
        and (route.severity is None or term.pace.severity.reaches(route.severity))
    )


def _fits(route: Route, term: Term, place: tuple[str, str | None] | None) -> bool:
    source, language = place or ("", None)
    return (
        (not route.sources or source in route.sources)
        and (not route.languages or _speaks(language, route.languages))
        and fits_term(route, term)
    )


def _speaks(language: str | None, wanted: Sequence[str]) -> bool:
    """Whether a language is one of those: `pt-BR` is `pt`. An unknown one is none of them."""
    said = (language or "").casefold().replace("_", "-")
    return any(said == each.casefold() or said.startswith(f"{each.casefold()}-") for each in wanted)


def _day(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC"
