"""Text folding: what is the same word to a reader is the same string to a query.

A text is cut at white space into chunks, and each chunk into words, because almost every chunk of an article has been
seen before: `words_of` remembers them. Everything that depends on context (a possessive 's, a ligature that is two
words) therefore depends on the chunk alone.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from wirewatch.memory import Memory

APOSTROPHES: Final = "'’‘‛`´＇′ʹʻʼʽʾʿˈ\ua78c"
"""Characters that are typed for an apostrophe, the modifier letters for ayn and hamza among them."""

JOINTS: Final = frozenset(APOSTROPHES + "-‐‑")
"""What parts the words of a compound."""


class Token(NamedTuple):
    """A folded word and where it stands: half-open code-point offsets into the original text."""

    word: str
    start: int
    end: int


def fold_text(text: str) -> str:
    """Folded words of a text, joined by single spaces; punctuation is dropped."""
    return " ".join(folded_words(text))


def fold_texts(texts: Sequence[str]) -> list[str]:
    """`fold_text` of each text, at a fraction of the cost."""
    return [" ".join(line.split()) for line in folded_lines(texts).replace("-", " ").split("\n")] if texts else []


def folded_words(text: str) -> list[str]:
    """Folded words of a text in order: those of `tokens`, at a fraction of the cost."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return text.lower().split()
    if text.isalnum() and (alone := _plain_word(text)):
        return [alone]
    return folded_lines([text]).replace("-", " ").split()


def folded_lines(texts: Sequence[str]) -> str:
    """Folded words of some texts, a line a text; in place of a joint stands a hyphen, beside any other word a space."""
    folded = folded_in_place(texts)
    return folded_by_chunk(texts) if folded is None else folded


def folded_in_place(texts: Sequence[str]) -> str | None:
    """As `folded_lines`, in a few passes in C; None for what is not written in Latin letters, as most is.

    Nothing is left out. So where a line is as long as its text, every word stands in it where it stands in the text.
    """
    together = _LINE_END.join([text.replace(_LINE_END, " ") for text in texts])
    if not together.isascii():
        for letter, letters in _TWO_LETTERS:
            together = together.replace(letter, letters)
    try:
        folded = together.encode("latin-1", _TO_LATIN).translate(_FOLDED_BYTES).decode("ascii")
    except UnicodeError:
        return None
    if "'" not in folded:
        return folded
    if "'s's" in folded:  # of these only the first is a possessive
        return None
    return _POSSESSIVE.sub("  ", folded).replace("'", "-")


def folded_by_chunk(texts: Sequence[str]) -> str:
    """As `folded_lines`, for every script."""
    return "\n".join([" ".join(folded_chunks(text.split())) for text in texts])


def folded_chunks(chunks: Sequence[str]) -> list[str]:
    """What each chunk is folded: its word, or its words joined by hyphens, or nothing."""
    known = _folded.recent.get
    return [known(chunk) or _fold_chunk(chunk) for chunk in chunks]


def _fold_chunk(chunk: str) -> str:
    known = _folded.get(chunk)
    if known is None:
        known = _plain_word(chunk) or "-".join([place[0] for place in places_of(chunk)])
        if len(chunk) <= _LONGEST_REMEMBERED:
            _folded.put(chunk, known)
    return known


def _plain_word(chunk: str) -> str:
    """The folded word of a chunk that is one word with punctuation around it; empty where that takes a closer look."""
    bare = chunk.strip(_AROUND_WORDS)
    if bare.isalnum():
        if chunk.isascii():
            return bare.lower()
        if _SIMPLE_WORD.fullmatch(bare):
            return bare.translate(_SIMPLE_LETTERS)
    return ""


def tokens(text: str) -> list[Token]:
    """Folded words of a text in order, with offsets into the text as given.

    A possessive 's is no word. Han, kana, Thai, Lao, Khmer and Burmese give a word a character.
    """
    found: list[Token] = []
    chunks = text.split()
    position = 0
    for chunk, known in zip(chunks, map(_chunks.recent.get, chunks), strict=True):
        position = text.index(chunk, position)
        for word, start, end in places_of(chunk) if known is None else known:
            found.append(Token(word, position + start, position + end))
        position += len(chunk)
    return found


def words_of(chunk: str) -> tuple[Token, ...]:
    """The folded words of a chunk (text without white space), with offsets into the chunk."""
    return tuple([Token(*place) for place in places_of(chunk)])


def places_of(chunk: str) -> tuple[tuple[str, int, int], ...]:
    """As `words_of`, in plain tuples."""
    known = _chunks.get(chunk)
    if known is None:
        # Plain tuples, because the garbage collector does not visit those again and again.
        known = tuple([(token.word, token.start, token.end) for token in _cut(chunk)])
        if len(chunk) <= _LONGEST_REMEMBERED:
            _chunks.put(chunk, known)
    return known


def fold_word(word: str) -> str:
    """One word folded: case, width, ligatures, and the marks that readers leave out.

    Marks go in Latin, Greek, Cyrillic, Arabic and Hebrew; elsewhere (Indic vowels, Thai tones, kana voicing) they are
    part of the letter and stay.
    """
    if word.isascii():
        return word.lower()
    return word.translate(_SIMPLE_LETTERS) if _SIMPLE_WORD.fullmatch(word) else _fold_closely(word)


def _fold_closely(word: str) -> str:
    letters: list[str] = []
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    strips_marks = _strips_marks(decomposed[:1])
    for character in decomposed:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            if not strips_marks:
                letters.append(character)
        elif category == "Nd":
            letters.append(str(unicodedata.digit(character)))
            strips_marks = True
        elif category != "Cf" and character != _TATWEEL:
            letters.append(_LETTERS.get(character, character))
            strips_marks = _strips_marks(character)
    folded = unicodedata.normalize("NFC", "".join(letters))
    # The Thai and Lao vowel am is one character to its readers; NFC does not put it together again.
    return folded.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


def exact_form(word: str) -> str:
    """A word with case and marks kept, but without what cannot be seen: encoding, width, soft hyphens, zero width."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", word))


def is_unspaced(word: str) -> bool:
    """Whether a folded word is one character of a script that is written without spaces between words."""
    return _UNSPACED.match(word) is not None


_LONGEST_REMEMBERED: Final = 64
_MOST_REMEMBERED: Final = 200_000
_chunks: Final[Memory[str, tuple[tuple[str, int, int], ...]]] = Memory(_MOST_REMEMBERED)
_folded: Final[Memory[str, str]] = Memory(_MOST_REMEMBERED)

_AROUND_WORDS: Final = ".,;:!?()[]\"'-“”„«»‘’–—…"
_TATWEEL: Final = "\u0640"
_LETTERS: Final = {
    **{"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th"},
    **dict.fromkeys("ٱٲٳٵ", "ا"),
    **dict.fromkeys("ىیې", "ي"),
    **dict.fromkeys("ةہھە", "ه"),
    "ک": "ك",
}
"""What is a letter of its own to Unicode and a variant to readers; the Persian and Urdu forms beside the Arabic."""


_MAY_CLING: Final = (*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10000))
"""The Basic Multilingual Plane but for Han, Hangul and private use: looking at all of it takes four times as long."""


def _code_points(*categories: str) -> str:
    """The characters among those in these categories, as the inside of a character class."""
    members = [code for code in _MAY_CLING if unicodedata.category(chr(code)) in categories]
    ranges: list[list[int]] = []
    for code in members:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


_FORMAT_CHARACTERS: Final = _code_points("Cf")
_ATTACHED: Final = _code_points("Mn", "Mc", "Me") + _FORMAT_CHARACTERS
_INVISIBLE: Final = re.compile(f"[{_FORMAT_CHARACTERS}\ufe00-\ufe0f\u034f{_TATWEEL}]+")
_RUN: Final = re.compile(rf"(?:(?![{APOSTROPHES}])[^\W_])(?:(?![{APOSTROPHES}])[^\W_]|[{_ATTACHED}])*")
"""Letters and digits with what clings to them. Modifier letters that stand for an apostrophe separate like one."""

_UNSPACED_CLASS: Final = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\u0e01-\u0e4f\u0e80-\u0ecf\u0edc-\u0edf\u1780-\u17df"
    "\u1000-\u103f\u104c-\u108f\u109a-\u109f\ua9e0-\ua9ef\uaa60-\uaa7f"
)
"""Han, kana, Thai and Lao, Khmer, Burmese; not their digits, which form numbers as everywhere."""
_UNSPACED: Final = re.compile(f"[{_UNSPACED_CLASS}]")
_UNSPACED_OR_REST: Final = re.compile(
    rf"(?=\w)[{_UNSPACED_CLASS}][{_ATTACHED}\uff9e\uff9f]*|(?:[^{_UNSPACED_CLASS}]|[{_ATTACHED}])+"
)
_FOLDED_WORD: Final = re.compile(rf"[^\W_](?:[^\W_]|[{_ATTACHED}])*")


_LINE_END: Final = "\0"
_TO_LATIN: Final = "wirewatch.folding"
_POSSESSIVE: Final = re.compile("'s(?<=[a-z0-9]'s)(?![a-z0-9])")
"""Begins with what it looks for, which lets it be found fast."""


def _strips_marks(letter: str) -> bool:
    code = ord(letter or "\0")
    return code < 0x0900 or 0x1D00 <= code < 0x2000 or 0x2C60 <= code < 0x2C80 or 0xA720 <= code < 0xA800


def _simple_letters() -> dict[int, str]:
    """Letters that fold alike wherever they stand: those of Latin, Greek and Cyrillic, without single marks."""
    codes = [*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000)]
    letters = {
        code: _fold_closely(chr(code)) for code in codes if unicodedata.category(chr(code)) in ("Lu", "Ll", "Lt")
    }
    return {code: folded for code, folded in letters.items() if folded.isalpha()}


_SIMPLE_LETTERS: Final = _simple_letters()
_SIMPLE_WORD: Final = re.compile(f"[0-9a-z{''.join(map(chr, _SIMPLE_LETTERS))}]+")


def _separators() -> dict[int, str]:
    """What parts words, as it is written in ASCII."""
    codes = [code for code in range(0x80, 0x3000) if unicodedata.category(chr(code))[0] in "PSZ"]
    parted = dict.fromkeys(codes, " ")
    joints = {ord(joint): "-" for joint in JOINTS} | {ord(apostrophe): "'" for apostrophe in APOSTROPHES}
    return parted | joints


_IN_ASCII: Final = _SIMPLE_LETTERS | _separators()
_TWO_LETTERS: Final = tuple(
    (chr(code), letters) for code, letters in _IN_ASCII.items() if code < 0x100 and len(letters) > 1
)
"""The few letters of Latin-1 that a table of bytes cannot fold."""
_FOLDED_BYTES: Final = bytes(
    ord(
        {_LINE_END: "\n", "'": "'", "`": "'", "-": "-"}.get(
            chr(code), chr(code).lower() if chr(code).isalnum() else " "
        )
    )
    if code < 0x80
    else ord(_IN_ASCII.get(code, "\xff")[0])
    for code in range(256)
)
"""By Latin-1; what cannot be folded so is left beyond ASCII."""
_in_latin: Final[dict[str, str]] = {}


def _to_latin(error: UnicodeError) -> tuple[str, int]:
    """For `str.encode`: what is not in Latin-1, folded; where that is not enough, the error stands."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    folded = _in_latin.get(run)
    if folded is None:
        folded = run.translate(_IN_ASCII)
        if len(run) == 1:
            _in_latin[run] = folded
    return folded, error.end


codecs.register_error(_TO_LATIN, _to_latin)


def _cut(chunk: str) -> tuple[Token, ...]:
    if plain := _plain_word(chunk):
        bare = chunk.strip(_AROUND_WORDS)
        start = chunk.index(bare)
        return (Token(plain, start, start + len(bare)),)
    found: list[Token] = []
    for run in _RUN.finditer(chunk):
        if _is_possessive(chunk, run, found):
            continue
        if run.group().isascii():
            found.append(Token(run.group().lower(), run.start(), run.end()))
            continue
        for piece in _UNSPACED_OR_REST.finditer(run.group()):
            start = run.start() + piece.start()
            end = start + len(_trim(piece.group()))
            folded = fold_word(piece.group())
            # A ligature such as ½ or ﷺ folds into several words that stand at one place.
            words = [folded] if is_unspaced(folded) else _FOLDED_WORD.findall(folded)
            found.extend(Token(word, start, end) for word in words)
    return tuple(found)


def _trim(piece: str) -> str:
    """Without the invisible characters at its end, which no highlight should take in."""
    while len(piece) > 1 and _INVISIBLE.fullmatch(piece[-1]):
        piece = piece[:-1]
    return piece


def _is_possessive(chunk: str, run: re.Match[str], before: list[Token]) -> bool:
    """Whether a run is the 's of the word directly before it."""
    start = run.start()
    return (
        run.group() in ("s", "S", "ｓ")
        and start >= 2
        and chunk[start - 1] in APOSTROPHES
        and bool(before)
        and before[-1].end == start - 1
    )
