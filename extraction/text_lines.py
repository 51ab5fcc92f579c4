"""A plain text as lines: cleaned, with hard line breaks joined back into paragraphs."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from extraction.cleaning import clean, raw_lines
from wirewatch.folding import is_unspaced

WRAP_WIDTHS = range(40, 121)
"""Widths at which mailers, editors and wire services break lines."""

FEWEST_WRAPPED = 3
WRAPPED_SHARE = 0.8

HEADING_MARK = re.compile(r"^#{1,6}\s+(?=\S)|^={2,6}\s+(?=\S.*={2,6}$)")
UNDERLINE = re.compile(r"^(?:={3,}|-{3,}|~{3,})$")
LIST_MARK = re.compile(r"^(?:[*+•▪●◦‣·-]|\(?\d{1,2}[.)]|>)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a line that stands alone. `gap` counts the blank lines before it."""

    text: str
    gap: int = 0
    heading: bool = False
    listed: bool = False


def read_lines(text: str) -> list[Line]:
    """The lines of a text that hold any words or signs, wrapped paragraphs joined, heading marks taken off."""
    groups = _groups(raw_lines(text))
    width = _wrap_width(groups)
    lines: list[Line] = []
    for gap, group in groups:
        for number, paragraph in enumerate(_unwrap(group, width) if width else group):
            lines.append(_line(paragraph, gap if number == 0 else 0))
    return _with_underlined_headings(lines)


def _groups(raw: list[str]) -> list[tuple[int, list[str]]]:
    """Lines between blank lines, each group with the number of blank lines before it; indentation is kept."""
    groups: list[tuple[int, list[str]]] = []
    gap = 0
    for line in raw:
        cleaned = clean(line)
        if not cleaned:
            gap += 1
            continue
        if gap or not groups:
            groups.append((gap, []))
        indent = " " * (len(line) - len(line.lstrip(" \t")))
        groups[-1][1].append(indent + cleaned)
        gap = 0
    return groups


def _wrap_width(groups: list[tuple[int, list[str]]]) -> int | None:
    """The column at which this text's lines were broken, or None for a text with a line a paragraph.

    A wrapped line is one to which the next line's first word could not have been added.
    """
    long_groups = [group for _, group in groups if len(group) >= 3]
    lengths = sorted(len(line.strip()) for group in long_groups for line in group)
    if not lengths:
        return None
    width = lengths[int(len(lengths) * 0.98)]
    if width not in WRAP_WIDTHS:
        return None
    pairs = [(line, after) for group in long_groups for line, after in itertools.pairwise(group)]
    full = sum(_is_full(line, after, width) for line, after in pairs)
    return width if full >= FEWEST_WRAPPED and full >= WRAPPED_SHARE * len(pairs) else None


def _is_full(line: str, after: str, width: int) -> bool:
    following = after.strip()
    first = 1 if is_unspaced(following) else len(following.split(" ", 1)[0])
    return len(line.strip()) + 1 + first > width - 2


def _unwrap(group: list[str], width: int) -> list[str]:
    paragraphs = [group[0]]
    last = group[0]
    for line in group[1:]:
        begins = LIST_MARK.match(line.strip()) or _indent(line) >= _indent(last) + 2 or UNDERLINE.match(line)
        if begins or not _is_full(last, line, width):
            paragraphs.append(line)
        else:
            paragraphs[-1] += _joint(paragraphs[-1], line.strip()) + line.strip()
        last = line
    return paragraphs


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joint(before: str, after: str) -> str:
    """Nothing where a hyphenated word or an unspaced script was broken, else a space."""
    hyphenated = before.endswith("-") and before[-2:-1].isalpha() and after[:1].isalpha()
    return "" if hyphenated or (is_unspaced(before[-1:]) and is_unspaced(after)) else " "


def _line(raw: str, gap: int) -> Line:
    text = raw.strip()
    if mark := HEADING_MARK.match(text):
        return Line(text[mark.end() :].rstrip("#= ") or text, gap, heading=True)
    return Line(text, gap, listed=bool(LIST_MARK.match(text)))


def _with_underlined_headings(lines: list[Line]) -> list[Line]:
    """A short line over a rule of `===` or `---` is a heading; the rule itself is no text."""
    kept: list[Line] = []
    for line in lines:
        if not UNDERLINE.match(line.text):
            kept.append(line)
        elif kept and not line.gap and len(kept[-1].text) <= 150:
            kept[-1] = Line(kept[-1].text, kept[-1].gap, heading=True)
    return kept
