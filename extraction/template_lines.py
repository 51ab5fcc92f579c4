"""Lines that a source repeats in article after article, learnt from the articles themselves.

One page does not show that `This report was made possible by our readers` is no news; thirty do. A line is taken for
the source's template only where it is short, stands at the edge of the article, quotes nobody, and has stood at the
edge of several unlike articles of several days, and of many of all that are remembered. It becomes furniture: a term in
it is stored as a suppressed hit. One sibling proves nothing, nor does a story that runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from extraction.drafts import folded
from wirewatch.edge_lines import EdgeLines
from wirewatch.identity import digest, fingerprint
from wirewatch.model import Article, Block, Zone

LONGEST = 40
"""Words of a template line; in scripts without spaces, characters."""
SHORTEST = 3
FIRST, LAST = 2, 4
"""Paragraphs at the beginning and at the end of the text that may be a template's."""
ARTICLES = 3
DAYS = 2
OFTEN = 0.3
"""Share of the remembered articles that carry a template line: a quote of a running story stands in few."""
ALIKE = 0.5
"""Two articles that share more of their edges than this are copies or updates of one, and prove nothing."""
MOST_DEMOTED = 0.5
"""Share of an article's text that may be its template: where more seems so, it is news that repeats."""
QUOTES = frozenset('"“”„«»「」『』‹›‘')
RUNNING_TEXT = frozenset({Zone.BODY, Zone.SUBHEAD})


def edge_lines(article: Article) -> EdgeLines:
    """What is remembered of an article."""
    day = (article.published_at or article.fetched_at).date()
    return EdgeLines(article.key, day, frozenset(_digest(article.blocks[number]) for number in _edges(article)))


def without_templates(article: Article, remembered: Iterable[EdgeLines]) -> Article:
    """The article with its source's template lines as furniture; `remembered` are other articles of that source."""
    own = {number: _digest(article.blocks[number]) for number in _edges(article)}
    if not own:
        return article
    others = [each for each in remembered if each.article_key != article.key]
    unlike = [each for each in others if len(each.lines & set(own.values())) <= ALIKE * len(own)]
    template = {number for number, line in own.items() if _is_template(line, unlike)}
    text = sum(len(block.text) for block in article.blocks if block.zone in RUNNING_TEXT)
    if not template or sum(len(article.blocks[number].text) for number in template) > MOST_DEMOTED * text:
        return article
    kept = [block for number, block in enumerate(article.blocks) if number not in template]
    demoted = [Block(article.blocks[number].text, Zone.FURNITURE) for number in sorted(template)]
    blocks = (*kept, *demoted)
    return replace(article, blocks=blocks, fingerprint=fingerprint(blocks))


def _is_template(line: bytes, others: Sequence[EdgeLines]) -> bool:
    carrying = [each for each in others if line in each.lines]
    return len(carrying) >= max(ARTICLES, OFTEN * len(others)) and len({each.day for each in carrying}) >= DAYS


def _edges(article: Article) -> list[int]:
    """Numbers of the short paragraphs at the beginning and the end of the text that quote nobody."""
    numbers = [number for number, block in enumerate(article.blocks) if block.zone in RUNNING_TEXT]
    edges = sorted({*numbers[:FIRST], *numbers[-LAST:]})
    return [number for number in edges if _may_be_template(article.blocks[number].text)]


def _may_be_template(text: str) -> bool:
    return not QUOTES & set(text) and SHORTEST <= len(folded(text).split()) <= LONGEST


def _digest(block: Block) -> bytes:
    return digest("line", folded(block.text))[:8]
