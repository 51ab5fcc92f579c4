"""Stems: what the inflections of a word share, in each language that has a Snowball algorithm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import Any, Final

import snowballstemmer

from watchlist.romanising import is_semitic
from wirewatch.folding import exact_form, fold_word

_ALGORITHMS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_SUFFIX_LANGUAGES = "ca cs da en es fr hu it lt nb nn no pl pt ro ru sv tr"
_LONGEST_BEGINNING: Final = 4
_KEPT_BEGINNINGS: Final = dict.fromkeys(_SUFFIX_LANGUAGES.split(), _LONGEST_BEGINNING) | {"fi": 1, "de": 1}
"""How many letters at the front of a word its stemmer leaves alone: German makes ue u, Finnish ff f."""

_BY_SCRIPT: Final = (
    ("\u0370", "\u03ff", "el"), ("\u0400", "\u052f", "ru"), ("\u0530", "\u058f", "hy"),
    ("\u0600", "\u06ff", "ar"), ("\u0900", "\u097f", "hi"), ("\u0b80", "\u0bff", "ta"),
)  # fmt: skip
"""Whose stems to take where nobody said what language a text is in."""


def stemmer_for(language: str | None) -> Callable[[str], str]:
    """A function from a word as written to its folded stem; unknown languages are told by the script of the word."""
    code = stem_code(language)
    if not code:
        return _stem_by_script
    return _stemmer(code) if code in _ALGORITHMS else fold_word


def stems_of(words: Sequence[str], language: str | None) -> list[str]:
    """The folded stems of words as written, as `stemmer_for` gives them."""
    code = stem_code(language)
    if code not in _ALGORITHMS:
        return [*map(stemmer_for(code), words)]
    with _one_at_a_time:
        stemmed = _algorithm(code).stemWords([exact_form(word).lower() for word in words])
    return [*map(fold_word, stemmed)]


def stem_code(language: str | None) -> str:
    """A language as its stemmer is known by: `en` for en-GB; empty where nobody said."""
    return (language or "").replace("_", "-").split("-")[0].lower()


def beginning(stem: str, language: str | None) -> str:
    """What every word with this stem begins with, once `as_beginning` has been taken of it.

    Empty in languages whose stemmers change the front of words, or may. Elsewhere the last letter of a stem may be
    another than the word's, and y and i stand for each other.
    """
    code = stem_code(language)
    kept = _KEPT_BEGINNINGS.get(code, 0) if code or is_semitic(stem) else _LONGEST_BEGINNING
    return as_beginning(stem[: max(0, min(kept, len(stem) - 1))])


def as_beginning(word: str) -> str:
    """A folded word as `beginning` compares it."""
    return word.replace("y", "i")


def all_stems(word: str) -> frozenset[str]:
    """The folded stems of a word in every language: what an article in some language may have of it."""
    return frozenset({fold_word(word), *(_stemmer(code)(word) for code in _ALGORITHMS)})


@cache
def _algorithm(code: str) -> Any:
    return snowballstemmer.stemmer(_ALGORITHMS[code])  # in C where PyStemmer is installed, as it should be


_one_at_a_time = Lock()


@cache
def _stemmer(code: str) -> Callable[[str], str]:
    algorithm = _algorithm(code)

    def stem(word: str) -> str:
        with _one_at_a_time:
            # Stems are taken before marks are folded: Snowball's rules are about é, ä and й.
            stemmed = algorithm.stemWord(exact_form(word).lower())
        return fold_word(stemmed)

    return stem


def _stem_by_script(word: str) -> str:
    first = word[:1]
    for begin, end, code in _BY_SCRIPT:
        if begin <= first <= end:
            return _stemmer(code)(word)
    return _stemmer("en")(word)
