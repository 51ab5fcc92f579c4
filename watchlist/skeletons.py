"""Skeletons: the consonants of a sound in a few classes, by which the spellings of a name are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from sys import intern
from typing import Final

from watchlist.romanising import hear, sounds_of
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
_MOST_REMEMBERED: Final = 200_000
_known: Final[Memory[str, str]] = Memory(_MOST_REMEMBERED)


def skeletons(word: str) -> frozenset[str]:
    """What a folded word is indexed by as a name: two spellings of one name share at least one."""
    return skeletons_in(outline(word))


def skeletons_of(words: Sequence[str]) -> list[frozenset[str]]:
    """The skeletons of each word; together, which costs far less."""
    return [*map(skeletons_in, outlines(words))]


def outline(word: str) -> str:
    """The consonants of a folded word by class, the ambiguous ones left open; a space parts the ways to sound it."""
    known = _known.get(word)
    return _known.put(word, outline_of(sounds_of(word))) if known is None else known


def outlines(words: Sequence[str]) -> list[str]:
    """The outline of each word: those of plain Latin are worked out at once, at a fraction of the cost."""
    found = [*map(_known.recent.get, words)]
    new = [word for word, known in zip(words, found, strict=True) if known is None and word.isascii()]
    heard = hear(new)
    classes = iter(_classes([sound for its in heard for sound in its]))
    for word, its in zip(new, heard, strict=True):
        _known.put(word, intern(" ".join([next(classes) for _ in its])))
    return [outline(word) if known is None else known for word, known in zip(words, found, strict=True)]


@lru_cache(maxsize=50_000)
def skeletons_in(outline: str) -> frozenset[str]:
    """The skeletons of the words with an outline."""
    return frozenset().union(*map(_of_classes, outline.split(" ")))


def outline_of(sounds: Sequence[str]) -> str:
    """The outline of a word that may sound so."""
    return intern(" ".join(_classes(sounds)))


def _classes(sounds: Sequence[str]) -> list[str]:
    """Sounds without their vowels, with the consonants by class but for the ambiguous ones; doubled classes are one."""
    together = "\n".join(sounds)
    if not together.isascii():
        together = _NOT_ASCII.sub("", together)
    together = together.translate(_CLASS_OF)
    for kind in _KINDS:
        while 2 * kind in together:
            together = together.replace(2 * kind, kind)
    return together.split("\n") if sounds else []


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
