"""What a feed says, whatever its format: the common ground of the feed parsers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

BLOCK_TAG = re.compile(
    r"</?(?:address|article|blockquote|br|d[dlt]|div|fig(?:ure|caption)|h[1-6]|hr|li|ol|p|pre|section|"
    r"table|t[dhr]|ul)\b[^<>]*>",
    re.IGNORECASE,
)
UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
EMAIL = re.compile(r"[(<]?(?:mailto:)?[^\s()<>]+@[^\s()<>]+[)>]?")
ITEM_BEGIN = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
MOST_CATEGORIES = 50
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed. `link` may be relative; `summary` and `content` are HTML fragments."""

    link: str | None = None
    guid: str | None = None
    title: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    summary: str = ""
    content: str = ""
    language: str | None = None
    categories: tuple[str, ...] = ()
    enclosure: str | None = None
    """The address of the recording that it comes with, where it has no link; may be relative."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """`kind` is its format in words, e.g. "RSS 2.0"."""

    kind: str
    title: str | None
    items: tuple[FeedItem, ...]
    language: str | None = None


def plain_text(fragment: str) -> str:
    """The text of an HTML fragment on one line."""
    if "<" in fragment:
        fragment = TAG.sub("", BLOCK_TAG.sub(" ", UNSEEN.sub(" ", fragment)))
    if "&" in fragment:
        fragment = html.unescape(fragment)
    return " ".join(fragment.split())


def as_fragment(text: str) -> str:
    """Plain text as an HTML fragment, a blank line being the end of a paragraph."""
    paragraphs = (html.escape(part, quote=False).strip() for part in re.split(r"\n\s*\n", text))
    return "\n".join(f"<p>{part}</p>" for part in paragraphs if part)


def author_name(author: str) -> str | None:
    """The name in `desk@news.example (Desk)` or `Desk <desk@news.example>`; the address where there is nothing else."""
    author = " ".join(author.split())
    if "@" not in author:
        return author or None
    name = EMAIL.sub("", author).strip(" ()<>,;:-")
    return name or author


def join_names(names: list[str]) -> str | None:
    """Each name once, in order."""
    kept = dict.fromkeys(" ".join(name.split()) for name in names if name and name.strip())
    return ", ".join(kept) or None


def one_of_each(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, on one line, without empty ones, in order; as many as say something of an article."""
    return tuple(dict.fromkeys(filter(None, (" ".join(text.split()) for text in texts))))[:MOST_CATEGORIES]


def begun_items(body: bytes) -> int:
    """How many items begin in an XML feed (or in examples in its text)."""
    return sum(1 for _ in ITEM_BEGIN.finditer(body))
