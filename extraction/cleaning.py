"""What is taken out of text before it becomes blocks; spans count the characters that are left."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]+"
)
"""Control, bidi and zero-width characters, lone surrogates, noncharacters; not the visible marks of category Cf."""

LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")


def clean(text: str) -> str:
    """One line: NFC, no invisible characters, each run of white space (no-break ones too) a single space."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def raw_lines(text: str) -> list[str]:
    """The lines of a text as they stand, whatever ends them."""
    return LINE_END.split(text)


def words_of(text: str) -> list[str]:
    """Runs of word characters, for counting and comparing."""
    return WORD.findall(text)


WORD = re.compile(r"\w+(?:['’\-]\w+)*")
