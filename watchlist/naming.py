"""Where a name stands in an article, in any of its spellings, and where its short form does."""

from __future__ import annotations

from typing import Final

from watchlist.mentions import Mention
from watchlist.names import PARTICLES, core, needs_article
from watchlist.query import Name
from watchlist.romanising import has_article
from watchlist.text import ArticleText
from wirewatch.model import Zone

_MOST_PARTICLES: Final = 2


def name_mentions(name: Name, text: ArticleText, zones: frozenset[Zone]) -> list[Mention]:
    """The mentions of a name: its words in sequence, articles and particles between them or left out.

    Where a name of two words is mentioned, so is it where its last word stands alone: Bashar al-Assad … Assad.
    """
    wanted = core(name.words)
    by_word: dict[str, dict[int, int]] = {}
    for word in sorted(set(wanted), key=len, reverse=True):
        by_word[word] = _places_of(word, len(wanted) > 1, text)
        if not by_word[word]:
            return []
    places = [by_word[word] for word in wanted]
    article_wanted = needs_article(name.words)
    found: list[Mention] = []
    for position in text.within(sorted(places[0]), zones):
        words = _follow(position, places, text)
        if not words or (article_wanted and not _has_article(position, text)):
            continue
        if name.words[0] in PARTICLES:
            words = _particle_before(position, text) + words
        found.append(Mention(tuple(words), name))
    if len(wanted) == 2:
        found += _short_forms(name, found, text, zones)
    return sorted(found, key=lambda mention: mention.words)


def _places_of(word: str, in_phrase: bool, text: ArticleText) -> dict[int, int]:
    """Where a word of a name may stand, and how many words of the text it takes there."""
    places: dict[int, int] = {}
    alike = text.spellings_of(word, in_phrase)
    for spelling in alike:
        places.update(dict.fromkeys(text.joined.get(spelling, ()), 2))
    for spelling in alike:
        places.update(dict.fromkeys(text.places(spelling), 1))
    return places


def _follow(position: int, places: list[dict[int, int]], text: ArticleText) -> list[int]:
    """The positions of a name that begins here, or none."""
    segment = text.segment_at(position)
    end = segment.first + len(segment.words)
    words: list[int] = []
    following = position
    for place in places:
        passed: list[int] = []
        while following < end and following not in place:
            if not words or len(passed) == _MOST_PARTICLES or segment.words[following - segment.first] not in PARTICLES:
                return []
            passed.append(following)
            following += 1
        if following >= end:
            return []
        taken = range(following, following + place[following])
        words += [*passed, *taken]
        following = taken.stop
    return words


def _short_forms(name: Name, full: list[Mention], text: ArticleText, zones: frozenset[Zone]) -> list[Mention]:
    """The last word alone, as the article itself spells it; with a capital where that has one."""
    taken = {position for mention in full for position in mention.words}
    found: list[Mention] = []
    last_words = {text.segment_at(mention.last).token(mention.last).word: mention.last for mention in full}
    for word, place in last_words.items():
        capital = text.surface(place)[:1].isupper()
        for position in text.within(text.places(word), zones):
            if position in taken or (capital and not text.surface(position)[:1].isupper()):
                continue
            particle = [before for before in _particle_before(position, text) if before not in taken]
            found.append(Mention((*particle, position), name))
    return found


def _particle_before(position: int, text: ArticleText) -> list[int]:
    segment = text.segment_at(position)
    if position > segment.first and segment.words[position - segment.first - 1] in PARTICLES:
        return [position - 1]
    return []


def _has_article(position: int, text: ArticleText) -> bool:
    return bool(_particle_before(position, text)) or has_article(text.segment_at(position).token(position).word)
