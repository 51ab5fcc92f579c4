"""All the words that the article of a page may hold, had for a fraction of what finding the article costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from extraction.cleaning import clean
from extraction.decoding import decode
from extraction.markup import BLOCKS, declared_charset
from extraction.sniffing import Kind, kind_of, refuse_binary
from wirewatch.model import FEED_FRAGMENT, Item

_BY_LETTER = groupby(sorted(BLOCKS), key=lambda name: name[0])
_NAMES = "|".join(f"{letter}(?:{'|'.join(name[1:] for name in names)})" for letter, names in _BY_LETTER)
BLOCK_TAG = re.compile(rf"<(?=/?(?:{_NAMES})[\s/>])", re.IGNORECASE)
JSON_LANGUAGE = re.compile(r'"inLanguage"\s*:\s*"([A-Za-z]{2,3})\b')
LOCALES = ("og:locale", "content-language", "language", "dc.language", "dcterms.language")
MOST_NESTED = 50
ADDRESS = re.compile(r"(?:https?:)?//\S*$")


@dataclass(frozen=True, slots=True)
class Skimmed:
    """A page's words, with those of its metadata and of its feed; and the languages it may be in."""

    text: str
    languages: frozenset[str]


def skim(item: Item) -> Skimmed | None:
    """The words of a page or of a feed's fragment; None where only reading it can tell them.

    Words that inline elements part (`<b>H</b>meimim`) are there both ways; those that paragraphs part are apart.
    ExtractionError as from `extract`.
    """
    is_fragment = item.media_type.startswith(FEED_FRAGMENT)
    if not is_fragment:
        refuse_binary(item.raw)
        if kind_of(item.raw, item.media_type) is not Kind.PAGE:
            return None
    page = _Page(decode(item.raw, declared=declared_charset(item.raw, item.media_type)))
    feed = _Page(item.feed_html).words() if item.feed_html else ()
    parts = (item.title or "", item.byline or "", *page.words(), *feed)
    languages = page.languages() | ({item.language.lower()} if item.language else set())
    return Skimmed("\n".join(map(clean, parts)), frozenset(languages))


class _Page:
    """HTML, parsed for its words alone."""

    def __init__(self, html: str) -> None:
        self._tree = LexborHTMLParser(BLOCK_TAG.sub("\n<", html))
        self._data = [each.text() for each in self._tree.css('script[type="application/ld+json"]')]
        self._tree.strip_tags(["script", "style"])

    def words(self) -> Iterator[str]:
        """The texts of metadata, then all of the page's."""
        for element in self._tree.css("meta[content]"):
            yield element.attributes.get("content") or ""
        for text in self._data:
            yield from (said for said in _strings_of(text) if not ADDRESS.match(said))
        if self._tree.root is not None:
            whole = self._tree.root.text()
            yield whole
            yield _parted(whole, self._tree.root.text(separator=" "))

    def languages(self) -> set[str]:
        """The languages that the page names anywhere."""
        found = [element.attributes.get("lang") or "" for element in self._tree.css("[lang]")]
        for element in self._tree.css("meta[content]"):
            name = element.attributes.get("property") or element.attributes.get("name")
            if (name or element.attributes.get("http-equiv") or "").lower() in LOCALES:
                found.append(element.attributes.get("content") or "")
        found += [language for text in self._data for language in JSON_LANGUAGE.findall(text)]
        return {code for each in found if (code := re.split("[-_ ,;]", each.strip().lower())[0])}


def _parted(whole: str, parted: str) -> str:
    """What a text has beyond another when all elements part words, each with the words on both its sides."""
    there = set(whole.split())
    words = parted.split()
    new = [number for number, word in enumerate(words) if word not in there]
    near = sorted({number + step for number in new for step in (-1, 0, 1)})
    return " ".join(words[number] for number in near if 0 <= number < len(words))


def _strings_of(text: str) -> Iterator[str]:
    """The texts of a JSON document; its own text where it is none."""
    try:
        waiting: list[tuple[Any, int]] = [(json.loads(text), 0)]
    except (ValueError, RecursionError):
        yield text
        return
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list) and depth < MOST_NESTED:
            waiting += [(each, depth + 1) for each in (value.values() if isinstance(value, dict) else value)]
