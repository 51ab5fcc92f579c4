"""How much of an article beside its matched sentences readers know: what is mostly another text is another report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from alerts.sentences import MOSTLY_SAID, PARAGRAPHS, content, crucial, holds
from alerts.traces import SHINGLE_WORDS, shingles_in_order, shingles_of, texts_of
from wirewatch.folding import folded_words
from wirewatch.model import Article, Hit
from wirewatch.sentences import sentences

KNOWN_TEXT: Final = 2 / 3
"""The share of the text beside the matched sentences that must be known for a hit to be folded.

Well above half: reports of two events often share half of their sentences, which tell what went before.
"""

_CANDIDATES: Final = 3
"""Sentences that one is compared with: those that share most words with it."""


def is_copied(hit: Hit, article: Article, original: Article) -> bool:
    """Whether the text beside the matched sentences mostly stands in the original, five words in a row at least."""
    order = shingles_in_order(*texts_of(article))
    matched = _covered(order, {shingle for match in hit.matches for shingle in shingles_in_order(match.passage)})
    beside = [place for place, is_matched in enumerate(matched) if not is_matched]
    known = _covered(order, shingles_of(original))
    return sum(known[place] for place in beside) >= KNOWN_TEXT * len(beside)


def is_retold(hit: Hit, article: Article, reports: Iterable[Article]) -> bool:
    """Whether the sentences beside the matched ones mostly say what a sentence of these reports says."""
    said = _Sentences(sentence for report in reports for sentence in _sentences(report))
    matched = {tuple(folded_words(part)) for match in hit.matches for part in _split(match.passage)}
    whole = known = 0
    for sentence in _sentences(article):
        if tuple(folded_words(sentence)) not in matched:
            weight = len(content(sentence))
            whole += weight
            known += weight * said.hold(sentence)
    return known >= KNOWN_TEXT * whole


def _covered(order: Sequence[int], shingles: Collection[int]) -> list[bool]:
    """For each word whether it stands in one of these shingles, or in a gap between two that is an edited place.

    A text has SHINGLE_WORDS - 1 more words than there are shingles in `order`.
    """
    covered = [False] * (len(order) + SHINGLE_WORDS - 1)
    end = 0
    for place, shingle in enumerate(order):
        if shingle in shingles:
            begin = end if end > 0 and place - end < SHINGLE_WORDS else place
            end = place + SHINGLE_WORDS
            covered[begin:end] = [True] * (end - begin)
    return covered


class _Sentences:
    """What was said, to be looked up."""

    def __init__(self, said: Iterable[str]) -> None:
        self._said = [content(sentence) for sentence in said]
        self._with: dict[str, list[int]] = {}
        for place, words in enumerate(self._said):
            for word in words:
                self._with.setdefault(word, []).append(place)

    def hold(self, sentence: str) -> bool:
        """Whether one of them has most of a sentence's telling words, and its numbers, names and noes."""
        words = content(sentence)
        shared = Counter(place for word in words for place in self._with.get(word, ()))
        nearest = (self._said[place] for place, _ in shared.most_common(_CANDIDATES))
        return any(holds(each, words, crucial(sentence), MOSTLY_SAID) for each in nearest)


def _sentences(article: Article) -> Iterator[str]:
    for text in texts_of(article):
        yield from _split(text)


def _split(text: str) -> Iterator[str]:
    for paragraph in text.split(PARAGRAPHS):
        for start, end in sentences(paragraph):
            yield paragraph[start:end]
