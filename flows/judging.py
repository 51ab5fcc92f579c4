"""What people say of terms, stories and hits, as plain functions: for the command line and for links in alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import storage
from wirewatch.errors import StorageError, WirewatchError
from wirewatch.model import Article, DeliveryState, Visibility
from wirewatch.telling import Fate, HitName, Judgement, Mute, MuteKind
from wirewatch.wording import unknown_name


def mute_term(store: storage.Store, name: str, now: datetime, lasting: timedelta | None = None, why: str = "") -> str:
    """Tell nobody of a term's hits, for a time or until it is unmuted; gives what was done, in a line."""
    _need_term(store, name)
    until = now + lasting if lasting else None
    store.mute(Mute(MuteKind.TERM, name, now, until, why))
    return f"term {name} is muted {_until(until)}: its hits are stored and searchable, nobody is told"


def unmute_term(store: storage.Store, name: str) -> str:
    """Tell of a term's hits again."""
    if not store.unmute(MuteKind.TERM, name):
        raise WirewatchError(f"term {name} is not muted; `wirewatch terms` shows which are")
    return f"term {name} is told again, from its next hit on"


def pause_term(store: storage.Store, name: str, now: datetime) -> str:
    """Do not look for a term any more."""
    _need_term(store, name)
    store.mute(Mute(MuteKind.PAUSE, name, now))
    return f"term {name} is paused: it is not looked for until `wirewatch terms resume`"


def resume_term(store: storage.Store, name: str, now: datetime) -> str:
    """Look for a term again."""
    paused = next((mute for mute in store.mutes(now) if (mute.kind, mute.name) == (MuteKind.PAUSE, name)), None)
    if paused is None:
        raise WirewatchError(f"term {name} is not paused; `wirewatch terms` shows which are")
    store.unmute(MuteKind.PAUSE, name)
    command = f"wirewatch backfill --term '{name}' --since {paused.since:%Y-%m-%d}"
    return f"term {name} is looked for again; what came meanwhile: {command}"


def mute_story(
    store: storage.Store, story: bytes, now: datetime, lasting: timedelta | None = None, why: str = ""
) -> str:
    """Tell nobody of further hits in a story."""
    until = now + lasting if lasting else None
    store.mute(Mute(MuteKind.STORY, story.hex(), now, until, why))
    return f"story {story.hex()[:12]} is muted {_until(until)}"


def mute_story_of(store: storage.Store, hits: Sequence[HitName], now: datetime, lasting: timedelta, why: str) -> str:
    """Tell nobody of further hits in the stories that these hits belong to."""
    stories = store.stories_of(hits)
    if not stories:
        raise WirewatchError("this article belongs to no story; mute its term instead")
    return "; ".join(mute_story(store, story, now, lasting, why) for story in sorted(stories))


def unmute_story(store: storage.Store, story: bytes) -> str:
    """Tell of hits in a story again."""
    if not store.unmute(MuteKind.STORY, story.hex()):
        raise WirewatchError(f"story {story.hex()[:12]} is not muted")
    return f"story {story.hex()[:12]} is told again, from its next hit on"


def hits_in(store: storage.Store, articles: Sequence[str], terms: Sequence[str]) -> list[HitName]:
    """The live hits in articles, named by the beginnings of their keys; only those of `terms`, all where none."""
    names: list[HitName] = []
    for prefix in articles:
        article = store.article_by_prefix(prefix)
        if article is None:
            raise WirewatchError(f"no article {prefix}; `wirewatch hits` shows articles' ids")
        found = [name for name in live_hits(store, article) if not terms or name[1] in terms]
        if not found:
            raise WirewatchError(f"no hit of {', '.join(terms) or 'any term'} in article {prefix}")
        names += found
    return names


def judge(store: storage.Store, hits: Sequence[HitName], judgement: Judgement, now: datetime) -> str:
    """Say of hits that they were seen, or are not relevant; what waits for a digest is told no more."""
    number = store.judge(hits, judgement, now)
    what = "seen" if judgement is Judgement.ACKNOWLEDGED else "not relevant"
    return f"{number} hit{'s' * (number != 1)} marked as {what}"


def take_back(store: storage.Store, hits: Sequence[HitName]) -> str:
    """Take back what was said of hits."""
    number = store.unjudge(hits)
    return f"{number} mark{'s' * (number != 1)} taken back"


def fate_lines(store: storage.Store, article: Article, term: str) -> list[str]:
    """What became of a hit, a line for each channel and for what people said of it; nothing where it is no hit."""
    found = store.visibilities([(article.key, term)])
    if not found:
        return []
    if found[article.key, term] is Visibility.SUPPRESSED:
        return ["suppressed: the words stand only in furniture; stored and searchable, never told"]
    lines = []
    for told in store.tellings(article_key=article.key, term=term):
        message = f", message {told.delivery.hex()[:12]}" if told.delivery else ""
        when = f"due {_moment(told.due_at)}" if told.fate is Fate.WAITING and told.due_at else _moment(told.decided_at)
        but = _why_not_there(store, told.delivery) if told.delivery else ""
        lines.append(f"channel {told.channel}: {told.fate.value} ({when}{message}): {told.reason}{but}")
    if not lines:
        lines.append(f"told nobody: {_why_nobody(store, article, term)}")
    for _, judgement in store.judgements([(article.key, term)]).items():
        irrelevant = judgement is Judgement.IRRELEVANT
        lines.append(f"a reader marked it as {'not relevant' if irrelevant else 'seen'}: no digest will tell it")
    return lines


def _why_not_there(store: storage.Store, key: bytes) -> str:
    """What is to be added of a message that its channel has not taken."""
    try:
        delivery = store.delivery(key.hex())
    except StorageError:  # an old one, that retention let go of
        return ""
    said = (delivery.last_error or "").removeprefix(f"channel {delivery.channel}: ")
    match delivery.state:
        case DeliveryState.DEAD:
            return f"; given up: {said} (`wirewatch deliveries retry {key.hex()[:12]}`)"
        case DeliveryState.PENDING:
            return f"; not taken yet: {said}" if said else "; not sent yet"
        case DeliveryState.SENT:
            return ""


def _why_nobody(store: storage.Store, article: Article, term: str) -> str:
    hit = next((each.hit for each in store.hits(terms=[term]) if each.hit.article_key == article.key), None)
    if hit is not None and hit.origin.value == "back":
        return "it was an old item at the first poll of its source (see `first_poll`)"
    if hit is not None and hit.origin.value == "backfill":
        return "a backfill found it, and told nobody"
    return "no channel hears of this term from this source"


def live_hits(store: storage.Store, article: Article) -> list[HitName]:
    """The live hits of terms that are configured, in an article."""
    configuration = store.configuration()
    names = [(article.key, term.name) for term in configuration.terms] if configuration else []
    return [name for name, seen in store.visibilities(names).items() if seen is Visibility.LIVE]


def _need_term(store: storage.Store, name: str) -> None:
    configuration = store.configuration()
    known = [term.name for term in configuration.terms] if configuration else []
    if name not in known:
        raise WirewatchError(unknown_name("term", name, known))


def _until(until: datetime | None) -> str:
    return f"until {_moment(until)}" if until else "until it is unmuted"


def _moment(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC"
