"""A page's paragraphs in their order: those an extractor took for the article, and the visible lines it left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml.html import HtmlElement

from extraction.drafts import WordIndex, folded
from extraction.markup import BLOCKS, SeenLine
from wirewatch.folding import fold_texts
from wirewatch.model import Block, Zone

SURE_START = 12
"""Folded characters from which a line that a paragraph begins with is where that paragraph stands."""


@dataclass(frozen=True)
class PageLine:
    """A visible line with what is asked of it again and again."""

    number: int
    text: str
    element: HtmlElement
    folded: str
    """The text as words are compared."""
    chains: dict[HtmlElement, list[HtmlElement]]
    """Of the page's elements that were asked for: themselves and their ancestors."""
    tags_of: dict[HtmlElement, frozenset[str]]
    """Of these elements: their tags and their ancestors'."""

    @cached_property
    def tags(self) -> frozenset[str]:
        """The tags of the elements around its first words."""
        return _tags(self.element, self.tags_of)

    @cached_property
    def around(self) -> list[HtmlElement]:
        """The element its first words stand in, then that one's ancestors."""
        return _chain(self.element, self.chains)

    @cached_property
    def chain(self) -> list[HtmlElement]:
        """The block-level element it stands in, then that one's ancestors."""
        container = self.element
        while container.tag not in BLOCKS and (parent := container.getparent()) is not None:
            container = parent
        return _chain(container, self.chains)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A candidate for the article's text. `taken`: the extractor says that it is the article's."""

    text: str
    zone: Zone
    line: PageLine | None
    """Where it begins on the page; None where no visible line begins it."""
    taken: bool


def page_lines(lines: Sequence[SeenLine]) -> list[PageLine]:
    """The visible lines, numbered."""
    chains: dict[HtmlElement, list[HtmlElement]] = {}
    tags_of: dict[HtmlElement, frozenset[str]] = {}
    every = fold_texts([line.text for line in lines])
    return [
        PageLine(number, line.text, line.element, words, chains, tags_of)
        for number, (line, words) in enumerate(zip(lines, every, strict=True))
    ]


def _chain(element: HtmlElement, known: dict[HtmlElement, list[HtmlElement]]) -> list[HtmlElement]:
    """The element and its ancestors; most share theirs with a neighbour."""
    new, above = _up_to_known(element, known)
    chain = known[above] if above is not None else []
    for below in reversed(new):
        chain = known[below] = [below, *chain]
    return chain


def _tags(element: HtmlElement, known: dict[HtmlElement, frozenset[str]]) -> frozenset[str]:
    """The tags of the element and its ancestors."""
    new, above = _up_to_known(element, known)
    tags = known[above] if above is not None else frozenset[str]()
    for below in reversed(new):
        tags = known[below] = tags if below.tag in tags else tags | {below.tag}
    return tags


def _up_to_known(element: HtmlElement, known: Container[HtmlElement]) -> tuple[list[HtmlElement], HtmlElement | None]:
    """The element and its ancestors, as far as nothing is known of them; and the first of which something is."""
    path = []
    above: HtmlElement | None = element
    while above is not None and above not in known:
        path.append(above)
        above = above.getparent()
    return path, above


def in_page_order(article: Sequence[Block], lines: Sequence[PageLine]) -> list[Paragraph]:
    """The article's paragraphs, and between them the lines whose words they do not hold."""
    index = WordIndex(block.text for block in article)
    placed: list[tuple[int, int, Paragraph]] = []
    at = -1
    for block, line in zip(article, _beginnings(article, lines), strict=True):
        at = line.number if line else at
        placed.append((at, 0, Paragraph(block.text, block.zone, line, taken=True)))
    for line in lines:
        if not index.holds_folded(line.folded):
            placed.append((line.number, 1, Paragraph(line.text, Zone.FURNITURE, line, taken=False)))
    placed.sort(key=lambda place: place[:2])
    return [paragraph for _, _, paragraph in placed]


def _beginnings(article: Sequence[Block], lines: Sequence[PageLine]) -> list[PageLine | None]:
    """For each paragraph the line it begins with: the next one where several do."""
    same: dict[str, list[int]] = defaultdict(list)
    by_first_word: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.folded:
            same[line.folded].append(line.number)
            by_first_word[line.folded.split(" ", 1)[0]].append(line.number)
    found: list[PageLine | None] = []
    at = 0
    for block in article:
        words = folded(block.text)
        numbers = same.get(words) or [
            number
            for number in by_first_word.get(words.split(" ", 1)[0], ())
            if _begins_with(words, lines[number].folded)
        ]
        number = next((number for number in numbers if number >= at), numbers[0] if numbers else None)
        at = at if number is None else number
        found.append(None if number is None else lines[number])
    return found


def _begins_with(paragraph: str, line: str) -> bool:
    shorter, longer = sorted((paragraph, line), key=len)
    return len(shorter) >= SURE_START and longer.startswith(shorter)
