"""The commonest words of a few languages."""

from __future__ import annotations

from typing import Final

_STOP_WORDS = """
a about after all also an and any are as at be been but by can could did do does for from had has have he her his how i
if in into is it its may more most new no not of on one or other our out over said she so some such than that the their
them then there these they this to up was we were what when which who will with would you your
der die das und ist den dem des ein eine im mit von zu auf für nicht le la les et est un une des du en dans que qui pour
el los las y en de que un una es por con para il lo gli e di che per non и в на не что с по как из к за о
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
