"""Whether matched sentences were said before, and what a revision did to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from alerts.common_words import NEGATIONS
from alerts.traces import telling
from wirewatch.folding import fold_text, folded_words, words_of
from wirewatch.model import Article, Hit, Match, Zone
from wirewatch.novelty import Change

MOSTLY_SAID: Final = 0.75
"""The share of a sentence's telling words that an earlier sentence has, from which it was said before."""

HEADLINE_SAID: Final = 0.6
"""The same of a copy's headline, which editors rewrite, within the whole text."""

SAME_SENTENCE: Final = 0.5
"""The share of words that a sentence and its edited self have in common."""

PARAGRAPHS: Final = "¶"
"""Stands in a passage between sentences of different paragraphs."""

_SUMMARIES: Final = frozenset({Zone.HEADLINE, Zone.STANDFIRST})


@dataclass(frozen=True, slots=True)
class Said:
    """What readers know of a term from one article: sentence by sentence, or all of it where the text is the same."""

    matched: tuple[frozenset[str], ...]
    """The matched sentences, each for itself."""
    text: frozenset[str] = frozenset()
    """All of the article, where it is the same text: there sentences may be cut and joined otherwise."""

    @classmethod
    def in_sentences(cls, hit: Hit) -> Self:
        """Each matched sentence for itself."""
        return cls(tuple(content(match.passage) for match in hit.matches))

    @classmethod
    def in_text(cls, hit: Hit, article: Article) -> Self:
        """The matched sentences together, and the text around them."""
        return cls(cls.in_sentences(hit).matched, _text_of(article))

    @property
    def sentences(self) -> tuple[frozenset[str], ...]:
        """What a sentence is to stand in."""
        return (frozenset[str]().union(*self.matched),) if self.text else self.matched

    def denied(self, words: frozenset[str]) -> bool:
        """Whether the matched sentence that is most like these words says the same with a no that they have not."""
        nearest = max(self.matched, key=lambda said: len(said & words) / max(1, len(said | words)), default=words)
        return not NEGATIONS & nearest <= words and holds(words, nearest - NEGATIONS, frozenset(), MOSTLY_SAID)


def says_nothing_new(hit: Hit, said: Said) -> bool:
    """Whether each matched sentence of a hit was said: its telling words mostly, its numbers, names and noes all.

    That a no is gone is news, too.
    """
    return bool(hit.matches) and all(_was_said(match, said) for match in hit.matches)


def has_new_numbers(title: str, original: Article) -> bool:
    """Whether a headline has a number that is nowhere in the original: the next report of a series, not a copy."""
    return not _numbers(content(title)) <= _text_of(original)


def _was_said(match: Match, said: Said) -> bool:
    words = content(match.passage)
    if said.denied(words):
        return False
    if match.zone in _SUMMARIES and said.text and holds(said.text, words, words & NEGATIONS, HEADLINE_SAID):
        return _numbers(words) <= said.text
    all_of = crucial(match.passage)
    return any(holds(sentence, words, all_of, MOSTLY_SAID) for sentence in said.sentences)


def holds(known: frozenset[str], words: frozenset[str], all_of: frozenset[str], share: float) -> bool:
    """Whether so large a share of these words is known, and all of those that must be."""
    return all_of <= known and len(words & known) >= share * len(words)


def _numbers(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(map(str.isdigit, word)))


@lru_cache(maxsize=20_000)
def content(text: str) -> frozenset[str]:
    """The telling stems of a text, and all its numbers and negations."""
    return _content_of(text)


def _text_of(article: Article) -> frozenset[str]:
    return _content_of(article.title, *(block.text for block in article.blocks))


def _content_of(*texts: str) -> frozenset[str]:
    words = [word for text in texts for word in folded_words(text)]
    kept = {stem for word in words if (stem := telling(word))}
    return frozenset(kept | _numbers(words) | (NEGATIONS & set(words)))


@lru_cache(maxsize=20_000)
def crucial(text: str) -> frozenset[str]:
    """What must have been said before: numbers, negations, and names, which have a capital inside a sentence."""
    found: set[str] = set()
    begins = True
    for chunk in text.split():
        words = [token.word for token in words_of(chunk)]
        found.update(NEGATIONS.intersection(words), _numbers(words))
        if not begins and chunk.lstrip("“”\"'«»‘’([")[:1].isupper():
            found.update(stem for word in words if (stem := telling(word)))
        begins = chunk[-1] in '.:!?…”"»¶'
    return frozenset(found)


def change_between(
    before: Sequence[Match], after: Sequence[Match], text_before: Iterable[str], text_after: Iterable[str]
) -> Change | None:
    """What a revision did to the matched sentences of a hit; None where they say the same.

    A sentence that no longer matches but still stands in the text is not gone, one that stood there has not appeared.
    """
    old = {fold_text(match.passage): match.passage for match in before}
    new = {fold_text(match.passage): match.passage for match in after}
    folded_before, folded_after = _joined(text_before), _joined(text_after)
    gone = [old[folded] for folded in old if folded not in new and not _stands(old[folded], folded_after)]
    appeared = [new[folded] for folded in new if folded not in old and not _stands(new[folded], folded_before)]
    changed: list[tuple[str, str]] = []
    for sentence in list(gone):
        nearest = max(appeared, key=lambda other: _alike(sentence, other), default=None)
        if nearest is not None and _alike(sentence, nearest) >= SAME_SENTENCE:
            changed.append((sentence, nearest))
            gone.remove(sentence)
            appeared.remove(nearest)
    return Change(tuple(appeared), tuple(changed), tuple(gone)) if appeared or changed or gone else None


def _joined(texts: Iterable[str]) -> str:
    return f" {' '.join(fold_text(text) for text in texts)} "


def _stands(passage: str, folded_text: str) -> bool:
    """Whether all of a passage's sentences, which may be paragraphs apart, are in a text."""
    return all(f" {fold_text(part)} " in folded_text for part in passage.split(PARAGRAPHS))


def _alike(one: str, other: str) -> float:
    first, second = set(folded_words(one)), set(folded_words(other))
    return len(first & second) / max(1, len(first | second))
