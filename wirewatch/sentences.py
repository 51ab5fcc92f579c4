"""Where sentences begin and end."""

from __future__ import annotations

import re
from typing import Final

_ABBREVIATED = """
mr mrs ms dr prof sen rep gov gen col lt sgt capt cmdr adm maj hon rev fr st ste mt ft jr sr esq inc ltd co
corp bros vs etc eg ie al cf ca no nos vol fig pp dept univ est approx jan feb mar apr jun jul aug sep sept
oct nov dec mon tue tues wed thu thur thurs fri sat sun ave blvd rd bzw usw ggf evtl ua zb dh nr str hr fr
dipl ing bd abs art vgl sog mio mrd jh mme mlle mgr av env sra srta dra ud uds pág núm avda sig sigg dott avv
ee uu rr hh ff aa
г гг ул им см стр руб коп тыс млн млрд проф акад
"""
_ABBREVIATIONS: Final = frozenset(_ABBREVIATED.split())
"""Words whose full stop ends no sentence."""

_END: Final = re.compile(
    r"""(?P<stop>(?:[.!?…؟۔।॥።]+|[;\u037e])["'”’»)\]]*)(?=\s)   # ends before a space
      | [。！？｡]+["'”’」』）]*                    # needs none
      | \n[ \t]*\n\s*""",
    re.VERBOSE,
)
_MARK: Final = re.compile(r"[.!?…؟۔।॥;\u037e。！？｡\n]")
"""What an end begins with: far cheaper to look for."""
_LAST_WORD: Final = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*$")

_NUMBER: Final = re.compile(r"([^\W\d_]+)[ \u00a0]\d{1,2}$")
_ORDINAL_WORDS = """
am vom zum beim im ab bis seit der die das den dem des ein eine einen und oder
af fra til og de dne od do ve
"""
_BEFORE_ORDINALS: Final = frozenset(_ORDINAL_WORDS.split())
"""Words before a number whose full stop makes it an ordinal: `am 3. Mai`, `der 20. Parteitag`, `den 3. maj`."""
_FARTHEST_BACK: Final = 30
_GREEK_LETTER: Final = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")
"""Before a `;`, which is then the Greek question mark."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the sentences of a text, without the white space around them; together, all its words."""
    found: list[tuple[int, int]] = []
    begin = place = 0
    while (mark := _MARK.search(text, place)) is not None:
        end = _END.match(text, mark.start())
        place = mark.end() if end is None else end.end()
        if end is None or (end["stop"] and not _ends_sentence(text, end)):
            continue
        _add(found, text, begin, place)
        begin = place
    _add(found, text, begin, len(text))
    return found


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    following = text[end.end() : end.end() + 40].lstrip().lstrip("\"'“‘«([")
    if following[:1].islower():
        return False
    if end["stop"][0] in ";\u037e":
        return bool(_GREEK_LETTER.match(text, end.start() - 1))
    if end["stop"] != ".":
        return True
    stop, far = end.start(), max(0, end.start() - _FARTHEST_BACK)
    if text[stop - 1 : stop].isdecimal():
        number = _NUMBER.search(text, far, stop)
        return number is None or number[1].casefold() not in _BEFORE_ORDINALS
    last = _LAST_WORD.search(text, max(far, text.rfind(" ", far, stop)), stop)
    if last is None:
        return True
    word = last.group()
    initial = len(word.rsplit(".", 1)[-1]) == 1 and word[-1].isupper()
    return not (initial or word.casefold().replace(".", "") in _ABBREVIATIONS)


def _add(found: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    if begin < end:
        found.append((begin, end))
