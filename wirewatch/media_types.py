"""What the suffix of a file's name says of its content, and which files hold many articles."""

from __future__ import annotations

from pathlib import PurePosixPath

BY_SUFFIX = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".asc": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".eml": "message/rfc822",
    ".mht": "multipart/related",
    ".mhtml": "multipart/related",
    ".mbox": "application/mbox",
    ".mbx": "application/mbox",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".docm": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".rtf": "application/rtf",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".warc": "application/warc",
    ".zip": "application/zip",
    ".gz": "application/gzip",
}
"""The media types of all files that can be read, as extraction knows them."""

ARCHIVES = frozenset(
    {"application/mbox", "application/jsonl", "text/csv", "application/warc", "application/zip", "application/gzip"}
)
"""What holds many articles, may be large, and is read in a stream."""


def suffix_of(name: str) -> str:
    """The last suffix of a name, in small letters."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def media_type_of(name: str) -> str | None:
    """The media type of a file of this name; None where it is of no kind that can be read."""
    return BY_SUFFIX.get(suffix_of(name))
