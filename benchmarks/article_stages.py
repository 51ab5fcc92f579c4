"""Where the CPU of a new article goes, with extraction in the poller's own process, where it can be watched."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import alerts
import extraction
import storage
import watchlist
from benchmarks.wirewatch_loop import STAGES
from extraction import page_article, page_body, second_opinion
from flows import pipeline
from flows.template_lines import TemplateLines
from wirewatch.model import Article, Item

_EXTRACT = import_module("extraction.extract")
_TEMPLATES = import_module("extraction.template_lines")

ARTICLE_STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    **{name: STAGES[name] for name in ("prepare", "claim and look up", "parse")},
    "trafilatura": ((page_body, "article_blocks"),),
    "tree and lines": (
        (page_article, "decode"),
        (page_article, "parse_page"),
        (page_article, "drop_unread"),
        (page_article, "seen_lines"),
        (page_article, "page_lines"),
    ),
    "metadata": ((page_article, "page_metadata"),),
    "second opinions": (
        (page_body, "quick_text"),
        (page_body, "completed"),
        (second_opinion, "majority"),
        (second_opinion, "article_blocks"),
    ),
    "judging": ((page_body, "judge"), (page_body, "wall_of")),
    "language": ((_EXTRACT, "language_of"),),
    "zones and the rest of extraction": ((_EXTRACT, "extract"), (extraction, "extract")),
    "template lines": ((TemplateLines, "applied"),),
    "lexemes": ((watchlist, "lexemes"),),
    "match": ((pipeline, "hits_of"),),
    "traces of stories": ((alerts, "trace"),),
    "write and commit": ((storage.Store, "write"),),
}
"""As STAGES; where one function calls another, its stage is charged with what is left."""


class WorkersHere(extraction.Workers):
    """Workers that are none: documents are read where they are asked for."""

    async def extract(self, item: Item) -> Article:
        return extraction.extract(item)
