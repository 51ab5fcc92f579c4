"""What a hit adds to what readers know: a pure rule over an article and its relatives. When in doubt, it pings.

Two layers. A **duplicate** is the same text elsewhere: most of the shorter text's shingles stand in the longer one. A
**story** is one running affair: both articles hit a term, and their openings share enough rare words. What is linked is
still told, unless what it says of the term was said, by the original's text or sentence for sentence by a report of the
same affair, and what it says beside that is mostly known as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import log, sqrt
from operator import mul
from typing import Final

from alerts.known_text import is_copied, is_retold
from alerts.sentences import Said, has_new_numbers, says_nothing_new
from alerts.traces import shingles_of
from wirewatch.identity import digest
from wirewatch.model import Article, Hit, Origin
from wirewatch.novelty import Novelty
from wirewatch.stories import Case, Link, LinkKind, Relative, Traced, Verdict

RELATED_WITHIN: Final = timedelta(days=14)
"""Articles further apart are neither duplicates nor linked."""

SAME_TEXT: Final = 0.35
"""The share of the shorter text's shingles that stand in the longer one, from which it is the same text."""

SAME_AFFAIR: Final = 0.2
"""The cosine of two openings' telling words, weighted by rarity, from which they are about one affair."""

SAME_AFFAIR_WITHOUT_NAMES: Final = 0.3
"""The same for scripts without capitals, where no name can be told from a word."""

NAMES_SHARED: Final = 2
"""Names or numbers, the term's own among them, that one affair shares at least."""

MOSTLY_KNOWN: Final = 0.6
"""The share of an opening's telling words, by weight, that earlier reports had, from which it adds nothing.

Its numbers they must have had all: there are texts of which a hundred a day differ in nothing else.
"""

OPENINGS_ASSUMED: Final = 50
"""Openings without the word that are taken for granted, so that a new archive does not take chance for rarity."""

_WORDS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class _Kin:
    """A relative that is linked, and how."""

    relative: Relative
    link: Link
    text: Article | None = None
    """The relative's, where the texts are the same."""


def judge(case: Case) -> Verdict:
    """The story of an article, why it is there, and what each of its hits adds."""
    near = [relative for relative in case.relatives if abs(relative.dated_at - case.traced.dated_at) <= RELATED_WITHIN]
    rarity = Rarity(case.counts)
    copies = _best_first(_copy(case, relative) for relative in near)
    reports = _best_first(_report(case, relative, rarity) for relative in near)
    nearest = copies[0] if copies else reports[0] if reports else None
    story = case.story or (nearest.relative.story if nearest else digest("story", case.traced.article.key))
    known = [kin.relative for kin in reports if kin.relative.story == story]
    told = known if _opening_is_known(case.traced, known, rarity) else []
    hits = tuple(_judged(hit, case, copies, told, bool(nearest), story) for hit in case.hits)
    return Verdict(story, nearest.link if nearest and nearest.relative.story == story else None, hits)


class Rarity(dict[str, float]):
    """How much a shared word says: a lot if few judged openings have it. With few of those, all words say the same."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()
        self._counts = counts
        self._openings = counts.get("", 0) + OPENINGS_ASSUMED
        self._squares: dict[frozenset[str], float] = {}

    def __missing__(self, word: str) -> float:
        rarity = self[word] = log(1 + self._openings / (self._counts.get(word, 0) + 1))
        return rarity

    def of(self, words: Iterable[str]) -> list[float]:
        """That of each word."""
        return [*map(self.__getitem__, words)]

    def squares(self, words: frozenset[str]) -> float:
        """The sum of their squares."""
        known = self._squares.get(words)
        if known is None:
            rarities = self.of(words)
            known = self._squares[words] = sum(map(mul, rarities, rarities))
        return known


def containment_of(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of the smaller set that is in the larger one."""
    return len(one & other) / max(1, min(len(one), len(other)))


def affair_share(one: Traced | Relative, other: Traced | Relative, rarity: Rarity) -> float:
    """The cosine of the telling words of two openings, each weighted by its rarity; 0 where too few names agree."""
    shared = one.words & other.words
    if not shared:
        return 0.0
    have_names = bool(one.names and other.names)
    if have_names and len(shared & one.names & other.names) < NAMES_SHARED:
        return 0.0
    cosine = rarity.squares(shared) / sqrt(max(1e-9, rarity.squares(one.words) * rarity.squares(other.words)))
    return cosine if have_names or cosine >= SAME_AFFAIR_WITHOUT_NAMES else 0.0


def _best_first(kin: Iterable[_Kin | None]) -> list[_Kin]:
    found = [each for each in kin if each is not None]
    return sorted(found, key=lambda each: (-each.link.share, each.relative.dated_at, each.relative.key))


def _copy(case: Case, relative: Relative) -> _Kin | None:
    text = case.text_of(relative.key) if relative.shares_text else None
    if text is None:
        return None
    share = containment_of(shingles_of(case.traced.article), shingles_of(text))
    return _Kin(relative, Link(relative.key, LinkKind.TEXT, share), text) if share >= SAME_TEXT else None


def _report(case: Case, relative: Relative, rarity: Rarity) -> _Kin | None:
    if not case.terms & relative.hits.keys():
        return None
    share = affair_share(case.traced, relative, rarity)
    if share < SAME_AFFAIR:
        return None
    words = sorted(case.traced.words & relative.words, key=lambda word: (-rarity[word], word))
    return _Kin(relative, Link(relative.key, LinkKind.AFFAIR, share, tuple(words[:_WORDS_SHOWN])))


def _judged(hit: Hit, case: Case, copies: Sequence[_Kin], told: Sequence[Relative], runs: bool, story: bytes) -> Hit:
    if original := _copied(hit, case.traced.article, copies):
        return replace(hit, story=story, novelty=Novelty.DUPLICATE, original=original)
    if original := _retold(hit, case, told):
        return replace(hit, story=story, novelty=Novelty.SAME_STORY, original=original)
    novelty = Novelty.DEVELOPMENT if runs or hit.change else Novelty.NEW
    return replace(hit, story=story, novelty=novelty, original=None)


def _copied(hit: Hit, article: Article, copies: Iterable[_Kin]) -> bytes | None:
    """What told readers the text that a hit's article is a copy of; None where it is none, or says more of the term."""
    for kin in copies:
        original, text = _told(hit, kin.relative, article.key), kin.text
        if original is None or text is None or has_new_numbers(article.title, text):
            continue
        said = Said.in_text(kin.relative.hits[hit.term], text)
        if says_nothing_new(hit, said) and is_copied(hit, article, text):
            return original
    return None


def _retold(hit: Hit, case: Case, told: Sequence[Relative]) -> bytes | None:
    """What told readers all that an article says, of the term and mostly beside it, in sentences of its own."""
    for relative in told:
        original = _told(hit, relative, case.traced.article.key)
        if original and says_nothing_new(hit, Said.in_sentences(relative.hits[hit.term])):
            texts = [text for report in told if (text := case.text_of(report.key))]
            return original if is_retold(hit, case.traced.article, texts) else None
    return None


def _told(hit: Hit, relative: Relative, own: bytes) -> bytes | None:
    """The article that tells, or told, readers what the relative's hit says; None where nobody is told of such hits.

    Which channels were told of it is for the policy to see: a backfill may tell nobody.
    """
    earlier = relative.hits.get(hit.term)
    if earlier is None or earlier.origin is Origin.BACK:
        return None
    original = earlier.original or relative.key
    return original if original != own else None


def _opening_is_known(traced: Traced, told: Sequence[Relative], rarity: Rarity) -> bool:
    known = frozenset[str]().union(*(relative.words for relative in told))
    whole = sum(rarity.of(traced.words))
    numbers_known = all(word in known for word in traced.words if word[0].isdigit())
    return numbers_known and sum(rarity.of(traced.words & known)) >= MOSTLY_KNOWN * whole
