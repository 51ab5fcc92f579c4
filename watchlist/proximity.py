"""NEAR, ONEAR and NOT NEAR over mentions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from watchlist.mentions import Mention, distinct, minimal, words_between
from watchlist.query import Near, NotNear, Within
from watchlist.text import ArticleText

_MOST_PAIRS: Final = 20_000
"""In a text that repeats its words thousands of times, each mention is joined with its nearest partners only,
and of the pairs the shortest are kept."""


def join(node: Near, left: list[Mention], right: list[Mention], text: ArticleText) -> list[Mention]:
    """Every pair within reach; no word serves both sides."""
    reach = _Reach(node, right, text, max(_FEWEST_PARTNERS, _MOST_PAIRS // max(1, len(left))))
    pairs = distinct(
        Mention(tuple(sorted(one.words + other.words)), node, (one, other))
        for one in left
        for other in reach.partners(one)
        if set(one.words).isdisjoint(other.words)
    )
    return pairs if len(pairs) <= _MOST_PAIRS else minimal(pairs)


def keep_apart(node: NotNear, left: list[Mention], right: list[Mention], text: ArticleText) -> list[Mention]:
    """The left mentions that have no right one within reach; one made of their own words only is not another."""
    reach = _Reach(node, right, text, len(right))
    return [
        Mention(one.words, node, (one,))
        for one in left
        if all(set(other.words) <= set(one.words) for other in reach.partners(one))
    ]


_FEWEST_PARTNERS: Final = 4
"""To either side; the very nearest may share a word and not count."""


class _Reach:
    """The right side of a NEAR, sorted, so that only what may be within reach is looked at."""

    def __init__(self, node: Near | NotNear, right: list[Mention], text: ArticleText, most: int) -> None:
        self.node = node
        self.text = text
        self.most = most
        self.right = sorted(right, key=lambda mention: mention.first)
        self.firsts = [mention.first for mention in self.right]
        self.longest = max((mention.last - mention.first for mention in right), default=0)

    def partners(self, one: Mention) -> list[Mention]:
        """The right mentions within reach of a left one."""
        window = self._window(one)
        if self.node.ordered:
            window = [other for other in window if one.last < other.first]
        match self.node.within:
            case Within():
                return [other for other in window if self._together(one, other)]
            case words:
                return [other for other in window if words_between(one, other) <= words]

    def _window(self, one: Mention) -> list[Mention]:
        if isinstance(self.node.within, Within):
            segment = self.text.segment_at(one.first)
            before, after = segment.first, segment.first + len(segment.words)
        else:
            before = one.first - self.node.within - 1
            after = one.last + self.node.within + 1
        begin = bisect_left(self.firsts, before - self.longest)
        end = bisect_right(self.firsts, after)
        if end - begin > 2 * self.most:
            middle = bisect_left(self.firsts, one.first)
            begin, end = max(begin, middle - self.most), min(end, middle + self.most + 1)
        return self.right[begin:end]

    def _together(self, one: Mention, other: Mention) -> bool:
        first, last = min(one.first, other.first), max(one.last, other.last)
        if self.node.within is Within.PARAGRAPH:
            return self.text.segment_index(first) == self.text.segment_index(last)
        return self.text.sentence_at(first) == self.text.sentence_at(last)
