"""The date that a page shows beside its headline, where it marks up none.

Only a whole date counts (day, month, year), in a short line near the headline: never one of the prose, of a copyright
line, of a side box or of a link to another article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from lxml.html import HtmlElement

from extraction.drafts import folded
from extraction.markup import OUTSIDE, SeenLine, SeenPage

YEAR = r"(?:19|20)\d\d"
NUMERIC = re.compile(
    rf"(?<!\d)(?:({YEAR})\s?[-./年년]\s?(\d{{1,2}})\s?[-./月월]\s?(\d{{1,2}})|(\d{{1,2}})([./])\s?(\d{{1,2}})\5\s?({YEAR}|\d\d))(?![\d])"
)
WORDED = re.compile(
    rf"(?<!\d)(\d{{1,2}}\S{{0,2}}\s+(?:de\s+|of\s+)?[^\W\d]{{3,12}}\.?,?\s+(?:de\s+)?{YEAR}|[^\W\d]{{3,12}}\.?\s+\d{{1,2}}\S{{0,2}},?\s+{YEAR})(?!\d)"
)
TIME = re.compile(r"^\W{0,4}(?:\w{1,3}\W{1,2})?(\d{1,2})[:.](\d\d)(?!\d)")
COPYRIGHT = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
LONGEST_LINE = 15
"""Words of a line that may be the article's dateline."""
ABOVE, BELOW = 4, 10
"""Lines before and after the headline in which its date is looked for."""
LONGEST_HEADLINE = 40


def shown_date(page: SeenPage, language: str | None) -> datetime | None:
    """The day beside the page's headline, with its time where that follows; midnight UTC without."""
    lines = page.lines
    at = _headline_at(page.tree, lines)
    if at is None:
        return None
    near = [*lines[at : at + BELOW + 1], *reversed(lines[max(0, at - ABOVE) : at])]
    return next((moment for line in near if (moment := _date_of(line, language))), None)


def _headline_at(tree: HtmlElement, lines: Sequence[SeenLine]) -> int | None:
    """The h1's line; without one, that of the title element's words."""
    headings = [number for number, line in enumerate(lines) if _within(line.element, {"h1"})]
    if headings:
        return headings[-1] if len(headings) == 1 else headings[0]
    title = f" {folded(next((element.text_content() for element in tree.iter('title')), ''))} "
    for number, line in enumerate(lines):
        if len(line.text) > LONGEST_LINE and len(line.text.split()) <= LONGEST_HEADLINE:
            words = folded(line.text)
            if f" {words} " in title:
                return number
    return None


def _within(element: HtmlElement, tags: set[str] | frozenset[str]) -> bool:
    return any(ancestor.tag in tags for ancestor in (element, *element.iterancestors()))


def _date_of(line: SeenLine, language: str | None) -> datetime | None:
    if len(line.text.split()) > LONGEST_LINE or not any(map(str.isdigit, line.text)) or COPYRIGHT.search(line.text):
        return None
    if _within(line.element, OUTSIDE | {"a"}):
        return None
    return _numeric(line.text, language) or _worded(line.text, language)


def _numeric(text: str, language: str | None) -> datetime | None:
    """Year first, or day first; 04/05/2025 is the fifth of April only in American English, and in English unknown."""
    match = NUMERIC.search(text)
    if match is None:
        return None
    if match[1]:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    else:
        day, month, year = int(match[4]), int(match[6]), int(match[7])
        year += 2000 if year < 100 else 0
        if match[5] == "/" and (language or "en").startswith("en"):
            if max(day, month) <= 12 and day != month and language != "en-gb":
                return None
            day, month = (month, day) if month > 12 else (day, month)
    return _at(text[match.end() :], year, month, day)


def _worded(text: str, language: str | None) -> datetime | None:
    match = WORDED.search(text)
    if match is None:
        return None
    from dateparser import parse  # reads tables of every language, needed for few pages

    languages = [language.split("-")[0]] if language else ["en"]
    try:
        day = parse(match[1], languages=languages, settings={"REQUIRE_PARTS": ["day", "month", "year"]})
    except (ValueError, RecursionError, OverflowError):  # ValueError: also a language it does not know
        return None
    return _at(text[match.end() :], day.year, day.month, day.day) if day else None


def _at(rest: str, year: int, month: int, day: int) -> datetime | None:
    time = TIME.match(rest)
    hour, minute = (int(time[1]), int(time[2])) if time else (0, 0)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
