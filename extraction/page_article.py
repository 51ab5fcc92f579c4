"""An article from the HTML of a page.

trafilatura says what the article is, other extractors and a model where it is doubtful; the page's visible text around
it is kept as furniture, so that a term that stands only there is found and suppressed, not lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from lxml.html import HtmlElement

from extraction.class_names import STANDFIRST_CLASS
from extraction.decoding import decode
from extraction.drafts import READABLE, Draft, WordIndex, folded
from extraction.fragments import fragment_blocks
from extraction.markup import OUTSIDE, SeenPage, declared_charset, drop_unread, parse_page, seen_lines, stripped_lines
from extraction.page_body import NO_TEXT, Body, page_body
from extraction.page_metadata import PageMetadata, page_metadata
from extraction.paragraph_model import ParagraphModel
from extraction.paragraphs import PageLine, page_lines
from wirewatch.errors import ExtractionError
from wirewatch.model import Block, BodyFrom, Item, PublishedFrom, Zone

MOST_TAGS = 40_000
LONGEST_PAGE = 3_000_000
"""A page of more tags or characters than any article has would hold a worker for seconds: its whole text is taken."""
FARTHEST_FUTURE = timedelta(days=1)


def page_draft(item: Item, model: ParagraphModel | None = None) -> Draft:
    """Zoned text of a page, or of the feed's fragment where the page holds no article, or all of its text.

    `model` stands in for the one that judges its paragraphs.
    """
    text = decode(item.raw, declared=declared_charset(item.raw, item.media_type))
    tree = parse_page(text) if len(text) <= LONGEST_PAGE and text.count("<") <= MOST_TAGS else None
    if tree is None:
        return _without_tree(item, text)
    seen = SeenPage(tree, item.url, seen_lines(tree))
    page = page_metadata(seen)
    drop_unread(tree)
    lines = page_lines(seen.lines)
    body = page_body(item, text, tree, lines, page, model)
    draft = Draft(
        blocks=tuple(_zoned(body, lines, page)) if body.origin is not BodyFrom.WHOLE else tuple(body.blocks),
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


# -- the zones ---------------------------------------------------------------------------------------------------------


def _zoned(body: Body, lines: Sequence[PageLine], page: PageMetadata) -> list[Block]:
    """Headline, the article with standfirst and captions where the page has them, then everything else."""
    headline = [Block(page.title, Zone.HEADLINE)] if page.title else []
    title = folded(page.title or "")
    article = _rezoned([block for block in body.blocks if not title or folded(block.text) != title], lines, page)
    index = WordIndex(block.text for block in [*headline, *article])
    first, last = _extent(article, lines)
    placed: list[tuple[int, Block]] = []
    furniture: list[Block] = []
    for line in lines:
        if index.holds_folded(line.folded):
            continue
        zone = _zone_around(line, page, before=line.number < first, inside=first <= line.number <= last)
        if zone is Zone.FURNITURE and line.number in body.joined:
            zone = Zone.BODY
        if zone is Zone.FURNITURE:
            furniture.append(Block(line.text, zone))
        else:
            placed.append((line.number, Block(line.text, zone)))
    shown = WordIndex(line.text for line in lines) if body.left_out else index
    unseen = [Block(block.text, Zone.FURNITURE) for block in body.left_out if not shown.holds(block.text)]
    return [*headline, *_in_order(article, placed, lines, first), *furniture, *unseen]


def _rezoned(article: Sequence[Block], lines: Sequence[PageLine], page: PageMetadata) -> list[Block]:
    """The article's paragraphs, where the page marks one of them as its standfirst, a caption or the byline."""
    seen = {line.folded: line for line in reversed(lines)}
    rezoned: list[Block] = []
    body_begun = False
    for block in article:
        line = seen.get(folded(block.text)) if block.zone is Zone.BODY else None
        zone = block.zone if line is None else _zone_around(line, page, before=not body_begun, inside=True)
        rezoned.append(Block(block.text, block.zone if zone is Zone.FURNITURE else zone))
        body_begun = body_begun or rezoned[-1].zone is Zone.BODY
    return rezoned


def _extent(article: Sequence[Block], lines: Sequence[PageLine]) -> tuple[int, int]:
    """The first and the last visible line that is a body paragraph of the article."""
    texts = {folded(block.text) for block in article if len(block.text) > 40}
    numbers = [line.number for line in lines if len(line.text) > 40 and line.folded in texts]
    return (numbers[0], numbers[-1]) if numbers else (len(lines), -1)


def _zone_around(line: PageLine, page: PageMetadata, *, before: bool, inside: bool) -> Zone:
    """What a visible line is that the article's text does not hold."""
    tags = line.tags
    if not tags.isdisjoint(OUTSIDE):
        return Zone.FURNITURE
    if "figcaption" in tags and "a" not in tags and (inside or "article" in tags):
        return Zone.CAPTION
    if before and _is_standfirst(line.text, line.around, page):
        return Zone.STANDFIRST
    if (before or inside) and _is_byline(line.text, page):
        return Zone.BYLINE
    return Zone.FURNITURE


def _is_standfirst(text: str, chain: Sequence[HtmlElement], page: PageMetadata) -> bool:
    if len(text.split()) < 5 and len(text) < 30:
        return False
    if page.description and folded(text) == folded(page.description):
        return True
    names = " ".join(f"{element.get('class') or ''} {element.get('itemprop') or ''}" for element in chain[:3])
    return STANDFIRST_CLASS.shows(names.lower()) and "h1" not in {element.tag for element in chain[:3]}


def _is_byline(text: str, page: PageMetadata) -> bool:
    """A short line that names an author the page's data names too."""
    words = folded(text)
    return len(words.split()) <= 15 and any(f" {folded(name)} " in f" {words} " for name in page.authors)


def _in_order(
    article: Sequence[Block], placed: Sequence[tuple[int, Block]], lines: Sequence[PageLine], first: int
) -> list[Block]:
    """The article's paragraphs in their order, the lines around them put where the page has them."""
    where = {line.folded: line.number for line in reversed(lines)}
    ordered: list[Block] = []
    waiting = list(placed)
    for block in article:
        number = where.get(folded(block.text)) if block.zone in READABLE else None
        while waiting and number is not None and number >= first and waiting[0][0] < number:
            ordered.append(waiting.pop(0)[1])
        ordered.append(block)
    return [*ordered, *(block for _, block in waiting)]
