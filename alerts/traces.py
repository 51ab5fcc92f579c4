"""What an article leaves to be found by: a sample of its shingles, and the telling words of its opening.

Five-word shingles of folded text survive cutting, a new lead and small edits where whole-text hashes do not. A sample
by value (those divisible by a power of two) is the same in a copy as in its original; the power grows with the
length, so that every article leaves a few dozen.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit
from zlib import crc32

from alerts.common_words import COMMON_WORDS
from wirewatch.folding import folded_words, words_of
from wirewatch.model import Article, Zone
from wirewatch.stories import Traced

OPENING_WORDS: Final = 150
"""Words of the text that are looked at to tell an affair: reports say first what they are about."""

STEM_LENGTH: Final = 6
"""Letters kept of a word, so that its inflections are one."""

SHINGLE_WORDS: Final = 5
SAMPLED_AT_LEAST: Final = 32
SPARSEST: Final = 32
"""One shingle of so many is kept of the longest texts."""

_MOST_REMEMBERED: Final = 200_000
_SKIPPED: Final = frozenset({Zone.FURNITURE, Zone.BYLINE, Zone.DATELINE})
_OPENING: Final = frozenset({Zone.STANDFIRST, Zone.BODY})
_ENDS: Final = '.:!?…”"»'
_STRIPPED: Final = "“”\"'«»‘’()[],.:;-–—"


def trace(article: Article) -> Traced:
    """What the relatives of an article find it by."""
    words, names = opening(article)
    return Traced(article, site_of(article), sample(shingles_of(article)), words, names)


def site_of(article: Article) -> str:
    """The host an article comes from; of a file, its source."""
    host = urlsplit(article.url).hostname
    return host.removeprefix("www.") if host else article.source


def shingles_of(article: Article) -> frozenset[int]:
    """The hashes of all five-word shingles of an article's text; of a shorter text, one of the whole."""
    return _shingles(texts_of(article))


def texts_of(article: Article) -> tuple[str, ...]:
    """The texts of an article's blocks, without those that do not tell it."""
    return tuple([block.text for block in article.blocks if block.zone not in _SKIPPED])


def shingles_in_order(*texts: str) -> list[int]:
    """The hash of each five-word shingle, by the place of its first word; of a shorter text, one of the whole."""
    words = [word for text in texts for word in folded_words(text)]
    numbers = [*map(_NUMBERS.__getitem__, words)]
    if len(numbers) < SHINGLE_WORDS:
        return [hash(tuple(numbers))] if numbers else []
    # Tuples of numbers, unlike strings, have the same hash in every process, and nothing is faster.
    return [*map(hash, zip(*(numbers[start:] for start in range(SHINGLE_WORDS)), strict=False))]


@lru_cache(maxsize=512)
def _shingles(texts: tuple[str, ...]) -> frozenset[int]:
    return frozenset(shingles_in_order(*texts))


class _Numbers(dict[str, int]):
    """A number for each word, remembered."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        raw = word.encode("utf-8", "surrogatepass")
        number = self[word] = crc32(raw) << 30 ^ crc32(raw, 1)
        return number


_NUMBERS: Final = _Numbers()


def sample(shingles: frozenset[int]) -> tuple[int, ...]:
    """The shingles kept: one of 1, 2, 4 … SPARSEST, by value, so that a copy keeps the same ones."""
    step = 1
    while step < SPARSEST and len(shingles) >= 2 * step * SAMPLED_AT_LEAST:
        step *= 2
    return tuple(sorted([shingle for shingle in shingles if shingle % step == 0]))


def opening(article: Article) -> tuple[frozenset[str], frozenset[str]]:
    """The telling words of headline and opening, and those of them that are names or numbers.

    A name is what is written with a capital inside a sentence. Scripts without capitals have none.
    """
    words: set[str] = {stem for word in folded_words(article.title) if (stem := telling(word))}
    names: set[str] = set()
    left = OPENING_WORDS
    for block in article.blocks:
        if block.zone not in _OPENING or left <= 0:
            continue
        chunks = block.text.split()[:left]
        left -= len(chunks)
        begins = True
        for chunk in chunks:
            stems, is_capital, is_number, ends = _read(chunk)
            words.update(stems)
            if is_number or (is_capital and not begins):
                names.update(stems)
            begins = ends
    return frozenset(words), frozenset(names)


@lru_cache(maxsize=100_000)
def _read(chunk: str) -> tuple[tuple[str, ...], bool, bool, bool]:
    """The telling stems of a piece between spaces; whether it begins with a capital, with a digit; ends a sentence."""
    stems = tuple([stem for token in words_of(chunk) if (stem := telling(token.word))])
    first = chunk.strip(_STRIPPED)[:1]
    return stems, first.isupper(), first.isdigit(), chunk[-1] in _ENDS


def telling(word: str) -> str | None:
    """The stem of a folded word that says what a text is about; None of any other word."""
    if word[0].isdigit():
        return word
    return None if word in COMMON_WORDS or len(word) < 3 else word[:STEM_LENGTH]
