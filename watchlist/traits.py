"""Which of the traits that queries need a word has."""

from __future__ import annotations

from collections.abc import Mapping

from watchlist.names import skeletons, sounds_alike
from watchlist.needs import Kind
from watchlist.pairs import Pairs
from watchlist.stems import as_beginning, beginning, stemmer_for


class Traits:
    """The keys of what words have, in any language."""

    def __init__(self, keys: Mapping[Kind, Mapping[str, int]]) -> None:
        self._words = keys[Kind.WORD]
        self._prefixes = keys[Kind.PREFIX]
        self._names = keys[Kind.NAME]
        self.pairs = Pairs(keys[Kind.PAIR])
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._by_skeleton: dict[str, list[str]] = {}
        for name in self._names:
            for skeleton in skeletons(name):
                self._by_skeleton.setdefault(skeleton, []).append(name)

    def of_word(self, word: str) -> list[int]:
        """The keys of a folded word."""
        found = [] if (key := self._words.get(word)) is None else [key]
        for length in self._prefix_lengths:
            if length > len(word):
                break
            key = self._prefixes.get(word[:length])
            if key is not None:
                found.append(key)
        if self._names:
            found += self.of_spelling(word)
        return found

    def of_spelling(self, word: str) -> set[int]:
        """The keys of the names that a word may be a spelling of."""
        names = {
            name
            for skeleton in (skeletons(word) if self._by_skeleton else ())
            for name in self._by_skeleton.get(skeleton, ())
        }
        found = {self._names[name] for name in names if name == word or sounds_alike(name, word, in_phrase=False)}
        return found | {self._names[word]} if word in self._names else found


class StemTraits:
    """The keys of the words that queries ask for in every inflection, by their stem in one language."""

    def __init__(self, words: Mapping[str, int], language: str | None) -> None:
        self._stem = stemmer_for(language)
        self._keys: dict[str, tuple[int, ...]] = {}
        for word, key in words.items():
            stem = self._stem(word)
            self._keys[stem] = (*self._keys.get(stem, ()), key)
        self._beginnings = {beginning(stem, language) for stem in self._keys}
        self._lengths = sorted({len(each) for each in self._beginnings})

    def of_word(self, folded: str, written: str) -> tuple[int, ...]:
        """The keys of a word; stemming is dear, so a word that begins as no stem does is not stemmed."""
        word = as_beginning(folded)
        for length in self._lengths:
            if word[:length] in self._beginnings:
                return self._keys.get(self._stem(written), ())
        return ()
