"""Who a page says has written its article: JSON-LD, then meta tags, then what is marked up as its byline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura.metadata import extract_author

from extraction.cleaning import clean
from extraction.cues import BYLINE
from extraction.json_ld import text_of, types_of
from extraction.markup import OUTSIDE

AUTHOR_NAMES = (
    *("author", "article:author", "articleauthor", "article:byline", "parsely-author", "sailthru.author"),
    *("dc.creator", "dcterms.creator", "byl"),
)
SITE_NAMES = ("og:site_name", "application-name", "publisher", "article:publisher")

NAME_SEPARATOR = re.compile(r"\s*(?:;|\||,|、|\b(?:and|und|et|og|och|ve|и|та)\b|\s&\s)\s*")
PROFESSION = re.compile(r"\s*(?:기자|특파원|記者|记者)$|\s*\([^()]*\)$")
"""What stands behind a name and is none of it."""
PROFILE = re.compile(r"(?:^|/)(?:authors?|autor(?:en|es|i|in|as?)?|auteurs?|reporters?|journalist\w*|skribent\w*)/")
"""In the path of a link to an author's own page."""
BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:authors?|byline|autor(?:en|es)?|auteurs?)(?=$|[\s_-]|[A-Z])")
PARTICLES = frozenset(
    [
        *("de", "da", "do", "del", "della", "der", "den", "di", "du", "dos", "van", "von", "zu", "zur", "la", "le"),
        *("el", "al", "bin", "ibn", "ben", "y", "e", "ter", "ten", "af"),
    ]
)
UNCASED = re.compile(r"[\u0590-\u1cff\u3040-\u9fff\uac00-\ud7af]")
LONGEST_NAME = 80
MOST_NAMES = 10


def authors(tree: HtmlElement, meta: dict[str, list[str]], linked: dict[str, Any]) -> tuple[str, ...]:
    """People and agencies first; the publisher itself only where nobody else is named."""
    houses = {house.casefold() for house in _houses(meta, linked)}
    given = [author for key in ("author", "creator") for author in _as_list(linked.get(key))]
    people = _marked([author for author in given if not _is_organization(author)])
    bodies = _marked([author for author in given if _is_organization(author)])
    tagged = _single(name for key in AUTHOR_NAMES for name in meta.get(key, ()))
    both = [*people, *(name for name in bodies if name not in people)] if people else []
    for names in (both, tagged, bodies):
        if others := tuple(name for name in names if name.casefold() not in houses):
            return others[:MOST_NAMES]
    shown = _marked_up(tree)
    for names in (_byline(tree, shown), both, bodies, _single(shown, split=False), tagged):
        if names:
            return tuple(names[:MOST_NAMES])
    return tuple(_found_by_trafilatura(tree))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _marked(given: list[Any]) -> list[str]:
    """Names of JSON-LD; one alone may hold several."""
    names = list(_names(given))
    return _single(names, split=len(names) == 1)


def _houses(meta: dict[str, list[str]], linked: dict[str, Any]) -> Iterator[str]:
    """Names of the site and of its publisher."""
    for name in SITE_NAMES:
        yield from meta.get(name, ())
    yield from _names(linked.get("publisher"))


def _is_organization(author: Any) -> bool:
    return isinstance(author, dict) and any(kind.endswith("Organization") for kind in types_of(author))


def _names(value: Any) -> Iterator[str]:
    for person in _as_list(value):
        name = person
        if isinstance(person, dict):
            name = person.get("name") or _given_and_family_name(person)
        for part in name if isinstance(name, list) else [name]:
            if text := text_of(part):
                yield text


def _given_and_family_name(person: dict[str, Any]) -> str | None:
    parts = [text for key in ("givenName", "familyName") if (text := text_of(person.get(key)))]
    return " ".join(parts) or None


def _single(given: Iterable[str], *, split: bool = True) -> list[str]:
    """Single names of bylines such as `By Ann Lee, Jo Day and Kim Roe`; addresses are none."""
    names: dict[str, None] = {}
    for text in given:
        bare = BYLINE.sub("", text, count=1) if " " in text.strip() else text
        for part in NAME_SEPARATOR.split(bare) if split else bare.split(";"):
            name = PROFESSION.sub("", part).strip(" .-–|:")
            if 2 <= len(name) <= LONGEST_NAME and "://" not in name and "@" not in name:
                names[name] = None
    return list(names)


# -- what readers see --------------------------------------------------------------------------------------------------


def _marked_up(tree: HtmlElement) -> list[str]:
    """Texts of elements that are marked as the author by itemprop or rel, outside comments and side boxes."""
    found = []
    for element in tree.iter("a", "span", "div", "p", "address", "li", "cite"):
        if "author" in f"{element.get('itemprop') or ''} {element.get('rel') or ''}".split() and _is_own(element):
            named = next((part for part in element.iter() if part.get("itemprop") == "name"), element)
            if (text := clean(named.text_content())) and text not in found:
                found.append(text)
    return found[:MOST_NAMES]


def _byline(tree: HtmlElement, marked: list[str]) -> list[str]:
    """People of the byline as it is shown: only what looks like names, for class names promise little."""
    names = _single(marked, split=False)
    if any(map(_is_like_a_name, names)):
        return names
    groups: dict[str, dict[HtmlElement, list[str]]] = {}
    for element in tree.iter("a", "span", "div", "p", "li", "address"):
        profile = element.tag == "a" and PROFILE.search(_path(element.get("href") or "")) is not None
        if not (profile or BYLINE_CLASS.search(element.get("class") or "")) or not _is_own(element):
            continue
        text = clean(element.text_content())
        people = [name for name in _single([text]) if _is_like_a_name(name)] if len(text) <= 2 * LONGEST_NAME else []
        if people and (profile or len(people) > 1 or BYLINE.match(text)):
            places = groups.setdefault(element.get("class") or "", {})
            places.setdefault(element.getparent(), []).extend(people)
    # One class in many places is that of teasers, unless it is one person each time.
    own = (places for places in groups.values() if len({tuple(people) for people in places.values()}) == 1)
    return list(dict.fromkeys(next(iter(next(own, {}).values()), [])))


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _is_own(element: HtmlElement) -> bool:
    """Not of a comment or a side box."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in OUTSIDE or "comment" in f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}".lower():
            return False
    return True


def _is_like_a_name(text: str) -> bool:
    """Two to five words, all but the small ones with a capital; or a few characters of a script without capitals."""
    words = text.split()
    if UNCASED.search(text):
        return 2 <= len(text) <= 40 and len(words) <= 5
    large = [word for word in words if word not in PARTICLES]
    return (
        2 <= len(words) <= 5
        and len(large) >= 2
        and all(word[0].isupper() for word in large)
        and not any(map(str.isdigit, text))
        and not text.isupper()
    )


def _found_by_trafilatura(tree: HtmlElement) -> list[str]:
    try:
        shown = extract_author(tree)
    except Exception:  # a slip in trafilatura's reading of one page's byline must not cost its article
        return []
    names = _single([shown] if shown else [])
    return [name for name in names if _is_like_a_name(name)]
