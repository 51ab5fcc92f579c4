"""HTML parsed, and all of a page's visible text as lines; nothing here judges what is the article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from lxml import etree, html
from lxml.html import HtmlElement

from extraction.cleaning import clean

UNSEEN = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "head",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "select",
        "textarea",
        "datalist",
        "map",
    )
)
"""Elements whose text readers do not see on the page."""

BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    )
)
"""Elements that begin and end a line."""

OUTSIDE = frozenset({"aside", "nav", "footer", "form", "button"})
"""Elements whose text stands beside the article."""

ALL_ALIKE = etree.ElementDefaultClassLookup(element=HtmlElement)
"""For no element Python is asked for its class, as lxml.html does for forms: that costs a tenth of all extraction."""

UNSEEN_OPENING = re.compile(
    r"<(?:(script|style|noscript|template|svg|head|iframe|select|textarea)(?=[\s>/])|!--)", re.I
)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>|<[!?/][^<>]*>")
META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
XML_ENCODING = re.compile(rb"^\s*<\?xml[^<>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})")


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line of visible text, and the element its first words stand in."""

    text: str
    element: HtmlElement


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A parsed page, where it was found, and what readers see of it."""

    tree: HtmlElement
    url: str
    lines: Sequence[SeenLine]


def declared_charset(raw: bytes, media_type: str) -> str | None:
    """The encoding that the server, else the page itself, says it is in."""
    if match := re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", media_type, re.I):
        return match[1]
    found = META_CHARSET.search(raw[:10_000]) or XML_ENCODING.match(raw[:200])
    return found[1].decode("ascii", "replace") if found else None


def parse_page(text: str) -> HtmlElement | None:
    """The page's tree; None where the parser had to give up before the end (nesting beyond 2,000 elements)."""
    # huge_tree: without it the parser silently drops everything after 255 nested elements.
    parser = html.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(ALL_ALIKE)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    gave_up = any(error.level == etree.ErrorLevels.FATAL for error in parser.error_log)
    return None if gave_up else tree


def drop_unread(tree: HtmlElement) -> None:
    """Take out what no extractor reads, but each copies and searches: styles, and scripts that are no data."""
    etree.strip_elements(tree, "style", "meta", "link", with_tail=False)
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            script.text = None


def seen_lines(tree: HtmlElement) -> list[SeenLine]:
    """The visible text of a tree in its order, one line a paragraph, cell, list item or line break."""
    lines: list[SeenLine] = []
    parts: list[str] = []
    origin: HtmlElement | None = None

    def end_line() -> None:
        nonlocal origin
        if parts and origin is not None and (text := clean("".join(parts))):
            lines.append(SeenLine(text, origin))
        parts.clear()
        origin = None

    for piece, element in _pieces(tree):
        if piece is None:
            end_line()
        elif origin is not None or piece.strip():
            origin = element if origin is None else origin
            parts.append(piece)
    end_line()
    return lines


def _pieces(tree: HtmlElement) -> Iterator[tuple[str | None, HtmlElement]]:
    """Pieces of text in order with the element they stand in; None where a line begins or ends."""
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if not isinstance(element.tag, str):
            continue
        block = element.tag in BLOCKS
        if event == "start":
            if element.tag in UNSEEN:
                walk.skip_subtree()
                continue
            if block:
                yield None, element
            if element.text:
                yield element.text, element
            continue
        if block:
            yield None, element
        parent = element.getparent()
        if element.tail and parent is not None:
            yield element.tail, parent


def stripped_lines(text: str) -> list[str]:
    """The text of HTML that no parser can hold, in time that grows with its length only; tags are simply left out."""
    lines: list[str] = []
    parts: list[str] = []
    for piece in _untagged(_without_unseen(text)):
        if piece is not None:
            parts.append(piece)
        elif parts:
            lines.append(clean(unescape("".join(parts))))
            parts = []
    lines.append(clean(unescape("".join(parts))))
    return [line for line in lines if line]


def _without_unseen(text: str) -> str:
    """The text without scripts, styles and comments; one that is never closed reaches to the end."""
    kept: list[str] = []
    lowered = text.lower() if text.isascii() else re.sub("[A-Z]", lambda match: match[0].lower(), text)
    position = 0
    while match := UNSEEN_OPENING.search(text, position):
        kept.append(text[position : match.start()])
        closing = f"</{match[1].lower()}" if match[1] else "-->"
        end = lowered.find(closing, match.end())
        if end < 0:
            return "".join(kept)
        position = end + len(closing)
    kept.append(text[position:])
    return "".join(kept)


def _untagged(text: str) -> Iterator[str | None]:
    position = 0
    for match in TAG.finditer(text):
        yield text[position : match.start()]
        if (match[2] or "").lower() in BLOCKS:
            yield None
        position = match.end()
    yield text[position:]
