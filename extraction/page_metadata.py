"""What a page says of itself: title, authors, date, language, address; from its marked-up data, never from its prose.

JSON-LD first, then meta tags, then marked-up elements. A copyright line or a date in the text is no publication date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement

from extraction.cleaning import clean
from extraction.json_ld import article_node, text_of
from extraction.markup import SeenPage
from extraction.page_authors import SITE_NAMES, authors
from extraction.page_dates import published_at

TITLE_NAMES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title")
DESCRIPTION_NAMES = ("og:description", "description", "twitter:description", "dc.description")
LANGUAGE_NAMES = ("content-language", "language", "dc.language", "og:locale")

TITLE_PARTS = re.compile(r"\s+[|–—·»-]\s+")
SURE_HEADLINE = 20
"""Characters from which an h1 that is part of the marked-up title is its headline."""


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """All that could be read; None or empty where the page is silent. `published_at` is aware, in the page's zone."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    description: str | None = None
    language: str | None = None
    canonical: str | None = None
    paid: bool = False
    """The page says that its article is not free."""


def page_metadata(page: SeenPage) -> PageMetadata:
    """Read a page's metadata."""
    tree = page.tree
    meta = _meta_tags(tree)
    linked = article_node(tree)
    language = _language(tree, meta, linked)
    return PageMetadata(
        title=_title(tree, meta, linked),
        authors=authors(tree, meta, linked),
        published_at=published_at(page, meta, linked, language),
        description=_first(meta, DESCRIPTION_NAMES) or text_of(linked.get("description")),
        language=language,
        canonical=_canonical(tree, page.url),
        paid=str(linked.get("isAccessibleForFree")).lower() == "false",
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
    if len(h1) == 1 and not _is_site_name(h1[0], titles, meta):
        return h1[0]
    if given or titles:
        return _without_site(given or titles[0], meta, short_tail=True)
    return h1[0] if h1 else None


def _same_words(one: str, other: str) -> bool:
    return re.sub(r"\W+", " ", one).strip().casefold() == re.sub(r"\W+", " ", other).strip().casefold()


def _is_site_name(heading: str, titles: list[str], meta: dict[str, list[str]]) -> bool:
    """Whether a heading only names the site, as some have above every article."""
    sites = {site.casefold() for name in SITE_NAMES for site in meta.get(name, ())}
    parts = [part.casefold() for title in titles[:1] for part in TITLE_PARTS.split(title)]
    return heading.casefold() in sites or (len(parts) > 1 and heading.casefold() == parts[-1])


def _without_site(title: str, meta: dict[str, list[str]], *, short_tail: bool = False) -> str:
    """The headline of `Headline - Site`; with `short_tail` any short last part is taken for the site."""
    parts = TITLE_PARTS.split(title)
    sites = [site.casefold() for name in SITE_NAMES for site in meta.get(name, ())]
    tail = parts[-1].casefold()
    if len(parts) > 1 and (tail in sites or (short_tail and len(tail.split()) <= 3)):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»-") or title
    return title


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
