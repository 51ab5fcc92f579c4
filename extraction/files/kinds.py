"""Which format a file is in: by its content first, by its name where content cannot tell."""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

from extraction.sniffing import looks_binary
from wirewatch.media_types import BY_SUFFIX, suffix_of

BEGINNING = 65_536
"""Bytes that the formats are told apart by."""


class Format(StrEnum):
    """The formats that can be read. From `MESSAGE` on they are archives: they hold any number of articles."""

    TEXT = "text"
    MARKDOWN = "markdown"
    PAGE = "page"
    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    EPUB = "epub"
    RTF = "rtf"
    ROW = "row"
    """One line of a table, as text or as a fragment of HTML."""
    MESSAGE = "message"
    MHTML = "mhtml"
    MBOX = "mbox"
    JSONL = "jsonl"
    CSV = "csv"
    WARC = "warc"
    ZIP = "zip"
    GZIP = "gzip"


BY_MEDIA_TYPE = {
    "text/plain": Format.TEXT,
    "text/markdown": Format.MARKDOWN,
    "text/html": Format.PAGE,
    "application/xhtml+xml": Format.PAGE,
    "application/pdf": Format.PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Format.DOCX,
    "application/vnd.oasis.opendocument.text": Format.ODT,
    "application/epub+zip": Format.EPUB,
    "application/rtf": Format.RTF,
    "message/rfc822": Format.MESSAGE,
    "text/x-row": Format.ROW,
    "multipart/related": Format.MHTML,
    "application/mbox": Format.MBOX,
    "application/jsonl": Format.JSONL,
    "text/csv": Format.CSV,
    "application/warc": Format.WARC,
    "application/zip": Format.ZIP,
    "application/gzip": Format.GZIP,
}
ROW_TYPE = "text/x-row"
"""The media type of an item that is one line of a table."""
MESSAGE_TYPE = "message/rfc822"

BINARY = frozenset({Format.PDF, Format.DOCX, Format.ODT, Format.EPUB, Format.ZIP})
ARCHIVES = frozenset({Format.MHTML, Format.MBOX, Format.JSONL, Format.CSV, Format.WARC, Format.ZIP, Format.GZIP})

HEADERS = re.compile(rb"\A(?:>?From [^\n]*\n)?(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]*\r?\n(?:[ \t][^\n]*\n)*)+\r?\n")
OF_MAIL = re.compile(rb"^(?:Message-ID|MIME-Version|Received|Return-Path|Delivered-To|X-Mailer):", re.I | re.M)
RELATED = re.compile(rb"^Content-Type:\s*multipart/related", re.I | re.M)
SNAPSHOT = re.compile(rb"^(?:Snapshot-Content-Location|X-MimeOLE|Content-Location):|Saved by ", re.I | re.M)
MBOX_LINE = re.compile(rb"\A(?:\xef\xbb\xbf)?From [^\n]{3,300}\r?\n[A-Za-z][A-Za-z0-9-]*:")
OBJECT_LINE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\{[^\n]*\}[ \t]*\r?\n\s*\{")
PDF_WITHIN = 1024
"""Readers accept a PDF that begins within so many bytes; but so do archives that hold one."""
EPUB_MARK, ODT_MARK = b"mimetypeapplication/epub+zip", b"mimetypeapplication/vnd.oasis.opendocument.text"
DOCX_MARK = b"word/"


def format_of(beginning: bytes, name: str, media_type: str = "") -> Format | None:
    """The format of a file that begins so; None for what holds no text that could be read.

    Text that is nothing else is plain text, but only under a name that text files have, where there is a name.
    """
    if found := _by_content(beginning):
        return found
    declared = BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())
    if declared in (Format.ROW, Format.MESSAGE):
        return declared
    suffix = suffix_of(name)
    named = BY_MEDIA_TYPE[BY_SUFFIX[suffix]] if suffix in BY_SUFFIX else None
    if b"%PDF-" in beginning[:PDF_WITHIN] and (named is Format.PDF or declared is Format.PDF):
        return Format.PDF
    if looks_binary(beginning):
        return named if named in BINARY else None  # a damaged file is still what its name says, and its error names it
    if named in (Format.MESSAGE, Format.MHTML) and HEADERS.match(beginning + b"\n\n"):
        return named
    if named in (Format.TEXT, Format.MARKDOWN, Format.PAGE, Format.JSONL, Format.CSV):
        return named
    return Format.TEXT if named is not None or (declared is Format.TEXT and not suffix) else None


def _by_content(beginning: bytes) -> Format | None:
    if beginning.startswith(b"%PDF-"):
        return Format.PDF
    if beginning.startswith(b"{\\rtf"):
        return Format.RTF
    if beginning.startswith(b"PK\x03\x04"):
        return _of_zip(beginning)
    if beginning.startswith(b"PK\x05\x06"):
        return Format.ZIP
    if beginning.startswith(b"WARC/"):
        return Format.WARC
    if beginning.startswith(b"\x1f\x8b"):
        return Format.WARC if gunzipped(beginning).startswith(b"WARC/") else Format.GZIP
    if MBOX_LINE.match(beginning):
        return Format.MBOX
    if OBJECT_LINE.match(beginning):
        return Format.JSONL
    if headers := HEADERS.match(beginning):
        if RELATED.search(headers[0]) and SNAPSHOT.search(beginning):
            return Format.MHTML
        return Format.MESSAGE if OF_MAIL.search(headers[0]) else None
    return None


def _of_zip(beginning: bytes) -> Format:
    head = beginning[:200]
    if EPUB_MARK in head:
        return Format.EPUB
    if ODT_MARK in head:
        return Format.ODT
    return Format.DOCX if b"[Content_Types].xml" in beginning and DOCX_MARK in beginning else Format.ZIP


def gunzipped(beginning: bytes, most: int = 4096) -> bytes:
    """The first bytes of what a gzip file holds; nothing where it is damaged."""
    try:
        return zlib.decompressobj(wbits=31).decompress(beginning, most)
    except zlib.error:
        return b""
