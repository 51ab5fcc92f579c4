"""Finds the queries that an article may match, without evaluating the others.

Each query stands under its anchors. What a chunk of text (between white space) has of anchors is worked out once and
remembered, so an article costs a look-up a distinct chunk, and a look at the queries under the anchors it has.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from threading import Lock
from typing import Final, TypeVar

from watchlist.anchors import Anchor, AnchorKind, anchors_of, words_asked
from watchlist.names import skeletons, sounds_alike
from watchlist.query import Node
from watchlist.stems import as_beginning, beginning, stemmer_for
from watchlist.text import NameWord, Seen, words_and_joined
from wirewatch.folding import words_of
from wirewatch.model import Article

T = TypeVar("T")

_MOST_REMEMBERED: Final = 150_000
_LONGEST_REMEMBERED: Final = 40
_NOTHING_BESIDE: Final = 0


class Index:
    """Immutable once built, but for its memory of chunks; threads may share it."""

    def __init__(self, queries: Iterable[Node]) -> None:
        self._always: list[int] = []
        self._words: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self.stems: dict[str, int] = {}
        self._names: dict[NameWord, int] = {}
        self._postings: list[array[int]] = [array("L")]
        """By key: numbers of queries, each followed by the key of what must be there too, or 0."""
        for number, query in enumerate(queries):
            for word in words_asked(query):
                self._key(self._words, word)
            anchors = anchors_of(query)
            if anchors is None:
                self._always.append(number)
                continue
            for anchor in anchors:
                beside = _NOTHING_BESIDE if anchor.beside is None else self._key_of(anchor.beside)
                self._postings[self._key_of(anchor)].extend((number, beside))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._by_skeleton = self._names_by_skeleton()
        self._name_of = {key: name for name, key in self._names.items()}
        self._known_names: dict[str, tuple[int, ...]] = {}
        self._memories: dict[str, _Memory] = {}
        self._building = Lock()

    def candidates(self, article: Article) -> tuple[list[int], Seen]:
        """The numbers of the queries that may match, in order, and what was learnt of the article on the way."""
        memory = self._memory(article.language)
        chunks: set[str] = set()
        for block in article.blocks:
            chunks.update(block.text.split())
        if article.byline:
            chunks.update(article.byline.split())
        present: set[int] = set()
        spelled: dict[NameWord, list[str]] = {}
        for chunk, keys in zip(chunks, map(memory.known.get, chunks), strict=True):
            for key in memory.keys(chunk) if keys is None else keys:
                present.add(key)
                if key in self._name_of:
                    spelled.setdefault(self._name_of[key], []).append(chunk)
        found = set(self._always)
        for key in present:
            posting = self._postings[key]
            for place in range(0, len(posting), 2):
                beside = posting[place + 1]
                if beside == _NOTHING_BESIDE or beside in present:
                    found.add(posting[place])
        return sorted(found), Seen(self._words, self._names, present, spelled)

    def keys_of_chunk(self, chunk: str, stems: StemKeys) -> tuple[int, ...]:
        """The keys of what a chunk has."""
        found: set[int] = set()
        tokens = words_of(chunk)
        for token in tokens:
            self._add_word(token.word, found)
            found.update(stems.of(token.word, chunk[token.start : token.end]))
        if self._names and len(tokens) > 1:
            for word in words_and_joined(chunk):
                found.update(self._names_like(word))
        return tuple(found)

    def _memory(self, language: str | None) -> _Memory:
        code = (language or "") if self.stems else ""
        if code not in self._memories:
            with self._building:
                if code not in self._memories:
                    self._memories[code] = _Memory(self, language if self.stems else None)
        return self._memories[code]

    def _key_of(self, anchor: Anchor) -> int:
        match anchor.kind:
            case AnchorKind.WORD:
                return self._key(self._words, anchor.text)
            case AnchorKind.PREFIX:
                return self._key(self._prefixes, anchor.text)
            case AnchorKind.STEM:
                return self._key(self.stems, anchor.text)
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


class StemKeys:
    """The keys of the words that queries ask for in every inflection, by their stem in one language."""

    def __init__(self, words: dict[str, int], language: str | None) -> None:
        self._stem = stemmer_for(language)
        self._keys: dict[str, tuple[int, ...]] = {}
        for word, key in words.items():
            stem = self._stem(word)
            self._keys[stem] = (*self._keys.get(stem, ()), key)
        self._beginnings = {beginning(stem, language) for stem in self._keys}
        self._lengths = sorted({len(each) for each in self._beginnings})

    def of(self, folded: str, written: str) -> tuple[int, ...]:
        """The keys of a word; stemming is dear, so a word that begins as no stem does is not stemmed."""
        word = as_beginning(folded)
        if not any(word[:length] in self._beginnings for length in self._lengths):
            return ()
        return self._keys.get(self._stem(written), ())


class _Memory:
    """What chunks have of anchors, in one language."""

    def __init__(self, index: Index, language: str | None) -> None:
        self.index = index
        self.stems = StemKeys(index.stems, language)
        self.known: dict[str, tuple[int, ...]] = {}

    def keys(self, chunk: str) -> tuple[int, ...]:
        keys = self.index.keys_of_chunk(chunk, self.stems)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self.known) >= _MOST_REMEMBERED:
                self.known = {}
            self.known[chunk] = keys
        return keys
