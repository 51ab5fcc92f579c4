"""Names across spellings and scripts: whether two words may spell one name.

Words are compared by how they sound (`romanising`). The skeleton of a sound, its consonants in a few classes, finds
what is worth comparing: Hmeimim, Khmeimim, Хмеймим and حميميم share `KNNN`. Then an edit distance decides, in which
sounds that orthographies confuse cost little, vowels less than consonants, and next to nothing where one of the two is
written without vowels. The costs and limits were tuned on one half of tests/quality/places.tsv.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from watchlist.romanising import VOWELS, is_semitic, script_of, sounds

FEWEST_CONSONANTS: Final = 3
"""A single-word name with fewer looks like too many other words."""

_PARTICLES = """
al el ul il as ash ar an at ad az es esh er en et ed ez аль эль ал ас аш ар ан ат ад аз эс эш
bin ibn ben bint von van der den de del della di da do dos das du la le los las ten ter zu zur y e
бин ибн бен фон ван де ди да дер αλ ελ
"""
PARTICLES: Final = frozenset(_PARTICLES.split())
"""Articles and particles, which spellings of a name add and leave out."""

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

_CONFUSED: Final = """
ae.25 ei.25 ou.2 ao.3 iu.35 eo.4 au.4 ai.4 eu.4 oi.5 bp.35 bv.35 bf.6 vf.3 fp.35 vp.6 vW.05 bW.4 fW.4 oW.05 uW.05 vu.2
vo.4 aW.3 eW.3 iW.4 dt.3 kg.35 kx.25 gx.3 hx.2 gh.3 kh.5 gJ.3 gj.3 hj.3 xj.3 sS.25 sz.3 sc.2 zc.25 SC.3 cC.2 CJ.25 SJ.25
zJ.25 kc.25 sC.3 sJ.4 zS.4 zC.4 cJ.3 cS.3 jJ.1 ji.1 jS.3 jC.3 jz.4 je.4 mn.4 kC.3 gC.5 lr.9 Hh.05 Ha.05 He.05 Ht.1 Hd.3
"""
_SWAPS: Final = {
    pair: float(cost[2:]) for cost in _CONFUSED.split() for pair in ((cost[0], cost[1]), (cost[1], cost[0]))
}
_GAPS: Final = {
    **dict.fromkeys("aeou", 0.3),
    "i": 0.25,
    "h": 0.25,
    "j": 0.3,
    "W": 0.3,
    "x": 0.9,
    "v": 0.8,
    "g": 0.9,
    "H": 0.1,
}
_VOWEL_GAP_UNWRITTEN: Final = 0.06
_FREE_FIRST_PAIRS = "sz xj hj kx hx gx SC cC sc CJ SJ zJ kc jJ ji gJ gj vW kC zc sS"
_FREE_FIRST: Final = frozenset(_FREE_FIRST_PAIRS.split())
"""Swaps that cost no more at the front of a word, where all others count double."""
_ENDING: Final = re.compile("(?<=.{3})(?:i?[aou]s|is|s|iu?m|um|i?a|e|i[ij]?|o)$")
"""What languages add to a name; a change of it costs the same whatever its length."""
_ENDING_COST: Final = 0.25

_FARTHEST_ACROSS: Final = {"latin": 0.4, "cyrillic": 0.4, "greek": 0.4, "semitic": 0.45}
_FARTHEST_IN_PHRASE: Final = 0.45


def core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without articles and particles; all of them where nothing else is left."""
    return tuple(word for word in words if word not in PARTICLES) or words


def consonants(word: str) -> str:
    """The consonants of a folded word as they sound; doubled ones count once."""
    return "".join(letter for letter in sounds(word)[0] if letter not in VOWELS)


@lru_cache(maxsize=100_000)
def skeletons(word: str) -> frozenset[str]:
    """What a folded word is indexed by as a name: two spellings of one name share at least one."""
    return frozenset(skeleton for sound in sounds(word) for skeleton in _skeletons(sound))


@lru_cache(maxsize=100_000)
def same_name(name: str, word: str, in_phrase: bool) -> bool:
    """Whether a folded word may be a spelling of a name's word; beside the name's other words, more may differ."""
    if name == word:
        return True
    if skeletons(name).isdisjoint(skeletons(word)):
        return False
    return difference(name, word) <= _limit(name, word, in_phrase)


def difference(name: str, word: str) -> float:
    """How far apart two folded words sound, as a share of their length."""
    unwritten = is_semitic(name) or is_semitic(word)
    return min(_difference(one, other, unwritten) for one in sounds(name) for other in sounds(word))


def needs_article(words: tuple[str, ...]) -> bool:
    """Whether a name is so short that only its article tells it from other words: `~al-Qaeda`."""
    names = core(words)
    return len(names) == 1 and len(names) < len(words) and len(consonants(names[0])) < FEWEST_CONSONANTS


def _limit(name: str, word: str, in_phrase: bool) -> float:
    script = script_of(word)
    if script != script_of(name):
        return _FARTHEST_ACROSS["semitic" if "semitic" in (script, script_of(name)) else script]
    if in_phrase:
        return _FARTHEST_IN_PHRASE
    length = len(sounds(name)[0])
    return 0.225 if length <= 6 else 0.3 if length <= 8 else 0.425


def _skeletons(sound: str) -> set[str]:
    found = {""}
    for letter in sound:
        if letter in VOWELS:
            continue
        classes = _AMBIGUOUS.get(letter) or (_CLASSES.get(letter, ""),)
        found = {skeleton if skeleton.endswith(kind) else skeleton + kind for skeleton in found for kind in classes}
        if len(found) > _MOST_SKELETONS:
            found = set(sorted(found)[:_MOST_SKELETONS])
    found |= {skeleton[:-1] for skeleton in found if len(skeleton) > 2 and skeleton[-1] in "SN"}
    return found - {""}


def _difference(one: str, other: str, unwritten: bool) -> float:
    if not one or not other:
        return float("inf")
    length = (len(one) + len(other)) / 2
    extra = 0.0
    if not unwritten:
        extra = _first(one[0], other[0])
        stem, second_stem = _ENDING.sub("", one), _ENDING.sub("", other)
        if one[len(stem) :] != other[len(second_stem) :]:
            extra += _ENDING_COST
        one, other = stem, second_stem
    return (_edits(one, other, unwritten) + extra) / length * 2.5


def _first(one: str, other: str) -> float:
    """What a swap of the first sounds costs beside its common cost."""
    if one == other or one in VOWELS or other in VOWELS or not _FREE_FIRST.isdisjoint((one + other, other + one)):
        return 0.0
    cost = _SWAPS.get((one, other), 1.0)
    return min(1.0, 2 * cost) - cost


def _edits(one: str, other: str, unwritten: bool) -> float:
    """The weighted edit distance."""
    row = [0.0]
    for facing in other:
        row.append(row[-1] + _gap(facing, unwritten))
    for letter in one:
        gone = _gap(letter, unwritten)
        new = [row[0] + gone]
        for place, facing in enumerate(other, 1):
            swapped = row[place - 1] + _swap(letter, facing, unwritten)
            new.append(min(row[place] + gone, new[-1] + _gap(facing, unwritten), swapped))
        row = new
    return row[-1]


def _gap(letter: str, unwritten: bool) -> float:
    return _VOWEL_GAP_UNWRITTEN if unwritten and letter in VOWELS else _GAPS.get(letter, 1.0)


def _swap(letter: str, facing: str, unwritten: bool) -> float:
    if letter == facing:
        return 0.0
    if unwritten and letter in VOWELS and facing in VOWELS:
        return _VOWEL_GAP_UNWRITTEN
    return _SWAPS.get((letter, facing), 1.0)
