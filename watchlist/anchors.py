"""Which anchors of queries a text has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from watchlist.name_sides import Names
from watchlist.needs import Kind, Single, Trait
from watchlist.sightings import Sightings
from watchlist.stems import beginning, stemmer_for
from watchlist.text import ArticleText
from wirewatch.memory import Memory

_MOST_REMEMBERED: Final = 50_000


class Anchors:
    """The anchors of a watchlist, found in a text by sets of its words as far as may be; threads may share it."""

    def __init__(self, numbers: Mapping[Single, int]) -> None:
        self._words = {single: number for single, number in numbers.items() if isinstance(single, str)}
        self._wanted = frozenset(self._words)
        kinds: dict[Kind, dict[str, int]] = {kind: {} for kind in Kind}
        for single, number in numbers.items():
            if isinstance(single, Trait):
                kinds[single.kind][single.text] = number
        self._prefixes = kinds[Kind.PREFIX]
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._stemmed = kinds[Kind.STEM]
        self._stems: dict[str, Stems] = {}
        self._names = Names(kinds[Kind.NAME], kinds[Kind.PAIR])
        self._sightings = Sightings(self._names)

    @property
    def know_languages(self) -> bool:
        """Whether the language of an article makes any difference."""
        return bool(self._stemmed)

    def within(self, text: ArticleText) -> list[int]:
        """The numbers of the anchors in a text; some may be given twice."""
        found = [self._words[word] for word in text.words & self._wanted]
        for length in self._prefix_lengths:
            found += [self._prefixes[each] for each in self._prefixes.keys() & {word[:length] for word in text.words}]
        if self._stemmed:
            found += self._stems_in(text.article.language).within(text)
        if self._names:
            if self._sightings.full:
                self._sightings = Sightings(self._names)
            found += self._sightings.anchors_in(text)
        return found

    def _stems_in(self, language: str | None) -> Stems:
        known = self._stems.get(language or "")
        if known is None:
            known = self._stems[language or ""] = Stems(self._stemmed, language)
        return known


class Stems:
    """The anchors that are words in every inflection, in one language.

    Stemming is dear, so only words are stemmed that begin as a stem does.
    """

    def __init__(self, words: Mapping[str, int], language: str | None) -> None:
        self._stem = stemmer_for(language)
        self._anchors: dict[str, list[int]] = {}
        for word, anchor in words.items():
            self._anchors.setdefault(self._stem(word), []).append(anchor)
        begins = {each for stem in self._anchors for each in _written(beginning(stem, language))}
        self._beginnings = [(length, {one for one in begins if len(one) == length}) for length in set(map(len, begins))]
        self._stem_of: Memory[str, str] = Memory(_MOST_REMEMBERED)

    def within(self, text: ArticleText) -> list[int]:
        """The anchors that the words of a text may have, those with marks as they are written and without."""
        stemmed = {word for length, begins in self._beginnings for word in text.words if word[:length] in begins}
        forms = [form for word in stemmed for form in (word, *text.with_marks.get(word, ()))]
        stems = {self._stem_of.get(form) or self._stem_of.put(form, self._stem(form)) for form in forms}
        return [anchor for stem in stems & self._anchors.keys() for anchor in self._anchors[stem]]


def _written(begins: str) -> list[str]:
    """What words begin with that begin so as `as_beginning` has them, where y and i are one."""
    found = [""]
    for letter in begins:
        found = [one + other for one in found for other in ("iy" if letter == "i" else letter)]
    return found
