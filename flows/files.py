"""The articles of a file, for the verbs that try something out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import connectors
import extraction
from wirewatch.clock import utc_now
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, Item


def articles_of_file(path: Path) -> Iterator[tuple[str, Article | ExtractionError]]:
    """The articles of a file, one by one, as a folder source would read them; each with its place.

    A place is the path, with the member behind a `#` where the file holds many. What cannot be read is an error in
    its place, the file itself too, and the rest goes on.
    """
    try:
        item = replace(connectors.item_of_file(path, source="", now=utc_now()), path=str(path))
        with connectors.open_file(item) as stream:
            for inside in extraction.unpack(stream, item):
                if isinstance(inside, Item):
                    yield inside.path or inside.url, _article(inside)
                else:
                    yield inside.where.removeprefix("file "), ExtractionError(inside.what)
    except ExtractionError as error:
        yield str(path), error
    except OSError as error:
        yield str(path), ExtractionError(error.strerror or str(error))


def article_of_file(path: Path) -> Article:
    """The one article of a file; ExtractionError where it cannot be read, or holds another number of them."""
    found = articles_of_file(path)
    first, second = next(found, None), next(found, None)
    if first is None:
        raise ExtractionError(f"{path}: it holds no article")
    if second is not None:
        raise ExtractionError(f"{path}: it holds more than one article; take one of them out, or use `wirewatch match`")
    place, article = first
    if isinstance(article, ExtractionError):
        raise ExtractionError(f"{place}: {article}")
    return article


def _article(item: Item) -> Article | ExtractionError:
    try:
        return extraction.extract(item)
    except ExtractionError as error:
        return error
