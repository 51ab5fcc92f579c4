"""What sources repeat at the edges of their articles, learnt while they are read, and taken out of the live text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import extraction
import storage
import watchlist
from wirewatch.edge_lines import EdgeLines
from wirewatch.model import Article


class TemplateLines:
    """The template lines of the sources of one tick; what the store remembers is looked up once a source."""

    def __init__(self, store: storage.Store) -> None:
        self._store = store
        self._remembered: dict[str, dict[bytes, EdgeLines]] = {}
        self._read: dict[str, dict[bytes, EdgeLines]] = {}
        """Of articles read in this tick."""

    def applied(self, made: Sequence[storage.Indexed]) -> list[storage.Indexed]:
        """Articles about to be stored, with their sources' template lines as furniture, and their edges to remember.

        They are learnt from, too: the articles of a first poll show what their source repeats.
        """
        edges = [extraction.edge_lines(each.article) for each in made]
        for each, own in zip(made, edges, strict=True):
            self._read.setdefault(each.article.source, {})[own.article_key] = own
        return [self._one(each, own) for each, own in zip(made, edges, strict=True)]

    def _one(self, indexed: storage.Indexed, edges: EdgeLines) -> storage.Indexed:
        article = self.without(indexed.article) if edges.lines else indexed.article
        if article is indexed.article:
            return replace(indexed, edges=edges)
        return replace(indexed, article=article, lexemes=watchlist.lexemes(article), edges=edges)

    def forget(self, stored: Iterable[Article]) -> None:
        """Let go of what was read in articles that are stored: from now on the store remembers it."""
        for article in stored:
            self._remembered.pop(article.source, None)
            if read := self._read.get(article.source):
                read.pop(article.key, None)
                if not read:
                    del self._read[article.source]

    def without(self, article: Article) -> Article:
        """The article with its source's template lines as furniture; itself where it has none."""
        remembered = {**self._stored(article.source), **self._read.get(article.source, {})}
        return extraction.without_templates(article, remembered.values())

    def _stored(self, source: str) -> dict[bytes, EdgeLines]:
        if source not in self._remembered:
            self._remembered[source] = {each.article_key: each for each in self._store.edge_lines(source)}
        return self._remembered[source]
