"""What may leave: text without characters that hide, reorder or command; addresses that are safe to follow."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit, urlunsplit

LONGEST_ADDRESS = 2000

_IGNORABLE = re.compile(
    # Unicode's Default_Ignorable_Code_Point, beside the categories that `_leaves` takes out.
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})


def clean_character(character: str) -> str:
    """The character as it may leave: itself, a plain space, or nothing."""
    if character.isspace():
        return " "
    if unicodedata.category(character) in _HIDDEN_CATEGORIES or _IGNORABLE.match(character):
        return ""
    return character


def may_leave(text: str) -> bool:
    """Whether every character of the text may leave as it is; False also of some few that may."""
    return text.isprintable() and (text.isascii() or not _IGNORABLE.search(text))


def clean_text(text: str) -> str:
    """One line of text without control, bidi and zero-width characters; white space is single spaces."""
    if not may_leave(text):
        text = "".join(map(clean_character, text))
    return " ".join(text.split())


def shorten(text: str, limit: int) -> str:
    """The text, cut at a word's end with an ellipsis where it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    space = kept.rfind(" ")
    return (kept[:space] if space > limit // 2 else kept).rstrip(" ,;:–—-") + "…"


def safe_link(url: str) -> str | None:
    """The address, if it is one that readers may follow: http or https, with a host, in plain ASCII."""
    cleaned = clean_text(url).replace(" ", "%20")
    try:
        parts = urlsplit(cleaned)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._-]+", host):
        return None
    # User and password are dropped: they serve to make an address look like another's.
    path = quote(parts.path, safe="/%:!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:?!$&'()*+,;=~-._")
    link = urlunsplit((parts.scheme, host + port, path or "/", query, ""))
    return link if len(link) <= LONGEST_ADDRESS else None


def place_of(url: str) -> str:
    """How an address that is no link is shown: a file's path, or the address as text."""
    parts = url.removeprefix("file://") if url.startswith("file://") else url
    return shorten(clean_text(unquote(parts) if url.startswith("file:") else parts), 300)
