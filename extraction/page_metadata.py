"""What a page says of itself: title, authors, date, language, address; from its marked-up data, never from its prose.

JSON-LD first, then meta tags, then marked-up elements. A copyright line or a date in the text is no publication date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement
from trafilatura.metadata import extract_author

from extraction.cleaning import clean
from extraction.cues import BYLINE
from extraction.json_ld import article_node, text_of, types_of
from extraction.page_dates import published_at

TITLE_NAMES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title")
AUTHOR_NAMES = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl")
DESCRIPTION_NAMES = ("og:description", "description", "twitter:description", "dc.description")
SITE_NAMES = ("og:site_name", "application-name", "publisher", "article:publisher")
LANGUAGE_NAMES = ("content-language", "language", "dc.language", "og:locale")

NAME_SEPARATOR = re.compile(r"\s*(?:;|\||,|、|\band\b|\bund\b|\bet\b|\s&\s)\s*")
LONGEST_NAME = 80
SURE_HEADLINE = 20
"""Characters from which an h1 that is part of the marked-up title is its headline."""


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """All that could be read; None or empty where the page is silent. `published_at` is aware UTC."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    description: str | None = None
    language: str | None = None
    canonical: str | None = None


def page_metadata(tree: HtmlElement, url: str) -> PageMetadata:
    """Read a parsed page's metadata; `url` is where it was found."""
    meta = _meta_tags(tree)
    linked = article_node(tree)
    return PageMetadata(
        title=_title(tree, meta, linked),
        authors=_authors(tree, meta, linked),
        published_at=published_at(tree, meta, linked),
        description=_first(meta, DESCRIPTION_NAMES) or text_of(linked.get("description")),
        language=_language(tree, meta, linked),
        canonical=_canonical(tree, url),
    )


def _meta_tags(tree: HtmlElement) -> dict[str, list[str]]:
    """Contents of meta tags by lower-case name, property, itemprop or http-equiv."""
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = clean(element.get("content") or "")
        if not content:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                found.setdefault(name.strip().lower(), []).append(content)
    return found


def _first(meta: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((meta[name][0] for name in names if name in meta), None)


# -- title and authors -------------------------------------------------------------------------------------------------


def _title(tree: HtmlElement, meta: dict[str, list[str]], linked: dict[str, Any]) -> str | None:
    """JSON-LD, else meta tags, else the title element, in the h1's wording where that is part of it; else the h1."""
    h1 = [text for element in tree.iter("h1") if (text := clean(element.text_content()))]
    titles = [text for element in tree.iter("title") if (text := clean(element.text_content()))]
    headline = text_of(linked.get("headline"))
    given = headline or _first(meta, TITLE_NAMES)
    for text in h1:
        if given and (_same_words(text, given) or (len(text) >= SURE_HEADLINE and text in given)):
            return text
    if headline:
        return _without_site(headline, meta)
    if len(h1) == 1:
        return h1[0]
    if given or titles:
        return _without_site(given or titles[0], meta, short_tail=True)
    return h1[0] if h1 else None


def _same_words(one: str, other: str) -> bool:
    return re.sub(r"\W+", " ", one).strip().casefold() == re.sub(r"\W+", " ", other).strip().casefold()


def _without_site(title: str, meta: dict[str, list[str]], *, short_tail: bool = False) -> str:
    """The headline of `Headline - Site`; with `short_tail` any short last part is taken for the site."""
    parts = re.split(r"\s+[|–—·»-]\s+", title)
    sites = [site.casefold() for name in SITE_NAMES for site in meta.get(name, ())]
    tail = parts[-1].casefold()
    if len(parts) > 1 and (tail in sites or (short_tail and len(tail.split()) <= 3)):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»-") or title
    return title


def _authors(tree: HtmlElement, meta: dict[str, list[str]], linked: dict[str, Any]) -> tuple[str, ...]:
    """People named by JSON-LD, meta tags or the page's byline; the publisher only where nobody else is named."""
    houses = _publishers(meta, linked)
    said = [
        [*_names(linked.get("author")), *_names(linked.get("creator"))],
        [name for key in AUTHOR_NAMES for name in meta.get(key, ())][:10],
    ]
    for given in said:
        names = _split_names(given)
        if people := tuple(name for name in names if name.casefold() not in houses):
            return people
    try:
        shown = extract_author(tree)
    except Exception:  # a slip in trafilatura's reading of one page's byline must not cost its article
        shown = None
    fallback = [*(shown or "").split(";"), *said[0], *said[1]]
    return tuple(_split_names([shown] if shown else fallback))


def _publishers(meta: dict[str, list[str]], linked: dict[str, Any]) -> set[str]:
    """Names of the site, of its publisher, and of organisations given as author, case-folded."""
    given = [site for name in SITE_NAMES for site in meta.get(name, ())]
    given += _names(linked.get("publisher"))
    authors = linked.get("author")
    for author in authors if isinstance(authors, list) else [authors]:
        if isinstance(author, dict) and any(kind.endswith("Organization") for kind in types_of(author)):
            given += _names(author)
    return {name.casefold() for name in given}


def _names(value: Any) -> Iterator[str]:
    for person in value if isinstance(value, list) else [value]:
        name = person.get("name") if isinstance(person, dict) else person
        for part in name if isinstance(name, list) else [name]:
            if text := text_of(part):
                yield text


def _split_names(given: list[str]) -> list[str]:
    """Single names of bylines such as `By Ann Lee, Jo Day and Kim Roe`."""
    names: dict[str, None] = {}
    for text in given:
        bare = BYLINE.sub("", text, count=1) if " " in text.strip() else text
        for part in NAME_SEPARATOR.split(bare):
            name = part.strip(" .-–")
            if 2 <= len(name) <= LONGEST_NAME and "://" not in name and "@" not in name:
                names[name] = None
    return list(names)


# -- language and address ----------------------------------------------------------------------------------------------


def _language(tree: HtmlElement, meta: dict[str, list[str]], linked: dict[str, Any]) -> str | None:
    roots = [tree.getroottree().getroot(), *tree.iter("body")]
    given = [root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") for root in roots[:2]]
    given += [text_of(linked.get("inLanguage")), *(meta[name][0] for name in LANGUAGE_NAMES if name in meta)]
    return next((tag for text in given if text and (tag := language_tag(text))), None)


def language_tag(text: str) -> str | None:
    """`fr_CA`, `fr-CA.UTF-8`, `FR` as the lower-case BCP 47 tag; None for what is no tag."""
    match = re.match(r"\s*([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?![a-z])", text, re.IGNORECASE)
    return "-".join(part.lower() for part in match.groups() if part) if match else None


def _canonical(tree: HtmlElement, url: str) -> str | None:
    """The page's own address: its rel=canonical on the same site, unless that is only the site's front page."""
    here = urlsplit(url)
    if here.scheme not in ("http", "https"):
        return None
    for element in tree.iter("link"):
        if "canonical" not in (element.get("rel") or "").lower().split() or not element.get("href"):
            continue
        try:
            address = urljoin(url, (element.get("href") or "").strip())
            there = urlsplit(address)
            same_site = there.scheme in ("http", "https") and _site(address) == _site(url)
        except ValueError:
            continue
        front_page = there.path in ("", "/") and not there.query and here.path not in ("", "/")
        if same_site and not front_page:
            return str(address)
    return None


def _site(url: str) -> str:
    """The registrable domain; the host itself where there is none (addresses, single names)."""
    domain: str | None = extract_domain(url, fast=True)
    return domain or urlsplit(url).hostname or ""
