"""Skeletons: the consonants of a sound in a few classes, by which the spellings of a name are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from watchlist.romanising import ascii_sounds, sounds_of, sounds_one_way
from wirewatch.memory import Memory

_CLASSES: Final = {
    **dict.fromkeys("bpfv", "P"),
    **dict.fromkeys("dt", "T"),
    **dict.fromkeys("k", "K"),
    **dict.fromkeys("szScCJ", "S"),
    **dict.fromkeys("mn", "N"),
    **{"l": "L", "r": "R"},
}
_AMBIGUOUS: Final = {"j": ("", "S"), "g": ("K", "S"), "W": ("P", ""), "h": ("", "K"), "x": ("K", ""), "H": ("", "T")}
"""Sounds that are silent, or of another class, in another spelling."""
_MOST_SKELETONS: Final = 16
_CLASS_OF: Final = str.maketrans(_CLASSES)
_SILENT: Final = re.compile(f"[^{''.join(_CLASSES)}{''.join(_AMBIGUOUS)}\n]+")
_DOUBLED: Final = re.compile(f"([{''.join(set(_CLASSES.values()))}])\\1+")
_known: Final[Memory[str, frozenset[str]]] = Memory(100_000)


def skeletons(word: str) -> frozenset[str]:
    """What a folded word is indexed by as a name: two spellings of one name share at least one."""
    known = _known.get(word)
    return _known.put(word, of_sounds(sounds_of(word))) if known is None else known


def skeletons_of(words: Sequence[str]) -> list[frozenset[str]]:
    """The skeletons of each word: those of plain Latin are worked out at once, at a fraction of the cost."""
    found = [*map(_known.recent.get, words)]
    unknown = [word for word, known in zip(words, found, strict=True) if known is None]
    new = [word for word in unknown if word.isascii() and sounds_one_way(word)]
    for word, classes in zip(new, _classes(ascii_sounds(new)), strict=True):
        _known.put(word, _of_classes(classes))
    return [skeletons(word) if known is None else known for word, known in zip(words, found, strict=True)]


def of_sounds(sounds: Sequence[str]) -> frozenset[str]:
    """The skeletons of a word that may sound so."""
    one, *others = map(_of_classes, _classes(sounds))
    return one.union(*others) if others else one


def _classes(sounds: Sequence[str]) -> list[str]:
    """Sounds without their vowels, with the consonants by class but for the ambiguous ones."""
    return _DOUBLED.sub(r"\1", _SILENT.sub("", "\n".join(sounds)).translate(_CLASS_OF)).split("\n") if sounds else []


@lru_cache(maxsize=50_000)
def _of_classes(classes: str) -> frozenset[str]:
    """Every way to read the ambiguous sounds, with and without an ending in s or n."""
    found = {""}
    for letter in classes:
        readings = _AMBIGUOUS.get(letter, (letter,))
        found = {skeleton if skeleton.endswith(kind) else skeleton + kind for skeleton in found for kind in readings}
        if len(found) > _MOST_SKELETONS:
            found = set(sorted(found)[:_MOST_SKELETONS])
    found |= {skeleton[:-1] for skeleton in found if len(skeleton) > 2 and skeleton[-1] in "SN"}
    return frozenset(found - {""})
