"""Where sentences begin and end."""

from __future__ import annotations

import re
from typing import Final

_ABBREVIATED = """
mr mrs ms dr prof sen rep gov gen col lt sgt capt cmdr adm maj hon rev fr st ste mt ft jr sr esq inc ltd co
corp bros vs etc eg ie al cf ca no nos vol fig pp dept univ est approx jan feb mar apr jun jul aug sep sept
oct nov dec mon tue tues wed thu thur thurs fri sat sun ave blvd rd bzw usw ggf evtl ua zb dh nr str hr fr
dipl ing bd abs art vgl sog mio mrd jh mme mlle mgr av env sra srta dra ud uds pág núm avda sig sigg dott avv
г гг ул им см стр руб коп тыс млн млрд проф акад
"""
_ABBREVIATIONS: Final = frozenset(_ABBREVIATED.split())
"""Words whose full stop ends no sentence."""

_END: Final = re.compile(
    r"""(?P<stop>[.!?…؟۔।॥።]+["'”’»)\]]*)(?=\s)   # ends before a space
      | [。！？｡]+["'”’」』）]*                    # needs none
      | \n[ \t]*\n\s*""",
    re.VERBOSE,
)
_LAST_WORD: Final = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*$")


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the sentences of a text, without the white space around them; together, all its words."""
    found: list[tuple[int, int]] = []
    begin = 0
    for end in _END.finditer(text):
        if end["stop"] and not _ends_sentence(text, end):
            continue
        _add(found, text, begin, end.end())
        begin = end.end()
    _add(found, text, begin, len(text))
    return found


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    following = text[end.end() : end.end() + 40].lstrip().lstrip("\"'“‘«([")
    if following[:1].islower():
        return False
    if end["stop"] != ".":
        return True
    last = _LAST_WORD.search(text, max(0, end.start() - 30), end.start())
    if last is None:
        return True
    word = last.group()
    initial = len(word.rsplit(".", 1)[-1]) == 1 and word[-1].isupper()
    return not (initial or word.casefold().replace(".", "") in _ABBREVIATIONS)


def _add(found: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    piece = text[begin:end]
    start = begin + len(piece) - len(piece.lstrip())
    stop = begin + len(piece.rstrip())
    if start < stop:
        found.append((start, stop))
