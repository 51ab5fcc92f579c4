"""Which of the paragraphs that were found are the article's, and which lines beside them are too.

A model tells for each how likely it is. Where it doubts much of what the extractor took, two more extractors are asked
and the majority decides; where it doubts little, it decides alone. What is left out stays on the page as furniture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import or_

from lxml.html import HtmlElement

from extraction import second_opinion
from extraction.drafts import WordIndex
from extraction.page_metadata import PageMetadata
from extraction.paragraph_features import NAMES, PageSays, Surroundings
from extraction.paragraph_model import ParagraphModel, shipped_model
from extraction.paragraphs import PageLine, in_page_order
from wirewatch.model import Block

LEAVES = 0.55
"""A paragraph that was taken stays from this likelihood on."""
JOINS = 0.65
"""A line that was not taken joins from this likelihood on."""
DOUBTED = 0.5
MUCH_DOUBT = 0.1
"""Share of the taken text that is doubted, from which other extractors are asked."""
LEAST_KEPT = 0.3
"""Share of the taken text that must be left: less, and it is the doubt that is doubtful."""

SIGNS = frozenset(
    {"links", "promo class", "promo class, far", "meta class", "picture class", "in figure", "in figcaption", "outside",
     "in header", "other article", "heading", "furniture cue", "credit cue", "byline cue", "date cue", "address cue",
     "wall cue", "copied", "all capitals"}
)  # fmt: skip
"""Features that give a list away as a menu, tags, teasers or offers."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The article's paragraphs, the lines that belong to it besides, and paragraphs that do not after all."""

    article: list[Block]
    joined: frozenset[int]
    """Numbers of visible lines."""
    left_out: list[Block]


def judge(
    found: list[Block],
    quick: Sequence[str],
    lines: Sequence[PageLine],
    tree: HtmlElement,
    page: PageMetadata,
    url: str,
    model: ParagraphModel | None = None,
) -> Judged:
    """Judge what an extractor found on a page; `quick` are the lines of the cheap second extractor."""
    model = model or shipped_model()
    second = WordIndex(quick)
    paragraphs = in_page_order(found, lines)
    around = Surroundings(paragraphs, lines, PageSays(page.title or "", page.description or "", second))
    blocks: list[Block] = []
    likely: list[float] = []
    listed: list[bool] = []
    joined: set[int] = set()
    for number, paragraph in enumerate(paragraphs):
        if paragraph.taken:
            blocks.append(Block(paragraph.text, paragraph.zone))
            measured = around.measure(number)
            likely.append(model.likelihood(measured, taken=True))
            announced = number > 0 and paragraphs[number - 1].text.endswith((":", "："))
            belongs = announced or around.first < number < around.last or listed[-1:] == [True]
            listed.append(belongs and _is_plain_item(measured))
        elif (
            paragraph.line is not None
            and around.may_belong(number)
            and model.likelihood(around.measure(number), taken=False) >= JOINS
        ):
            joined.add(paragraph.line.number)
    stays = map(or_, _who_stays(blocks, likely, second, tree, url), listed)
    kept: list[Block] = []
    left_out: list[Block] = []
    for block, stay in zip(blocks, stays, strict=True):
        (kept if stay else left_out).append(block)
    return Judged(kept, frozenset(joined), left_out)


def _is_plain_item(measured: Sequence[float]) -> bool:
    """Whether a paragraph is of a list that nothing gives away: to the model short items look like a menu anywhere."""
    shown = {name for name, value in zip(NAMES, measured, strict=True) if value}
    return {"in list", "inside"} <= shown and shown.isdisjoint(SIGNS)


def _who_stays(
    blocks: Sequence[Block], likely: Sequence[float], second: WordIndex, tree: HtmlElement, url: str
) -> list[bool]:
    sizes = [len(block.text) for block in blocks]
    doubted = sum(size for size, chance in zip(sizes, likely, strict=True) if chance < DOUBTED)
    if doubted <= MUCH_DOUBT * sum(sizes):
        return [chance >= LEAVES for chance in likely]
    stays = second_opinion.majority(blocks, second, tree, url)
    kept = sum(size for size, stay in zip(sizes, stays, strict=True) if stay)
    return stays if kept >= LEAST_KEPT * sum(sizes) else [True] * len(blocks)
