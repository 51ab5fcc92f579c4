"""Where a page's running text is taken from: the page, the feed where the page shows less, or all that is visible."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from extraction import cues
from extraction.article_parts import article_blocks
from extraction.drafts import WordIndex, folded
from extraction.fragments import fragment_blocks
from extraction.judging import Judged, judge
from extraction.page_metadata import PageMetadata
from extraction.paragraph_model import ParagraphModel
from extraction.paragraphs import PageLine
from extraction.second_opinion import completed, quick_text
from extraction.walls import Shown, Wall, wall_of
from wirewatch.errors import ExtractionError
from wirewatch.model import Block, BodyFrom, Item, Zone

log = logging.getLogger(__name__)

SHORT_ARTICLE = 60
"""Words under which what was found may be a notice instead of an article."""
SAME_STORY = 0.25
"""Share of the feed's words that the page's article repeats, where it is the feed's article at all."""
FEED_HAS_MORE = 1.5
NO_TEXT = "the page holds no visible text: it may need a browser to show it"


@dataclass(frozen=True, slots=True)
class Body:
    """The article's running text, where it came from, and what readers should know of that."""

    blocks: list[Block]
    origin: BodyFrom
    note: str | None = None
    joined: frozenset[int] = frozenset()
    """Numbers of visible lines that belong to it besides."""
    left_out: list[Block] = field(default_factory=list)
    """What was found at first and does not belong to it."""


def page_body(
    item: Item,
    text: str,
    tree: HtmlElement,
    lines: Sequence[PageLine],
    page: PageMetadata,
    model: ParagraphModel | None,
) -> Body:
    """The body of an item's page, whose HTML is `text`. Raises ExtractionError where neither page nor feed has any."""
    judged = _judged(item, text, tree, lines, page, model)
    found = judged.article
    feed = fragment_blocks(item.feed_html) if item.feed_html else []
    if (wall := wall_of(Shown(item.title or page.title or "", found, lines, page, tree))) is not None:
        return _walled(wall, judged, feed, page)
    if feed and (why := _why_not_the_article(found, feed)):
        return Body(feed, BodyFrom.FEED_FALLBACK, f"{why}: this is the feed's text")
    if feed and _word_count(feed) > max(SHORT_ARTICLE, FEED_HAS_MORE * _word_count(found)):
        index = WordIndex(block.text for block in feed)
        feed += [block for block in found if not index.holds(block.text)]
        note = "the page holds less of the article than the feed: this is the feed's text, then what the page adds"
        return Body(feed, BodyFrom.FEED_FALLBACK, note)
    if found:
        return Body(found, BodyFrom.PAGE, None, judged.joined, judged.left_out)
    if not lines:
        raise ExtractionError(NO_TEXT)
    whole = [Block(line.text, Zone.BODY) for line in lines]
    return Body(whole, BodyFrom.WHOLE, "no article was found on the page: whole text")


def _judged(
    item: Item,
    text: str,
    tree: HtmlElement,
    lines: Sequence[PageLine],
    page: PageMetadata,
    model: ParagraphModel | None,
) -> Judged:
    """What trafilatura finds, completed and judged; nothing where it cannot hold the page."""
    try:
        found = article_blocks(tree, item.url)
        if not found:
            return Judged([], frozenset(), [])
        quick = quick_text(text)
        return judge(completed(found, quick, tree), quick, lines, tree, page, item.url, model)
    except Exception as problem:  # extractors meet pages they cannot hold; their text must be found all the same
        log.warning("extraction of %s failed (%s): its whole text is kept", item.url, type(problem).__name__)
        return Judged([], frozenset(), [])


def _walled(wall: Wall, judged: Judged, feed: list[Block], page: PageMetadata) -> Body:
    """What is known of an article that its page keeps back; the notice itself is furniture."""
    free = judged.article if wall is Wall.PAY else []
    index = WordIndex(block.text for block in feed)
    blocks = [*feed, *(block for block in free if not index.holds(block.text))]
    if not blocks and page.description and not cues.shows(cues.WALL, page.description):
        blocks = [Block(page.description, Zone.STANDFIRST)]
    if not blocks and not page.title:
        raise ExtractionError(NO_TEXT if wall is Wall.SCRIPT else f"{wall.value}, and nothing else is known of it")
    known = "the feed's text" if feed else "what the page says of it" if not free else "what is free of it"
    note = f"{wall.value}: this is {known}"
    if free:
        return Body(blocks, BodyFrom.WALLED, note, judged.joined, judged.left_out)
    return Body(blocks, BodyFrom.WALLED, note, left_out=[*judged.left_out, *judged.article])


def _why_not_the_article(found: Sequence[Block], feed: Sequence[Block]) -> str | None:
    """Why the feed's text is the better body, if it is."""
    have, given = _word_count(found), _word_count(feed)
    if not found:
        return "the page holds no article"
    if given >= 8 and have < 2 * SHORT_ARTICLE and _share_repeated(feed, found) < SAME_STORY:
        return "the page shows another text than the feed's article"
    return None


def _word_count(blocks: Sequence[Block]) -> int:
    return sum(len(folded(block.text).split()) for block in blocks)


def _share_repeated(feed: Sequence[Block], found: Sequence[Block]) -> float:
    there = {word for block in found for word in folded(block.text).split()}
    words = {word for block in feed for word in folded(block.text).split() if len(word) > 3}
    return len(words & there) / len(words) if words else 1.0
