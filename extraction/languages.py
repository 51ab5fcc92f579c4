"""The language of a text where neither page nor source says it, or where they say one written otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from extraction.common_words import language_by_words
from wirewatch.model import Block, Zone

SHORTEST = 60
"""Letters from which a language can be told; of scripts that a few languages share, a third of that."""
SAMPLE = 3_000
LOOKED_AT = 400
PREVAILS = 0.6

SCRIPTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "ky"), frozenset({"CYRILLIC"})),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ckb", "sd", "ug"), frozenset({"ARABIC"})),
    **dict.fromkeys(("he", "yi"), frozenset({"HEBREW"})),
    **dict.fromkeys(("hi", "mr", "ne"), frozenset({"DEVANAGARI"})),
    **dict.fromkeys(("zh", "ja"), frozenset({"CJK"})),
    "ko": frozenset({"HANGUL", "CJK"}),
    "el": frozenset({"GREEK"}),
    "th": frozenset({"THAI"}),
    "ka": frozenset({"GEORGIAN"}),
    "hy": frozenset({"ARMENIAN"}),
    **dict.fromkeys(
        [
            *("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "nb", "nn", "fi", "is", "pl", "cs", "sk"),
            *("sl", "hr", "hu", "ro", "et", "lv", "lt", "tr", "vi", "id", "ms", "sw", "ca", "eu", "gl", "ga", "cy"),
        ],
        frozenset({"LATIN"}),
    ),
}
"""How languages are written that are written in one way; others are never contradicted."""
FEW_WORDS_DO = frozenset({"CJK", "HANGUL", "THAI", "HEBREW", "GREEK", "GEORGIAN", "ARMENIAN"})
ONLY_LANGUAGE = {"HANGUL": "ko", "THAI": "th", "HEBREW": "he", "GREEK": "el", "GEORGIAN": "ka", "ARMENIAN": "hy"}
HIRAGANA = re.compile(r"[\u3041-\u309f]")
KANA_SHARE = 0.05
WORD = re.compile(r"[^\W\d_]+")
WORDS_IN = 1_000
"""Characters of a text in which its commonest words are looked for."""


class NeedsClassifier(Exception):
    """Raised where only the classifier can tell a language, and the caller does not want its tables loaded."""


def language_of(blocks: Iterable[Block], said: str | None, *, may_classify: bool = True) -> str | None:
    """What was said, unless the article is written in another script; else what its words show; None if unsure.

    Raises NeedsClassifier where that is needed and `may_classify` is not given: its tables take 80 MB.
    """
    text = " ".join(block.text for block in blocks if block.zone is not Zone.FURNITURE)[:SAMPLE]
    scripts: dict[str, int] = {}
    for letter, times in Counter(islice(filter(str.isalpha, text), LOOKED_AT)).items():
        its = _script(letter)
        scripts[its] = scripts.get(its, 0) + times
    if not scripts:
        return said
    letters, script = sum(scripts.values()), max(scripts, key=scripts.__getitem__)
    if said and (
        script in SCRIPTS.get(said.split("-")[0], frozenset({script})) or scripts[script] < PREVAILS * letters
    ):
        return said
    if letters < (SHORTEST / 3 if script in FEW_WORDS_DO else SHORTEST):
        return said
    if told := _language_by_script(script, text) or language_by_words(WORD.findall(text[:WORDS_IN].lower()), script):
        return told
    if not may_classify:
        raise NeedsClassifier
    from py3langid import classify  # reads its tables, which takes a second: for texts that need it only

    found = str(classify(text)[0])
    return found if script in SCRIPTS.get(found, frozenset({script})) else said


def _language_by_script(script: str, text: str) -> str | None:
    """The language of a script that hardly any other is written in; Japanese is never without hiragana."""
    if script == "CJK":
        return "ja" if len(HIRAGANA.findall(text)) >= KANA_SHARE * len(text) else "zh"
    return ONLY_LANGUAGE.get(script)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The first word of its name; kana and Han, which Japanese mixes, are one."""
    script = unicodedata.name(letter, "").split(" ", 1)[0].split("-", 1)[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA") else script
