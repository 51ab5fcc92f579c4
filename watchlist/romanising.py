"""How a word sounds, in Latin letters, whatever script and orthography it is written in.

The symbols are those of IPA's neighbourhood, one a sound: `S` sh, `C` ch, `J` dj or zh, `c` ts, `x` kh, `W` w or a
vowel u or o (Arabic waw, Hebrew vav, English w), `H` an ending that is a vowel or t (Arabic ta marbuta).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from anyascii import anyascii

from wirewatch.memory import Memory

VOWELS: Final = frozenset("aeiou")

_CYRILLIC: Final = {
    **dict(zip("абвгґдежзиіклмнопрстуфхыэјәөүұһқғң", "abvggdeJziiklmnoprstufxieiaouuhkgn", strict=True)),
    **dict(zip("љњђћџєѵҳҷцчшщя", "lnJCJeixCcCSSa", strict=True)),
    **dict(zip("җҥҙҫ", "Jnzs", strict=True)),
    **{"ъ": "", "ь": "", "ю": "iu", "я": "ia"},
}
_SEMITIC: Final = {
    **dict(zip("بتثجحخدذرزسشصضطظغفقكلمنگپچژڤ", "bttJhxddrzsSsdtzgfkklmngpCJv", strict=True)),
    **dict(zip("ٹڈڑںڭځڅهاوي", "tdrnngchaWi", strict=True)),
    **dict(zip("ټډړڼښږګېٻڀٽٿڏڍڪڻڕڵێۆۇۋ", "tdrnSJgibbttddknrliWWW", strict=True)),
    **dict(zip("בגדהוזחטיכךלמםנןספףצץקרשת", "bgdhWzxtikklmmnnsppcckrSt", strict=True)),
}
"""Alef stands for a; ayn, hamza and the Hebrew alef and ayin are passed over."""
_GREEK: Final = dict(zip("αβγδεζηθικλμνοπρστυφχω", "avgdezitiklmnoprstifxo", strict=True)) | {
    "ξ": "ks",
    "ψ": "ps",
}
_GREEK_PAIRS: Final = (("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("γγ", "ng"), ("τζ", "J"), ("τσ", "c"), ("ου", "u"))
_LATIN_GROUPS: Final = (
    *(("dzsch", "J"), ("dsch", "J"), ("tsch", "C"), ("shch", "S"), ("sch", "S"), ("tch", "C"), ("tsj", "C")),
    *(("dzh", "J"), ("dzs", "J"), ("dge", "Je"), ("dj", "J"), ("dz", "J"), ("tz", "c"), ("ts", "c"), ("zh", "J")),
    *(("kh", "x"), ("gh", "g"), ("sh", "S"), ("sj", "S"), ("ch", "C"), ("cz", "C"), ("sz", "S"), ("cs", "C")),
    *(("ph", "f"), ("th", "t"), ("dh", "d"), ("rh", "r"), ("ck", "k"), ("qu", "k"), ("gu", "g"), ("ou", "u")),
    *(("oe", "u"), ("oo", "u"), ("ee", "i"), ("ie", "i"), ("w", "W"), ("q", "k"), ("y", "i")),
)
"""Spellings of one sound in several orthographies; longer ones first."""
_LETTER_X: Final = re.compile("(?<=[aeiou])x")
_HARD_C: Final = re.compile("c(?![eiyhsz])")
_CH_ALONE: Final = re.compile("(?<![st])ch")
"""As in church, or as in Bucharest."""
_DOUBLED: Final = re.compile(r"(.)\1+")
_ARABIC_ARTICLE: Final = re.compile("^(?:[وبفك]?ال|لل)(?=.{2})")
_HEBREW_PREFIX: Final = re.compile("^[בהולמשכ](?=.{4})")
_heard: Final[Memory[str, tuple[str, ...]]] = Memory(20_000)


def is_semitic(word: str) -> bool:
    """Whether a word is written in Arabic or Hebrew letters, which leave out short vowels."""
    return "\u0590" <= word[:1] <= "\u06ff"


def script_of(word: str) -> str:
    """The script of a word's first letter, as far as names tell scripts apart."""
    first = word[:1]
    if "\u0370" <= first <= "\u03ff":
        return "greek"
    if "\u0400" <= first <= "\u052f":
        return "cyrillic"
    return "semitic" if is_semitic(word) else "latin"


def has_article(word: str) -> bool:
    """Whether an Arabic word begins with the article."""
    return _ARABIC_ARTICLE.match(word) is not None


def readings(word: str) -> tuple[str, ...]:
    """How a folded word that is neither Arabic nor Hebrew may be read: its ch as one sound or another."""
    return (word,) if _CH_ALONE.search(word) is None else (word, _CH_ALONE.sub("kh", word))


def sounds_of(word: str) -> tuple[str, ...]:
    """How a folded word may sound; Arabic and Hebrew words also without the article or preposition at their front."""
    if not is_semitic(word):
        return tuple(map(_sound, readings(word)))
    bare = _HEBREW_PREFIX.sub("", _ARABIC_ARTICLE.sub("", word))
    return tuple(dict.fromkeys((_sound(bare), _sound(word))))


def sounds(word: str) -> tuple[str, ...]:
    """As `sounds_of`, for words that are asked for again."""
    return _heard.get(word) or _heard.put(word, sounds_of(word))


def hear(words: Sequence[str]) -> list[tuple[str, ...]]:
    """The sounds of words in ASCII, all worked out at once, at a fraction of the cost."""
    read = [readings(word) if "ch" in word else (word,) for word in words]
    heard = iter(ascii_sounds([one for its in read for one in its]))
    return [_heard.put(word, tuple([next(heard) for _ in its])) for word, its in zip(words, read, strict=True)]


def _sound(word: str) -> str:
    script = script_of(word)
    if script == "semitic":
        sound = "".join(_SEMITIC.get(letter, "") for letter in word)
        if word.endswith("ه") and len(sound) > 1:
            sound = sound[:-1] + "H"
    elif script == "cyrillic":
        sound = "".join(_CYRILLIC.get(letter, letter) for letter in word)
    elif script == "greek":
        for pair, letter in _GREEK_PAIRS:
            word = word.replace(pair, letter)
        sound = "".join(_GREEK.get(letter, letter) for letter in word)
    else:
        sound = _latin(word if word.isascii() else anyascii(word).lower())
    return _merged(sound)


def ascii_sounds(readings: Sequence[str]) -> list[str]:
    """How readings in ASCII sound, all worked out at once: no rule looks across a line break."""
    return _merged(_latin("\n".join(readings))).split("\n") if readings else []


def _merged(sound: str) -> str:
    for pair, letter in (("dJ", "J"), ("tS", "C"), ("ts", "c"), ("tc", "c"), ("dz", "J")):
        sound = sound.replace(pair, letter)
    return _DOUBLED.sub(r"\1", sound)


def _latin(word: str) -> str:
    if "x" in word:
        word = _LETTER_X.sub("ks", word)
    if "c" in word:
        word = _HARD_C.sub("k", word)
    for written, sound in _LATIN_GROUPS:
        if written in word:
            word = word.replace(written, sound)
    return word
