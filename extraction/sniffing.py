"""What bytes are, by their content first and their declared type second."""

from __future__ import annotations

import re
from enum import StrEnum

from wirewatch.errors import ExtractionError

MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an office document (docx, odt, epub)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (doc, xls, ppt)"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"RIFF", "a recording or image (RIFF)"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
)
MP4_BRAND = b"ftyp"

HTML_START = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
HTML_TAG = re.compile(
    rb"<(?:html|head|body|article|section|main|header|div|p|h[1-6]|br|table|ul|ol|span|a)\b[^<>]*>", re.I
)


class Kind(StrEnum):
    """The forms of text extraction can read."""

    PAGE = "page"
    TEXT = "text"


def refuse_binary(raw: bytes) -> None:
    """Raise ExtractionError, naming what it looks like, for bytes that hold no text, and for none at all."""
    if not raw.strip(b" \t\r\n\v\f\x00\xef\xbb\xbf\xff\xfe"):
        raise ExtractionError("there is no text in it: it is empty, or was not completely written")
    looks_like = next((name for magic, name in MAGIC if raw.startswith(magic)), None)
    if looks_like is None and raw[4:8] == MP4_BRAND:
        looks_like = "a video (MP4)"
    if looks_like:
        raise ExtractionError(
            f"this looks like {looks_like}, whatever its name says: convert it to .txt or .html first"
        )


def kind_of(raw: bytes, media_type: str) -> Kind:
    """Page or plain text: a document that begins like HTML is HTML; else the media type decides, if there are tags."""
    beginning = raw[:4096].replace(b"\0", b"")
    if HTML_START.search(beginning):
        return Kind.PAGE
    declared_html = "html" in media_type.lower() or "xml" in media_type.lower()
    return Kind.PAGE if declared_html and HTML_TAG.search(raw.replace(b"\0", b"")) else Kind.TEXT


def looks_binary(beginning: bytes) -> bool:
    """Whether a file that begins so is no text at all."""
    if any(beginning.startswith(magic) for magic, _ in MAGIC) or beginning[4:8] == MP4_BRAND:
        return True
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):  # UTF-16 and UTF-32 say what they are
        return False
    return beginning.count(b"\0") > len(beginning) / 2
