"""Bytes to text: which encoding a file or page is really in."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from wirewatch.errors import ExtractionError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

LEGACY_ENCODINGS = [
    *("cp1252", "cp1251", "cp1250", "iso8859_2", "cp1254", "cp1253", "cp1255", "cp1256", "koi8_r"),
    *("gb18030", "big5", "cp932", "euc_jp", "euc_kr"),
]
"""What news texts that are not Unicode are written in; a longer list only makes the guesses worse."""

PUNCTUATION_ONLY = re.compile(rb"[\x00-\x7f\x82\x84\x85\x91-\x97\xa0\xa3\xa9\xab\xad\xae\xb0\xb7\xbb]*")
"""Bytes that are quotes, dashes, spaces or signs in (nearly) every Windows code page."""

SAMPLE_BYTES = 100_000
"""How much of a text the guess looks at."""

BAD_BYTES_ALLOWED = 0.002
"""A UTF-8 text with fewer damaged places than this share of its bytes is still taken for UTF-8."""

STRAY_NULS_ALLOWED = 0.001
FEW_NULS = 3
MOSTLY_ASCII = 0.85
"""Share of ASCII bytes from which damaged text is still worth reading: its other characters may come out wrong."""


def decode(raw: bytes, *, declared: str | None = None) -> str:
    """The text of these bytes: byte order mark, UTF-8, `declared` (the page's or server's word), then a guess.

    Raises ExtractionError where no encoding gives readable text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    if b"\0" in raw:
        return _decode_with_nuls(raw, declared)
    if (text := _decode_utf8(raw)) is not None:
        return text
    if declared and (text := _decode_declared(raw, declared)) is not None:
        return text
    return _decode_legacy(raw)


def _decode_utf8(raw: bytes) -> str | None:
    """Strictly, but for a character cut off at the end of a half file and for rare damaged bytes."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start >= len(raw) - 3 and problem.start > 0 and not raw[: problem.start].isascii():
            return raw[: problem.start].decode("utf-8")
    if not re.search(rb"[\xc2-\xf4][\x80-\xbf]", raw):
        return None
    text = raw.decode("utf-8", "replace")
    good = sum(1 for character in text if character > "\x7f" and character != "\ufffd")
    damaged = text.count("\ufffd")
    return text if damaged <= len(raw) * BAD_BYTES_ALLOWED and good > 4 * damaged else None


def _decode_with_nuls(raw: bytes, declared: str | None) -> str:
    """Only UTF-16 and UTF-32 rightly hold NUL bytes; a few may be stray."""
    if (text := _decode_wide(raw)) is not None:
        return text
    if raw.count(b"\0") <= max(FEW_NULS, len(raw) * STRAY_NULS_ALLOWED):
        return decode(raw.replace(b"\0", b""), declared=declared)
    raise ExtractionError("this is binary data (it holds NUL bytes), not text: convert it to .txt or .html first")


def _decode_wide(raw: bytes) -> str | None:
    """UTF-32 or UTF-16 without a byte order mark, in the byte order whose text keeps to fewer scripts."""
    readings = []
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        width = 4 if "32" in encoding else 2
        try:
            text = raw[: len(raw) - len(raw) % width].decode(encoding)
        except UnicodeDecodeError:
            continue
        if _reads_as_text(text):
            readings.append(text)
    return min(readings, key=lambda text: len({ord(character) >> 8 for character in text[:SAMPLE_BYTES]}), default=None)


def _reads_as_text(text: str) -> bool:
    """Whether a guess gave text: spaces and line ends of the ASCII kind, no controls, few scripts mixed."""
    if not text or any(character < "\t" or "\x0e" <= character < " " for character in text):
        return False
    plain = sum(1 for character in text if character in " \n\r\t.,:;-" or character in "。、，")
    return plain >= len(text) / 50 or (len(text) < 50 and text.isprintable())


def _decode_declared(raw: bytes, declared: str) -> str | None:
    name = declared.strip().lower()
    if name in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"):
        name = "cp1252"  # what browsers read under these names (WHATWG Encoding Standard)
    try:
        codec = codecs.lookup(name).name
        return None if codec in ("utf-8", "utf-16", "utf-32") else raw.decode(codec)
    except (LookupError, UnicodeError, AssertionError):  # AssertionError: `idna` and other codecs that are no charsets
        return None


def _decode_legacy(raw: bytes) -> str:
    if PUNCTUATION_ONLY.fullmatch(raw):
        return raw.decode("cp1252", "replace")
    matches = list(from_bytes(raw[:SAMPLE_BYTES], cp_isolation=LEGACY_ENCODINGS))
    if not matches:
        if (text := _decode_wide(raw)) is not None:
            return text
        if sum(byte < 0x80 for byte in raw[:SAMPLE_BYTES]) >= MOSTLY_ASCII * len(raw[:SAMPLE_BYTES]):
            return raw.decode("cp1252", "replace")
        raise ExtractionError("the text is in no encoding that can be recognised: save it as UTF-8")
    clean = [match for match in matches if match.chaos <= matches[0].chaos + 0.005]
    # The guess cannot tell CP1250 from CP1252 where only their common letters occur; CP1252 is the usual one.
    best = max(clean, key=lambda match: (round(match.coherence, 2), match.encoding == "cp1252"))
    return raw.decode(best.encoding, "replace")
