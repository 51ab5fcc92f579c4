"""Other extractors, asked where the first is doubtful: what several of them take is the article's.

resiliparse is cheap and asked of every page; trafilatura set to precision and readability only of doubtful ones.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy

from lxml.html import HtmlElement
from trafilatura.readability_lxml import Document

from extraction.article_parts import article_blocks
from extraction.cleaning import clean, words_of
from extraction.drafts import WordIndex
from extraction.fragments import fragment_blocks
from wirewatch.model import Block

log = logging.getLogger(__name__)

HALF_MISSING = 0.55
"""The first extractor may have lost a part where it holds less than this share of what resiliparse took."""
AGREED = 0.85
"""Two extractors agree if this share of the one's text stands in the other's."""
CLEARLY_MORE = 0.8
SHINGLE = 4


def quick_text(html: str) -> list[str]:
    """All lines that resiliparse takes for the main content: it seldom misses any, and takes too many."""
    from resiliparse.extract.html2text import extract_plain_text  # a compiled parser, loaded with the first page

    text = extract_plain_text(html, main_content=True, alt_texts=False, links=False, list_bullets=False)
    return [line for raw in text.splitlines() if (line := clean(raw))]


def readable_blocks(tree: HtmlElement) -> list[Block]:
    """What readability takes for the article; empty where that is nothing."""
    return _blocks_or_none(lambda: fragment_blocks(Document(deepcopy(tree)).summary()))


def strict_blocks(tree: HtmlElement, url: str) -> list[Block]:
    """What trafilatura takes when it would rather miss a paragraph than take a wrong one."""
    return _blocks_or_none(lambda: article_blocks(tree, url, strict=True))


def _blocks_or_none(extract: Callable[[], list[Block]]) -> list[Block]:
    try:
        return extract()
    except Exception as problem:  # an opinion that cannot be had must not cost the page's article
        log.debug("no second opinion: %s", type(problem).__name__)
        return []


def completed(found: list[Block], quick: Sequence[str], tree: HtmlElement) -> list[Block]:
    """The article with what two other extractors agree that the first has lost; as it is where they do not."""
    taken = _shingles(block.text for block in found)
    if not found or _share(_shingles(quick), taken) >= HALF_MISSING:
        return found
    readable = readable_blocks(tree)
    more = _shingles(block.text for block in readable)
    agree = _share(taken, more) > AGREED and _share(more, _shingles(quick)) > AGREED
    if not agree or _share(more, taken) >= CLEARLY_MORE:
        return found
    index = WordIndex(block.text for block in readable)
    return [*readable, *(block for block in found if not index.holds(block.text))]


def majority(blocks: Sequence[Block], quick: WordIndex, tree: HtmlElement, url: str) -> list[bool]:
    """For each block, whether two of three others take its text too; the dearest is asked where two are at odds."""
    readable = WordIndex(block.text for block in readable_blocks(tree))
    first, second = ([index.holds(block.text) for block in blocks] for index in (readable, quick))
    if first == second:
        return first
    strict = WordIndex(block.text for block in strict_blocks(tree, url))
    pairs = zip(blocks, first, second, strict=True)
    return [one if one == other else strict.holds(block.text) for block, one, other in pairs]


def _shingles(texts: Iterable[str]) -> set[tuple[str, ...]]:
    words = words_of("\n".join(texts))
    if len(words) < SHINGLE:
        return {tuple(words)}
    return set(zip(*(words[at:] for at in range(SHINGLE)), strict=False))


def _share(part: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> float:
    return len(part & whole) / max(1, len(part))
