"""When a page says it was published: marked-up dates, the date beside the headline, the day in the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dateutil import parser as date_parser
from lxml.html import HtmlElement

from extraction.json_ld import text_of
from extraction.markup import SeenPage
from extraction.shown_dates import shown_date

PUBLISHED_NAMES = (
    *("articlepublishedtime", "articlepublished", "ogarticlepublishedtime", "ogpublishedtime", "publishedtime"),
    *("datepublished", "parselypubdate", "sailthrudate", "cxenseparserecspublishtime", "publicationdate"),
    *("publishdate", "publishedat", "pubdate", "dcdateissued", "dctermsissued", "dctermscreated", "dcdatecreated"),
    *("dctermsdate", "dcdate", "citationpublicationdate", "date"),
)
"""Names of meta tags that give the date of publication, the clearest first, without their punctuation."""

ADDRESS_DAY = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-])")
"""A day that a path is filed under: `/2025/04/01/headline`."""

OLDEST = datetime(1985, 1, 1, tzinfo=UTC)

ZONE_HOURS = {
    **{"UTC": 0, "GMT": 0, "BST": 1, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3},
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"JST": 9, "KST": 9, "AEST": 10, "AEDT": 11},
}
"""Zone names as news sites mean them."""


def published_at(
    page: SeenPage, meta: dict[str, list[str]], linked: dict[str, Any], language: str | None
) -> datetime | None:
    """The date of JSON-LD, else of meta tags, else of a marked-up `time`, else the one shown beside the headline.

    At last the day in the article's own address. Aware, in the zone that the page gives; UTC where it gives none.
    """
    given = [text_of(linked.get("datePublished")), text_of(linked.get("dateCreated"))]
    given += _tagged(meta)
    given += _marked_times(page.tree)
    stated = next((moment for text in given if text and (moment := parse_moment(text))), None)
    return stated or shown_date(page, language) or _dated_address(page.url)


def _tagged(meta: dict[str, list[str]]) -> list[str]:
    """Dates of meta tags, by names like `article:published_time` or `http://ogp.me/ns/article#published_time`."""
    plain: dict[str, str] = {}
    for name, contents in meta.items():
        plain.setdefault(re.sub(r"[^a-z]", "", name.rsplit("#", 1)[-1]), contents[0])
    return [plain[name] for name in PUBLISHED_NAMES if name in plain]


def _dated_address(url: str) -> datetime | None:
    found = ADDRESS_DAY.search(urlsplit(url).path)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _marked_times(tree: HtmlElement) -> list[str]:
    """Dates of elements marked as the publication; else of the first `time`, where that is the article's own."""
    marked, others = [], []
    for element in tree.iter("time", "span", "div", "abbr"):
        value = element.get("datetime") or element.get("content")
        if not value:
            continue
        said = " ".join(element.get(name) or "" for name in ("itemprop", "class", "property")).lower()
        if "publish" in said or "pubdate" in element.attrib:
            marked.append(value)
        elif element.tag == "time" and "updat" not in said and "modif" not in said:
            others.append((element, value))
    if marked or not others:
        return marked
    element, value = others[0]
    within = {ancestor.tag for ancestor in element.iterancestors()}
    return [value] if within & {"article", "main", "header"} and not within & {"aside", "nav", "footer"} else []


def parse_moment(text: str) -> datetime | None:
    """An aware time of a marked-up date, in its own zone: a date alone is its midnight, one without a zone is UTC's.

    None for what is no date, for a year alone, and for 04/05/2025, which may be in April or in May.
    """
    text = text.strip()
    if len(text) > 60 or not re.search(r"(?:19|20)\d\d", text) or re.fullmatch(r"\d+", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        read = _parse_loosely(text)
        if read is None:
            return None
        moment = read
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware if aware.astimezone(UTC) >= OLDEST else None
    except (ValueError, OverflowError):
        return None


def _parse_loosely(text: str) -> datetime | None:
    day_first = re.match(r"\d{1,2}\.\s?\d{1,2}\.", text) is not None
    slashed = re.match(r"(\d{1,2})/(\d{1,2})/", text)
    if slashed and max(map(int, slashed.groups())) <= 12:
        return None
    try:
        first, second = (date_parser.parse(text, dayfirst=day_first, tzinfos=_zone, default=fill) for fill in FILLS)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    return first if first == second else None


FILLS = (datetime(2000, 1, 1, tzinfo=None), datetime(2001, 2, 2, tzinfo=None))  # noqa: DTZ001 - the text's zone, or none
"""What stands for missing parts of a date: a text whose date changes with them did not name a day."""


def _zone(name: str | None, offset: int | None) -> int | None:
    if offset is not None:
        return offset
    hours = ZONE_HOURS.get((name or "").upper())
    return None if hours is None else hours * 3600
