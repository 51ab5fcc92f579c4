"""The HTML fragment that a feed carries for an item, as blocks."""

from __future__ import annotations

import re
from html import unescape

from extraction.cleaning import clean, raw_lines
from extraction.markup import parse_page, seen_lines, stripped_lines
from wirewatch.model import Block, Zone

_ATTRIBUTES = r"(?:\s+[\w-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>"
LINE_TAG = re.compile(rf"</?(?:p|br|div|ul|ol|li|blockquote){_ATTRIBUTES}")
INLINE_TAG = re.compile(rf"</?(?:a|b|i|em|strong|span|img|small|u){_ATTRIBUTES}")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def fragment_blocks(fragment: str) -> list[Block]:
    """What a reader of the feed would see: subheads, captions and body paragraphs; empty where that is nothing."""
    if "<" not in fragment and "&" not in fragment:
        return [Block(text, Zone.BODY) for line in raw_lines(fragment) if (text := clean(line))]
    bare = INLINE_TAG.sub("", LINE_TAG.sub("\n", fragment.replace("\n", " ")))
    if "<" in bare or ">" in bare:
        return parsed_blocks(fragment)
    return [Block(text, Zone.BODY) for line in bare.split("\n") if (text := clean(unescape(line)))]


def parsed_blocks(fragment: str) -> list[Block]:
    """The same of any HTML, at twice the cost and more."""
    tree = parse_page(f"<div>{fragment}</div>")
    if tree is None:
        return [Block(line, Zone.BODY) for line in stripped_lines(fragment)]
    blocks = []
    for line in seen_lines(tree):
        tags = {line.element.tag, *(element.tag for element in line.element.iterancestors())}
        zone = Zone.CAPTION if "figcaption" in tags else Zone.SUBHEAD if tags & HEADINGS else Zone.BODY
        blocks.append(Block(line.text, zone))
    return blocks
