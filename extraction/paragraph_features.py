"""What can be measured of a page's paragraphs, to tell the article's from those around it, in any language.

Text, markup, and place among the paragraphs that the extractor took.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from extraction import cues
from extraction.class_names import BODY, META, PICTURE, PROMO, STANDFIRST, kinds_of
from extraction.drafts import WordIndex, folded
from extraction.markup import OUTSIDE
from extraction.paragraphs import PageLine, Paragraph
from wirewatch.model import Zone

SENTENCE_END = re.compile(r"[.!?。！？…؟।:][\"'”’»“)\]]*$")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LISTS = frozenset({"ul", "ol", "dl"})
PROSE = 12
"""Words from which a paragraph that ends like a sentence is prose."""
CLASS_REACH = 4
"""Elements, from the paragraph's own outwards, whose class names say what it is."""
FAR_CLASS_REACH = 8
UNRELATED = 20
CUE_REACH = 60
"""Characters in which a paragraph says that it is furniture; looking further costs as much as all else here."""


@dataclass(frozen=True, slots=True)
class PageSays:
    """What the page's data and a second extractor say, against which paragraphs are held."""

    title: str
    description: str
    second: WordIndex
    """All that the second extractor took."""


class Surroundings:
    """What a paragraph's place on the page is measured against: the prose that the extractor took."""

    def __init__(self, paragraphs: Sequence[Paragraph], lines: Sequence[PageLine], says: PageSays) -> None:
        self.paragraphs = paragraphs
        self.words = [(paragraph.line and _same_words(paragraph)) or _words(paragraph) for paragraph in paragraphs]
        self.sizes = [_size(paragraph, len(words)) for paragraph, words in zip(paragraphs, self.words, strict=True)]
        self.ends = [SENTENCE_END.search(paragraph.text[-8:]) is not None for paragraph in paragraphs]
        self.prose = [
            paragraph.taken and size >= PROSE and ends
            for paragraph, size, ends in zip(paragraphs, self.sizes, self.ends, strict=True)
        ]
        numbers = [number for number, prose in enumerate(self.prose) if prose]
        self.first, self.last = (numbers[0], numbers[-1]) if numbers else (len(paragraphs), -1)
        self.shared_by = Counter(word for number in numbers for word in set(self.words[number]))
        self.copies = Counter(line.folded for line in lines)
        self.says = says
        self.title = f" {folded(says.title)} "
        self.description = folded(says.description)
        self._outside: dict[HtmlElement, bool] = {}
        self.parent, self.article = self._main_elements()
        self.around = set() if self.parent is None else {self.parent, *self.parent.iterancestors()}

    def _main_elements(self) -> tuple[HtmlElement | None, HtmlElement | None]:
        """The parent and the `article` element of most of the text that was taken."""
        parents: Counter[HtmlElement] = Counter()
        articles: Counter[HtmlElement | None] = Counter()
        for paragraph, size in zip(self.paragraphs, self.sizes, strict=True):
            if paragraph.taken and paragraph.line is not None:
                chain = paragraph.line.chain
                if len(chain) > 1:
                    parents[chain[1]] += size
                articles[_article_element(chain)] += size
        return (parents.most_common(1) or [(None, 0)])[0][0], (articles.most_common(1) or [(None, 0)])[0][0]

    def may_belong(self, number: int) -> bool:
        """Whether a line that was not taken is worth judging: not outside, and somehow tied to the article."""
        paragraph = self.paragraphs[number]
        if paragraph.taken or paragraph.line is None:
            return False
        chain = paragraph.line.chain
        if self._is_outside(chain):
            return False
        words = paragraph.line.folded
        return (
            self.parent in chain
            or self.says.second.holds_folded(words)
            or bool(kinds_of(chain, CLASS_REACH) & STANDFIRST)
            or bool(self.description and words == self.description)
        )

    def _is_outside(self, chain: list[HtmlElement]) -> bool:
        if len(chain) < 3:
            return False
        if chain[0].tag in OUTSIDE:
            return True
        if chain[1] not in self._outside:
            self._outside[chain[1]] = any(element.tag in OUTSIDE for element in chain[1:-2])
        return self._outside[chain[1]]

    def measure(self, number: int) -> list[float]:
        """The features of one paragraph, in the order of NAMES."""
        paragraph = self.paragraphs[number]
        chain = paragraph.line.chain if paragraph.line is not None else []
        measured = {
            **self._text(number, paragraph),
            **_markup(paragraph, chain),
            **self._relation(chain),
            **self._place(number),
            **self._wording(number),
        }
        return [float(measured[name]) for name in NAMES]

    def _text(self, number: int, paragraph: Paragraph) -> dict[str, float]:
        text, size = paragraph.text, self.sizes[number]
        pieces = text.split()
        small = size < PROSE
        return {
            "length": math.log1p(size) / 4,
            "short": size <= 3,
            "middling": 4 <= size <= 9,
            "sentence": self.ends[number],
            "prose": size >= PROSE and self.ends[number],
            "comma": "," in text or "，" in text or "、" in text,
            "digits": sum(map(str.isdigit, text)) / max(1, len(text)),
            "capitals": sum(piece[:1].isupper() for piece in pieces) / max(1, len(pieces)),
            "all capitals": text.isupper(),
            "colon": text.endswith((":", "：")),
            "quote": text[:1] in "\"“„«»‘'",
            "bracket": text[:1] in "([",
            "subhead": paragraph.zone is Zone.SUBHEAD,
            "furniture cue": cues.shows(cues.FURNITURE, text, CUE_REACH),
            "credit cue": cues.shows(cues.CREDIT, text, cues.REACH),
            "byline cue": size < 15 and cues.BYLINE.match(text) is not None,
            "date cue": small and cues.shows(cues.DATE, text),
            "address cue": cues.shows(cues.ADDRESS, text, cues.REACH),
            "wall cue": size < 40 and cues.shows(cues.WALL, text),
        }

    def _relation(self, chain: list[HtmlElement]) -> dict[str, float]:
        """To the element that most of the taken text stands in."""
        steps = next((step for step, element in enumerate(chain) if element in self.around), UNRELATED)
        return {
            "same parent": len(chain) > 1 and chain[1] is self.parent,
            "inside": self.parent is not None and self.parent in chain,
            "distance": min(steps, 6) / 6,
            "apart": steps >= 3,
            "other article": bool(chain) and _article_element(chain) is not self.article,
        }

    def _place(self, number: int) -> dict[str, float]:
        around = range(number - 3, number + 4)
        return {
            "before": number < self.first,
            "after": number > self.last,
            "far after": math.log1p(max(0, number - self.last)) / 3,
            "far before": math.log1p(max(0, self.first - number)) / 3,
            "taken before": self._at(number - 1) and self.paragraphs[number - 1].taken,
            "taken after": self._at(number + 1) and self.paragraphs[number + 1].taken,
            "prose before": self._at(number - 1) and self.prose[number - 1],
            "prose after": self._at(number + 1) and self.prose[number + 1],
            "prose around": sum(self._at(near) and self.prose[near] for near in around if near != number) / 6,
        }

    def _at(self, number: int) -> bool:
        return 0 <= number < len(self.paragraphs)

    def _wording(self, number: int) -> dict[str, float]:
        """How the words relate to the prose, the headline, and what else the page says."""
        words = " ".join(self.words[number])
        own = 1 if self.prose[number] else 0
        long_words = {word for word in self.words[number] if len(word) > 3}
        recurring = sum(self.shared_by[word] > own for word in long_words) / max(1, len(long_words))
        return {
            "recurring": recurring,
            "recurring, long": recurring * (self.sizes[number] >= 8),
            "in title": f" {words} " in self.title,
            "description": bool(self.description) and words == self.description,
            "in description": self.sizes[number] > 5 and words in self.description,
            "copied": self.copies[words] > 1,
            "second opinion": self.says.second.holds_folded(words),
        }


def _markup(paragraph: Paragraph, chain: list[HtmlElement]) -> dict[str, float]:
    tag = chain[0].tag if chain else "p"
    tags = {element.tag for element in chain[:-2]}
    links = _link_share(paragraph.line, chain) if paragraph.line is not None else 0.0
    kinds = kinds_of(chain, CLASS_REACH)
    return {
        "unplaced": not chain,
        "links": links,
        "all links": links > 0.9,
        "p": tag == "p",
        "li": tag == "li",
        "cell": tag in ("td", "th"),
        "heading": tag in HEADINGS,
        "div": tag in ("div", "section"),
        "quotation": "blockquote" in tags,
        "in figcaption": "figcaption" in tags,
        "in figure": "figure" in tags,
        "outside": bool(tags & OUTSIDE),
        "in header": "header" in tags,
        "in table": "table" in tags,
        "in list": bool(tags & LISTS),
        "promo class": bool(kinds & PROMO),
        "promo class, far": bool(kinds_of(chain, FAR_CLASS_REACH) & PROMO),
        "picture class": bool(kinds & PICTURE),
        "meta class": bool(kinds & META),
        "body class": bool(kinds & BODY),
        "standfirst class": bool(kinds & STANDFIRST),
    }


NAMES = (
    *("unplaced", "length", "short", "middling", "sentence", "prose", "comma", "digits", "capitals", "all capitals"),
    *("links", "all links", "colon", "p", "li", "cell", "heading", "div", "quotation", "in figcaption", "in figure"),
    *("outside", "in header", "in table", "in list", "promo class", "promo class, far", "picture class", "meta class"),
    *("body class", "same parent", "inside", "distance", "apart", "other article", "subhead", "furniture cue"),
    *("credit cue", "byline cue", "date cue", "address cue", "wall cue", "before", "after", "far after", "far before"),
    *("taken before", "taken after", "prose before", "prose after", "prose around", "recurring", "recurring, long"),
    *("in title", "description", "in description", "copied", "second opinion", "standfirst class", "quote", "bracket"),
)


def _same_words(paragraph: Paragraph) -> list[str] | None:
    """The words of its line, folded once already, where it is that line."""
    line = paragraph.line
    return line.folded.split() if line is not None and line.text == paragraph.text else None


def _words(paragraph: Paragraph) -> list[str]:
    return folded(paragraph.text).split()


def _size(paragraph: Paragraph, words: int) -> int:
    """Words; of scripts without spaces, what would be as much text."""
    return words if words > 2 or len(paragraph.text) < PROSE else max(words, len(paragraph.text) // 3)


def _article_element(chain: Sequence[HtmlElement]) -> HtmlElement | None:
    return next((element for element in chain if element.tag == "article"), None)


def _link_share(line: PageLine, chain: list[HtmlElement]) -> float:
    """The share of the paragraph's element that is link text."""
    if any(element.tag == "a" for element in chain):
        return 1.0
    whole = _length(chain[0])
    in_link = line.element is not chain[0] and "a" in line.tags
    if in_link and whole < 3 * len(line.text):
        return 1.0
    return min(1.0, sum(_length(link) for link in chain[0].iter("a")) / max(1, whole))


def _length(element: HtmlElement) -> int:
    return len(element.text_content())
