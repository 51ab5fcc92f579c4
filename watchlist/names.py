"""Names across spellings and scripts: what two spellings of one name have in common.

A word is romanised, spellings of one sound are merged, and the vowels are dropped: Hmeimim, Khmeimim, Хмеймим and
حميميم all leave `hmmm`. Words with one skeleton are then compared letter by letter.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

FEWEST_CONSONANTS: Final = 3
"""A single-word name with fewer looks like too many other words."""

_PARTICLES = """
al el ul il as ash ar an at ad az es esh er en et ed ez аль эль ал ас аш ар ан ат ад аз эс эш
bin ibn ben bint von van der den de del della di da do dos das du la le los las ten ter zu zur y e
бин ибн бен фон ван де ди да дер
"""
PARTICLES: Final = frozenset(_PARTICLES.split())
"""Articles and particles, which spellings of a name add and leave out."""

_ARABIC_ARTICLE: Final = re.compile("^ال(?=.{3})")

_SEMITIC: Final = dict(
    zip(
        "بتثجحخدذرزسشصضطظغفقكلمنهگپچژڤבגדהזחטכךלמםנןספףצץקרשת",
        "bttjhhddrzsSsdtzgfkklmnhgpCjvbgdhzhtkklmmnnsppSSkrSt",
        strict=True,
    )
)
"""Letters of Arabic and Hebrew and their sounds; those that are not here (alef, ayn, hamza) are passed over."""
_SEMITIC_VOWELS: Final = "ويוי"
_DIGRAPHS: Final = (
    ("shch", "S"), ("tsch", "C"), ("sch", "S"), ("kh", "h"), ("gh", "g"), ("sh", "S"), ("ch", "C"), ("cz", "C"),
    ("sz", "S"), ("dj", "j"), ("dzh", "j"), ("zh", "j"), ("ts", "S"), ("tz", "S"), ("ph", "f"), ("th", "t"),
    ("dh", "d"), ("ck", "k"), ("qu", "k"), ("q", "k"), ("c", "k"), ("w", "v"), ("x", "ks"),
)  # fmt: skip
_VOWELS: Final = re.compile("[aeiouy]+")


@lru_cache(maxsize=100_000)
def consonants(word: str) -> str:
    """The consonant skeleton of a folded word; sounds that spellings confuse are one letter."""
    return romanised(word) if _is_semitic(word) else _VOWELS.sub("", romanised(word))


@lru_cache(maxsize=100_000)
def romanised(word: str) -> str:
    """A folded word in Latin letters, spellings of one sound merged."""
    if _is_semitic(word):
        bare = _ARABIC_ARTICLE.sub("", word)
        return "".join(
            _SEMITIC.get(letter, "") if letter not in _SEMITIC_VOWELS else ("v" if place == 0 else "")
            for place, letter in enumerate(bare)
        )
    latin = anyascii(word).lower()
    for written, sound in _DIGRAPHS:
        latin = latin.replace(written, sound)
    return re.sub(r"(.)\1+", r"\1", latin)


def _is_semitic(word: str) -> bool:
    return "\u0590" <= word[:1] <= "\u06ff"


def core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without articles and particles; all of them where nothing else is left."""
    return tuple(word for word in words if word not in PARTICLES) or words


@lru_cache(maxsize=200_000)
def same_name(name: str, word: str, in_phrase: bool) -> bool:
    """Whether a folded word may be a spelling of a name's word; within a longer name, one consonant may differ."""
    if name == word:
        return True
    one, other = consonants(name), consonants(word)
    if not one or not other:
        return False
    if one != other and not (
        in_phrase and len(one) > 1 and abs(len(one) - len(other)) == 1 and _apart(one, other) == 1
    ):
        return False
    if _is_semitic(name) or _is_semitic(word):
        return True
    longest = max(len(name), len(word))
    return _apart(romanised(name), romanised(word)) <= (1 if longest <= 4 else 2 if longest <= 7 else 3)


def _apart(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, facing in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != facing))
    return row[-1]


def skeletons(word: str) -> frozenset[str]:
    """What is indexed of a folded word: two spellings of one name share at least one."""
    skeleton = consonants(word)
    if not skeleton:
        return frozenset()
    shorter = (
        {skeleton[:place] + skeleton[place + 1 :] for place in range(len(skeleton))} if len(skeleton) > 2 else set()
    )
    return frozenset({skeleton, *shorter})
