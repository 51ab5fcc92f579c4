"""Fields about the article as a whole: site, lang, url, source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

from watchlist.query import And, Field, Node, Not, Or, Words
from wirewatch.folding import fold_text
from wirewatch.model import Article


def fact_holds(field: Field, article: Article) -> bool:
    """Whether what the field asks of the article is so."""
    return _holds(field.part, _FACTS[field.name], article)


def _holds(node: Node, fact: Callable[[Words, Article], bool], article: Article) -> bool:
    match node:
        case And(parts):
            return all(_holds(part, fact, article) for part in parts)
        case Or(parts):
            return any(_holds(part, fact, article) for part in parts)
        case Not(part):
            return not _holds(part, fact, article)
        case Words():
            return fact(node, article)
        case _:
            raise TypeError(f"{node} cannot stand in a field about the article")


def _site(words: Words, article: Article) -> bool:
    host = (urlsplit(article.url).hostname or "").lower()
    asked = words.text.lower()
    asked = (urlsplit(asked).hostname or "") if "//" in asked else asked.split("/")[0]
    asked = asked.removeprefix("www.").strip(".")
    if words.prefix:
        return host.removeprefix("www.").startswith(asked)
    return bool(host) and (host == asked or host.endswith(f".{asked}"))


def _language(words: Words, article: Article) -> bool:
    spoken = (article.language or "").replace("_", "-").lower()
    asked = words.text.replace("_", "-").lower()
    return spoken == asked or spoken.startswith(f"{asked}-")


def _source(words: Words, article: Article) -> bool:
    name, asked = fold_text(article.source), " ".join(words.words)
    return name.startswith(asked) if words.prefix else name == asked


def _address(words: Words, article: Article) -> bool:
    address, asked = fold_text(unquote(article.url)), " ".join(words.words)
    return f" {asked}" in f" {address}" if words.prefix else f" {asked} " in f" {address} "


_FACTS: Final[dict[str, Callable[[Words, Article], bool]]] = {
    "site": _site,
    "lang": _language,
    "source": _source,
    "url": _address,
}
