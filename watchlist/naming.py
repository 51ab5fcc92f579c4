"""Where a name stands in an article, in any of its spellings, and where its short form does."""

from __future__ import annotations

from typing import Final

from watchlist.mentions import Mention
from watchlist.names import PARTICLES, core, needs_article, same_name
from watchlist.query import Name
from watchlist.romanising import has_article
from watchlist.text import ArticleText, Segment
from wirewatch.model import Zone

_MOST_PARTICLES: Final = 2


def name_mentions(name: Name, text: ArticleText, zones: frozenset[Zone]) -> list[Mention]:
    """The mentions of a name: its words in sequence, articles and particles between them or left out.

    Where a name of two words is mentioned, so is it where its last word stands alone: Bashar al-Assad … Assad.
    """
    wanted = core(name.words)
    article_wanted = needs_article(name.words)
    found: list[Mention] = []
    for position in text.within(_beginnings(wanted, text), zones):
        words = _follow(position, wanted, text)
        if not words or (article_wanted and not _has_article(position, text)):
            continue
        if name.words[0] in PARTICLES:
            words = _particle_before(position, text) + words
        found.append(Mention(tuple(words), name))
    if len(wanted) == 2:
        found += _short_forms(name, found, text, zones)
    return sorted(found, key=lambda mention: mention.words)


def _beginnings(wanted: tuple[str, ...], text: ArticleText) -> list[int]:
    """Where the name may begin: so far before its longest word that the ones before that find room.

    Of the longest word there are the fewest lookalikes, and all others are compared only beside it.
    """
    number = max(range(len(wanted)), key=lambda each: len(wanted[each]))
    spellings = text.spellings_of(wanted[number], len(wanted) > 1)
    places = {place for word in spellings for place in (*text.places(word), *text.joined.get(word, ()))}
    room = number * (_MOST_PARTICLES + 2)
    return sorted({before for place in places for before in range(place - room, place + 1)} if room else places)


def _follow(position: int, wanted: tuple[str, ...], text: ArticleText) -> list[int]:
    """The positions of a name that begins here, or none."""
    segment = text.segment_at(position)
    words: list[int] = []
    following = position
    for name in wanted:
        passed: list[int] = []
        while not (taken := _words_taken(name, following, len(wanted) > 1, text, segment)):
            if not words or len(passed) == _MOST_PARTICLES or segment.word(following) not in PARTICLES:
                return []
            passed.append(following)
            following += 1
        words += [*passed, *range(following, following + taken)]
        following += taken
    return words


def _words_taken(name: str, position: int, in_phrase: bool, text: ArticleText, segment: Segment) -> int:
    """How many words spell this word of a name here: one, two that only a hyphen or apostrophe parts, or none."""
    word = segment.word(position)
    if not word:
        return 0
    if same_name(name, word, in_phrase):
        return 1
    joined = text.joined_at.get(position)
    return 2 if joined is not None and same_name(name, joined, in_phrase) else 0


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
