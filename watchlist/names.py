"""Names across spellings and scripts: whether two words may spell one name.

Words are compared by how they sound (`romanising`). The skeleton of a sound, its consonants in a few classes, finds
what is worth comparing: Hmeimim, Khmeimim, Хмеймим and حميميم share `KNNN`. Then an edit distance decides, in which
sounds that orthographies confuse cost little, vowels less than consonants, and next to nothing where one of the two is
written without vowels. The costs and limits were tuned on tests/quality/places.tsv and 1,000 places more; how well they
do on others, tests/quality/places_unseen.tsv tells.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from watchlist.romanising import VOWELS, is_semitic, script_of, sounds
from watchlist.skeletons import skeletons

FEWEST_CONSONANTS: Final = 3
"""A single-word name with fewer looks like too many other words."""

_PARTICLES = """
al el ul il as ash ar an at ad az es esh er en et ed ez аль эль ал ас аш ар ан ат ад аз эс эш
bin ibn ben bint von van der den de del della di da do dos das du la le los las ten ter zu zur y e
бин ибн бен фон ван де ди да дер αλ ελ
"""
PARTICLES: Final = frozenset(_PARTICLES.split())
"""Articles and particles, which spellings of a name add and leave out."""

_CONFUSED: Final = """
ae.25 ei.25 ou.2 ao.3 iu.35 eo.4 au.4 ai.4 eu.4 oi.5 bp.35 bv.35 bf.6 vf.3 fp.35 vp.6 vW.05 bW.4 fW.4 oW.05 uW.05 vu.2
vo.4 aW.3 eW.3 iW.4 dt.3 kg.35 kx.25 gx.3 hx.2 gh.3 kh.5 gJ.3 gj.3 hj.3 xj.3 sS.25 sz.3 sc.2 zc.25 SC.3 cC.2 CJ.25 SJ.25
zJ.25 kc.25 sC.3 sJ.4 zS.4 zC.4 cJ.3 cS.3 jJ.1 ji.1 jS.3 jC.3 jz.4 je.4 mn.4 kC.3 gC.5 lr.9 Hh.05 Ha.05 He.05 Ht.1 Hd.3
"""
_SWAPS: Final = {
    pair: float(cost[2:]) for cost in _CONFUSED.split() for pair in ((cost[0], cost[1]), (cost[1], cost[0]))
}
_SWAPS_OF: Final = {
    letter: {facing: cost for (other, facing), cost in _SWAPS.items() if other == letter} | {letter: 0.0}
    for letter, _ in _SWAPS
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
_LEAST_GAP: Final = 0.25
_VOWEL_UNWRITTEN: Final = dict.fromkeys(VOWELS, 0.06)
"""What a vowel costs, left out or swapped for another, where one of two spellings has none."""
_SCALE: Final = 2.5
"""Limits are in changes to so many sounds."""
_FREE_FIRST_PAIRS = "sz xj hj kx hx gx SC cC sc CJ SJ zJ kc jJ ji gJ gj vW kC zc sS"
_FREE_FIRST: Final = frozenset(_FREE_FIRST_PAIRS.split())
"""Swaps that cost no more at the front of a word, where all others count double, up to 1."""
_FIRST_EXTRA: Final = {
    (one, other): min(1.0, 2 * cost) - cost
    for (one, other), cost in _SWAPS.items()
    if not {one, other} & VOWELS and one + other not in _FREE_FIRST and other + one not in _FREE_FIRST
}
_ENDING: Final = re.compile("(?<=.{3})(?:i?[aou]s|is|s|iu?m|um|i?a|e|i[ij]?|o)$")
"""What languages add to a name; a change of it costs the same whatever its length."""
_ENDING_COST: Final = 0.25

_FARTHEST_ACROSS: Final = {"latin": 0.425, "cyrillic": 0.425, "greek": 0.425, "semitic": 0.55}
_FARTHEST_IN_PHRASE: Final = 0.45


def core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without articles and particles; all of them where nothing else is left."""
    return tuple(word for word in words if word not in PARTICLES) or words


def consonants(word: str) -> str:
    """The consonants of a folded word as they sound; doubled ones count once."""
    return "".join(letter for letter in sounds(word)[0] if letter not in VOWELS)


@lru_cache(maxsize=20_000)
def same_name(name: str, word: str, in_phrase: bool) -> bool:
    """Whether a folded word may be a spelling of a name's word; beside the name's other words, more may differ."""
    return name == word or (not skeletons(name).isdisjoint(skeletons(word)) and sounds_alike(name, word, in_phrase))


def sounds_alike(name: str, word: str, in_phrase: bool) -> bool:
    """As `same_name`, for two words that share a skeleton."""
    limit = _limit(name, word, in_phrase)
    unwritten = is_semitic(name) or is_semitic(word)
    for one in _sounds(name):
        for other in _sounds(word):
            if _alike(one, other, limit, unwritten):
                return True
    return False


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
    return 0.2 if length <= 6 else 0.325 if length <= 8 else 0.45


class _Sound(NamedTuple):
    """A word's sound as a whole, and parted into what it is and what a language adds to it."""

    whole: str
    stem: str
    ending: str


class _Costs(NamedTuple):
    """Of sounds: of leaving one out, and of swapping one for another; 1 where nothing is said."""

    gaps: dict[str, float]
    swaps: dict[str, dict[str, float]]


_WRITTEN: Final = _Costs(_GAPS, _SWAPS_OF)
_UNWRITTEN: Final = _Costs(
    _GAPS | _VOWEL_UNWRITTEN,
    _SWAPS_OF | {vowel: _SWAPS_OF[vowel] | _VOWEL_UNWRITTEN | {vowel: 0.0} for vowel in VOWELS},
)


@lru_cache(maxsize=50_000)
def _sounds(word: str) -> tuple[_Sound, ...]:
    found = []
    for sound in sounds(word):
        stem = _ENDING.sub("", sound)
        found.append(_Sound(sound, stem, sound[len(stem) :]))
    return tuple(found)


def _alike(one: _Sound, other: _Sound, limit: float, unwritten: bool) -> bool:
    if not one.whole or not other.whole:
        return False
    allowed = limit * (len(one.whole) + len(other.whole)) / 2 / _SCALE
    if unwritten:
        return _edits_within(one.whole, other.whole, allowed, unwritten)
    if one.ending != other.ending:
        allowed -= _ENDING_COST
    allowed -= _FIRST_EXTRA.get((one.stem[0], other.stem[0]), 0.0)
    if abs(len(one.stem) - len(other.stem)) * _LEAST_GAP > allowed:
        return False
    return _edits_within(one.stem, other.stem, allowed, unwritten)


def _edits_within(one: str, other: str, allowed: float, unwritten: bool) -> bool:
    """Whether the weighted edit distance is at most so much; gives up as soon as it cannot be."""
    costs = _UNWRITTEN if unwritten else _WRITTEN
    gaps = [costs.gaps.get(facing, 1.0) for facing in other]
    row = [*accumulate(gaps, initial=0.0)]
    for letter in one:
        gone = costs.gaps.get(letter, 1.0)
        swap = (costs.swaps.get(letter) or {letter: 0.0}).get
        above = iter(row)
        diagonal = next(above)
        left = diagonal + gone
        row = [left]
        for facing, gap, over in zip(other, gaps, above, strict=True):
            swapped, without, beside = diagonal + swap(facing, 1.0), over + gone, left + gap
            left = without if without < swapped else swapped  # min() would take most of the time
            left = beside if beside < left else left
            row.append(left)
            diagonal = over
        if min(row) > allowed:
            return False
    return row[-1] <= allowed
