"""Finds the queries that an article may match, without evaluating the others.

Each query stands under its anchors. What a chunk of text (between white space) has of anchors is worked out once and
remembered, so an article costs a look-up a distinct chunk, and a look at the queries under the anchors it has.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import pairwise
from threading import Lock
from typing import Final, TypeVar

from watchlist.anchors import Anchor, AnchorKind, Anchors
from watchlist.names import skeletons, sounds_alike
from watchlist.stems import stemmer_for
from wirewatch.folding import JOINTS, Token, words_of
from wirewatch.model import Article

T = TypeVar("T")

_MOST_REMEMBERED: Final = 100_000
_LONGEST_REMEMBERED: Final = 40
_NOTHING_BESIDE: Final = 0


class Index:
    """Immutable once built, but for its memory of chunks; threads may share it."""

    def __init__(self, needs: Iterable[Anchors | None]) -> None:
        self._always: list[int] = []
        self._words: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._names: dict[tuple[str, bool], int] = {}
        self._postings: list[array[int]] = [array("L")]
        """By key: numbers of queries, each followed by the key of what must be there too, or 0."""
        for number, anchors in enumerate(needs):
            if anchors is None:
                self._always.append(number)
                continue
            for anchor in anchors:
                beside = _NOTHING_BESIDE if anchor.beside is None else self._key_of(anchor.beside)
                self._postings[self._key_of(anchor)].extend((number, beside))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._by_skeleton = self._names_by_skeleton()
        self._known_names: dict[str, tuple[int, ...]] = {}
        self._memories: dict[str, _Memory] = {}
        self._building = Lock()

    def candidates(self, article: Article) -> list[int]:
        """The numbers of the queries that may match, in order."""
        memory = self._memory(article.language)
        chunks: set[str] = set()
        for block in article.blocks:
            chunks.update(block.text.split())
        if article.byline:
            chunks.update(article.byline.split())
        present: set[int] = set()
        for chunk, keys in zip(chunks, map(memory.known.get, chunks), strict=True):
            if keys is None:
                present.update(memory.keys(chunk))
            elif keys:
                present.update(keys)
        found: set[int] = set(self._always)
        for key in present:
            posting = self._postings[key]
            for place in range(0, len(posting), 2):
                beside = posting[place + 1]
                if beside == _NOTHING_BESIDE or beside in present:
                    found.add(posting[place])
        return sorted(found)

    def keys_of_chunk(self, chunk: str, stems: dict[str, tuple[int, ...]], language: str | None) -> tuple[int, ...]:
        """The keys of what a chunk has; `stems` are the keys of this language's stems."""
        found: set[int] = set()
        tokens = words_of(chunk)
        for token in tokens:
            self._add_word(token.word, found)
            if stems:
                found.update(stems.get(stemmer_for(language)(chunk[token.start : token.end]), ()))
        if self._names and len(tokens) > 1:
            for one, other in pairwise(tokens):
                if _joined(chunk, one, other):
                    found.update(self._names_like(one.word + other.word))
        return tuple(found)

    def stems_of(self, language: str | None) -> dict[str, tuple[int, ...]]:
        """The keys of what queries ask to be stemmed, by its stem in one language."""
        stem = stemmer_for(language)
        keys: dict[str, tuple[int, ...]] = {}
        for word, key in self._stems.items():
            stemmed = stem(word)
            keys[stemmed] = (*keys.get(stemmed, ()), key)
        return keys

    def _memory(self, language: str | None) -> _Memory:
        code = (language or "") if self._stems else ""
        if code not in self._memories:
            with self._building:
                if code not in self._memories:
                    self._memories[code] = _Memory(self, language if self._stems else None)
        return self._memories[code]

    def _key_of(self, anchor: Anchor) -> int:
        match anchor.kind:
            case AnchorKind.WORD:
                return self._key(self._words, anchor.text)
            case AnchorKind.PREFIX:
                return self._key(self._prefixes, anchor.text)
            case AnchorKind.STEM:
                return self._key(self._stems, anchor.text)
            case AnchorKind.NAME | AnchorKind.NAME_PART:
                return self._key(self._names, (anchor.text, anchor.kind is AnchorKind.NAME_PART))

    def _key(self, keys: dict[T, int], text: T) -> int:
        key = keys.get(text)
        if key is None:
            key = keys[text] = len(self._postings)
            self._postings.append(array("L"))
        return key

    def _names_by_skeleton(self) -> dict[str, list[tuple[str, bool, int]]]:
        found: dict[str, list[tuple[str, bool, int]]] = {}
        for (name, in_phrase), key in self._names.items():
            for skeleton in skeletons(name):
                found.setdefault(skeleton, []).append((name, in_phrase, key))
        return found

    def _add_word(self, word: str, found: set[int]) -> None:
        key = self._words.get(word)
        if key is not None:
            found.add(key)
        for length in self._prefix_lengths:
            if length > len(word):
                break
            key = self._prefixes.get(word[:length])
            if key is not None:
                found.add(key)
        if self._names:
            found.update(self._names_like(word))

    def _names_like(self, word: str) -> tuple[int, ...]:
        """The keys of the names that a word may be a spelling of; chunks differ more often than their words."""
        keys = self._known_names.get(word)
        if keys is None:
            alike = {
                key
                for skeleton in skeletons(word)
                for name, in_phrase, key in self._by_skeleton.get(skeleton, ())
                if name == word or sounds_alike(name, word, in_phrase)
            }
            alike.update(key for in_phrase in (True, False) if (key := self._names.get((word, in_phrase))) is not None)
            keys = tuple(alike)
            if len(self._known_names) >= _MOST_REMEMBERED:
                self._known_names = {}
            self._known_names[word] = keys
        return keys


class _Memory:
    """What chunks have of anchors, in one language."""

    def __init__(self, index: Index, language: str | None) -> None:
        self.index = index
        self.language = language
        self.stems = index.stems_of(language)
        self.known: dict[str, tuple[int, ...]] = {}

    def keys(self, chunk: str) -> tuple[int, ...]:
        keys = self.index.keys_of_chunk(chunk, self.stems, self.language)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self.known) >= _MOST_REMEMBERED:
                self.known = {}
            self.known[chunk] = keys
        return keys


def _joined(chunk: str, one: Token, other: Token) -> bool:
    return one.end + 1 == other.start and chunk[one.end] in JOINTS
