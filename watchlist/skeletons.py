"""Skeletons: the consonants of a sound in a few classes, by which the spellings of a name are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from watchlist.romanising import ascii_sounds, readings, sounds_of
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
_KINDS: Final = "".join(sorted(set(_CLASSES.values())))
_KEPT: Final = {letter: letter for letter in (*_AMBIGUOUS, "\n")} | _CLASSES
_CLASS_OF: Final = {code: _KEPT.get(chr(code)) for code in range(0x80)}
_NOT_ASCII: Final = re.compile("[^\0-\x7f]+")
_RUNS: Final = re.compile(f"[{''.join(_AMBIGUOUS)}]|[{_KINDS}]+")
_known: Final[Memory[str, frozenset[str]]] = Memory(100_000)


def skeletons(word: str) -> frozenset[str]:
    """What a folded word is indexed by as a name: two spellings of one name share at least one."""
    known = _known.get(word)
    return _known.put(word, of_sounds(sounds_of(word))) if known is None else known


def skeletons_of(words: Sequence[str]) -> list[frozenset[str]]:
    """The skeletons of each word: those of plain Latin are worked out at once, at a fraction of the cost."""
    found = [*map(_known.recent.get, words)]
    new = [word for word, known in zip(words, found, strict=True) if known is None and word.isascii()]
    read = [*map(readings, new)]
    classes = iter(_classes(ascii_sounds([one for its in read for one in its])))
    for word, its in zip(new, read, strict=True):
        _known.put(word, _union([next(classes) for _ in its]))
    return [skeletons(word) if known is None else known for word, known in zip(words, found, strict=True)]


def of_sounds(sounds: Sequence[str]) -> frozenset[str]:
    """The skeletons of a word that may sound so."""
    return _union(_classes(sounds))


def _union(classes: Sequence[str]) -> frozenset[str]:
    one, *others = map(_of_classes, classes)
    return one.union(*others) if others else one


def _classes(sounds: Sequence[str]) -> list[str]:
    """Sounds without their vowels, with the consonants by class but for the ambiguous ones; doubled classes are one."""
    together = _NOT_ASCII.sub("", "\n".join(sounds)).translate(_CLASS_OF)
    for kind in _KINDS:
        while 2 * kind in together:
            together = together.replace(2 * kind, kind)
    return together.split("\n") if sounds else []


@lru_cache(maxsize=50_000)
def _of_classes(classes: str) -> frozenset[str]:
    """Every way to read the ambiguous sounds, with and without an ending in s or n."""
    found = {""}
    for run in _RUNS.findall(classes):
        if run in _AMBIGUOUS:
            found = {one if one.endswith(kind) else one + kind for one in found for kind in _AMBIGUOUS[run]}
        else:
            found = {one + (run[1:] if one.endswith(run[0]) else run) for one in found}
        if len(found) > _MOST_SKELETONS:
            found = set(sorted(found)[:_MOST_SKELETONS])
    found |= {skeleton[:-1] for skeleton in found if len(skeleton) > 2 and skeleton[-1] in "SN"}
    return frozenset(found - {""})
