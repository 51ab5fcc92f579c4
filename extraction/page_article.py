"""An article from the HTML of a page.

trafilatura says what the article is; the page's visible text around it is kept as furniture, so that a term that
stands only there is found and suppressed, not lost.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from lxml.html import HtmlElement

from extraction import cues
from extraction.article_parts import article_blocks
from extraction.decoding import decode
from extraction.drafts import READABLE, Draft, WordIndex
from extraction.fragments import fragment_blocks
from extraction.markup import SeenLine, declared_charset, parse_page, seen_lines, stripped_lines
from extraction.page_metadata import PageMetadata, page_metadata
from wirewatch.errors import ExtractionError
from wirewatch.folding import fold_text
from wirewatch.model import Block, BodyFrom, Item, PublishedFrom, Zone

log = logging.getLogger(__name__)

MOST_TAGS = 40_000
LONGEST_PAGE = 3_000_000
"""A page of more tags or characters than any article has would hold a worker for seconds: its whole text is taken."""

SHORT_ARTICLE = 60
"""Words under which what was found may be a notice instead of an article."""
SAME_STORY = 0.25
"""Share of the feed's words that the page's article repeats, where it is the feed's article at all."""
FEED_HAS_MORE = 1.5

STANDFIRST_CLASS = re.compile(
    r"standfirst|stand-first|sub-?(?:title|headline|heading)|\bdek\b|\bdeck\b|chapo|\blede\b|article-?_*(?:lead|intro|summary)"
    r"|sous-?titre|entradilla|bajada|vorspann|sottotitolo|\bingress|\bkicker-text|\bteaser-?text",
    re.IGNORECASE,
)
NO_TEXT = "the page holds no visible text: it may need a browser to show it"
OUTSIDE = frozenset({"aside", "nav", "footer", "form", "button"})
FARTHEST_FUTURE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Body:
    """The article's running text, where it came from, and what readers should know of that."""

    blocks: list[Block]
    origin: BodyFrom
    note: str | None = None


def page_draft(item: Item) -> Draft:
    """Zoned text of a page, or of the feed's fragment where the page holds no article, or all of its text."""
    text = decode(item.raw, declared=declared_charset(item.raw, item.media_type))
    tree = parse_page(text) if len(text) <= LONGEST_PAGE and text.count("<") <= MOST_TAGS else None
    if tree is None:
        return _without_tree(item, text)
    page = page_metadata(tree, item.url)
    lines = seen_lines(tree)
    body = _body(item, tree, lines)
    draft = Draft(
        blocks=tuple(_zoned(body.blocks, lines, page)) if body.origin is not BodyFrom.WHOLE else tuple(body.blocks),
        body_from=body.origin,
        title=page.title,
        byline=", ".join(page.authors) or None,
        language=page.language,
        url=page.canonical,
        note=body.note,
        whole_text="\n".join(line.text for line in lines),
    )
    if page.published_at and page.published_at <= item.fetched_at + FARTHEST_FUTURE:
        return replace(draft, published_at=page.published_at, published_from=PublishedFrom.PAGE)
    return draft


def _without_tree(item: Item, text: str) -> Draft:
    """All of the page's text, before it what the feed says beyond that."""
    lines = stripped_lines(text)
    index = WordIndex(lines)
    added = [block for block in fragment_blocks(item.feed_html or "") if not index.holds(block.text)]
    if not lines and not added:
        raise ExtractionError(NO_TEXT)
    blocks = (*added, *(Block(line, Zone.BODY) for line in lines))
    note = "the page is too large or too deeply nested to tell its article: whole text"
    return Draft(blocks, BodyFrom.WHOLE, note=note, whole_text="\n".join(lines))


# -- the body ----------------------------------------------------------------------------------------------------------


def _body(item: Item, tree: HtmlElement, lines: Sequence[SeenLine]) -> _Body:
    try:
        found = article_blocks(tree, item.url)
    except Exception as problem:  # trafilatura meets pages it cannot hold; their text must be found all the same
        log.warning("extraction of %s failed (%s): its whole text is kept", item.url, type(problem).__name__)
        found = []
    feed = fragment_blocks(item.feed_html) if item.feed_html else []
    if feed and (why := _why_not_the_article(found, feed)):
        return _Body(feed, BodyFrom.FEED_FALLBACK, f"{why}: this is the feed's text")
    if feed and _word_count(feed) > max(SHORT_ARTICLE, FEED_HAS_MORE * _word_count(found)):
        index = WordIndex(block.text for block in feed)
        feed += [block for block in found if not index.holds(block.text)]
        note = "the page holds less of the article than the feed: this is the feed's text, then what the page adds"
        return _Body(feed, BodyFrom.FEED_FALLBACK, note)
    if found:
        return _Body(found, BodyFrom.PAGE, _notice(found))
    if not lines:
        raise ExtractionError(NO_TEXT)
    whole = [Block(line.text, Zone.BODY) for line in lines]
    return _Body(whole, BodyFrom.WHOLE, "no article was found on the page: whole text")


def _why_not_the_article(found: Sequence[Block], feed: Sequence[Block]) -> str | None:
    """Why the feed's text is the better body, if it is."""
    have, given = _word_count(found), _word_count(feed)
    if not found:
        return "the page holds no article"
    if have < SHORT_ARTICLE and _notice(found):
        return "the page shows a notice in place of the article"
    if given >= 8 and have < 2 * SHORT_ARTICLE and _share_repeated(feed, found) < SAME_STORY:
        return "the page shows another text than the feed's article"
    return None


def _notice(found: Sequence[Block]) -> str | None:
    text = " ".join(block.text for block in found)
    if _word_count(found) < SHORT_ARTICLE and cues.shows(cues.WALL, text):
        return "the page seems to show a consent, login or script notice, not the article"
    return None


def _word_count(blocks: Sequence[Block]) -> int:
    return sum(len(fold_text(block.text).split()) for block in blocks)


def _share_repeated(feed: Sequence[Block], found: Sequence[Block]) -> float:
    there = {word for block in found for word in fold_text(block.text).split()}
    words = {word for block in feed for word in fold_text(block.text).split() if len(word) > 3}
    return len(words & there) / len(words) if words else 1.0


# -- the zones ---------------------------------------------------------------------------------------------------------


def _zoned(body: Sequence[Block], lines: Sequence[SeenLine], page: PageMetadata) -> list[Block]:
    """Headline, the article with standfirst and captions where the page has them, then everything else."""
    headline = [Block(page.title, Zone.HEADLINE)] if page.title else []
    article = [block for block in body if not (headline and fold_text(block.text) == fold_text(page.title or ""))]
    article = _rezoned(article, lines, page)
    index = WordIndex(block.text for block in [*headline, *article])
    first, last = _extent(article, lines)
    placed: list[tuple[int, Block]] = []
    furniture: list[Block] = []
    for number, line in enumerate(lines):
        if index.holds(line.text):
            continue
        zone = _zone_around(line, page, before=number < first, inside=first <= number <= last)
        if zone is Zone.FURNITURE:
            furniture.append(Block(line.text, zone))
        else:
            placed.append((number, Block(line.text, zone)))
    return [*headline, *_in_order(article, placed, lines, first), *furniture]


def _rezoned(article: Sequence[Block], lines: Sequence[SeenLine], page: PageMetadata) -> list[Block]:
    """The article's paragraphs, where the page marks one of them as its standfirst, a caption or the byline."""
    seen = {fold_text(line.text): line for line in reversed(lines)}
    rezoned: list[Block] = []
    body_begun = False
    for block in article:
        line = seen.get(fold_text(block.text)) if block.zone is Zone.BODY else None
        zone = block.zone if line is None else _zone_around(line, page, before=not body_begun, inside=True)
        rezoned.append(Block(block.text, block.zone if zone is Zone.FURNITURE else zone))
        body_begun = body_begun or rezoned[-1].zone is Zone.BODY
    return rezoned


def _extent(article: Sequence[Block], lines: Sequence[SeenLine]) -> tuple[int, int]:
    """The first and the last visible line that is a body paragraph of the article."""
    texts = {fold_text(block.text) for block in article if len(block.text) > 40}
    numbers = [number for number, line in enumerate(lines) if len(line.text) > 40 and fold_text(line.text) in texts]
    return (numbers[0], numbers[-1]) if numbers else (len(lines), -1)


def _zone_around(line: SeenLine, page: PageMetadata, *, before: bool, inside: bool) -> Zone:
    """What a visible line is that the article's text does not hold."""
    chain = [line.element, *line.element.iterancestors()]
    tags = {element.tag for element in chain}
    if tags & OUTSIDE:
        return Zone.FURNITURE
    if "figcaption" in tags and "a" not in tags and (inside or "article" in tags):
        return Zone.CAPTION
    if before and _is_standfirst(line.text, chain, page):
        return Zone.STANDFIRST
    if (before or inside) and _is_byline(line.text, page):
        return Zone.BYLINE
    return Zone.FURNITURE


def _is_standfirst(text: str, chain: Sequence[HtmlElement], page: PageMetadata) -> bool:
    if len(text.split()) < 5 and len(text) < 30:
        return False
    if page.description and fold_text(text) == fold_text(page.description):
        return True
    names = " ".join(f"{element.get('class') or ''} {element.get('itemprop') or ''}" for element in chain[:3])
    return bool(STANDFIRST_CLASS.search(names)) and "h1" not in {element.tag for element in chain[:3]}


def _is_byline(text: str, page: PageMetadata) -> bool:
    """A short line that names an author the page's data names too."""
    words = fold_text(text)
    return len(words.split()) <= 15 and any(f" {fold_text(name)} " in f" {words} " for name in page.authors)


def _in_order(
    article: Sequence[Block], placed: Sequence[tuple[int, Block]], lines: Sequence[SeenLine], first: int
) -> list[Block]:
    """The article's paragraphs in their order, the lines around them put where the page has them."""
    where = {fold_text(line.text): number for number, line in reversed(list(enumerate(lines)))}
    ordered: list[Block] = []
    waiting = list(placed)
    for block in article:
        number = where.get(fold_text(block.text)) if block.zone in READABLE else None
        while waiting and number is not None and number >= first and waiting[0][0] < number:
            ordered.append(waiting.pop(0)[1])
        ordered.append(block)
    return [*ordered, *(block for _, block in waiting)]
