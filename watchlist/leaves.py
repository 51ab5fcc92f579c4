"""Where words, phrases, exact forms, stems and names stand in an article."""

from __future__ import annotations

import re
from typing import Final

from watchlist.mentions import Mention
from watchlist.naming import name_mentions
from watchlist.query import Exact, Leaf, Name, Stem, Words
from watchlist.text import ArticleText
from wirewatch.folding import exact_form, fold_text
from wirewatch.model import Zone


def leaf_mentions(leaf: Leaf, text: ArticleText, zones: frozenset[Zone]) -> list[Mention]:
    """The mentions of a leaf in these zones, in order of position."""
    match leaf:
        case Words(prefix=prefix):
            return _sequences(leaf, leaf.words, prefix, text, zones)
        case Exact(prefix=prefix):
            found = _sequences(leaf, leaf.words, prefix, text, zones)
            return [mention for mention in found if _stands_exactly(leaf, mention, text)]
        case Stem():
            return [Mention((position,), leaf) for position in text.within(text.inflections(leaf.text), zones)]
        case Name():
            found = name_mentions(leaf, text, zones)
            return [mention for mention in found if not _is_excluded(leaf, mention, text)] if leaf.excluded else found


def _is_excluded(name: Name, mention: Mention, text: ArticleText) -> bool:
    """Whether the mention, or one of its words, is a spelling that the name must not catch."""
    words = fold_text(text.surface(mention.first, mention.last))
    return words in name.excluded or not name.excluded.isdisjoint(words.split())


def _sequences(
    leaf: Leaf, words: tuple[str, ...], prefix: bool, text: ArticleText, zones: frozenset[Zone]
) -> list[Mention]:
    """The words one after another within a block; with `prefix`, the last one may go on."""
    if prefix and len(words) == 1:
        every = [position for word in text.words_beginning(words[0]) for position in text.places(word)]
        return [Mention((position,), leaf) for position in text.within(sorted(every), zones)]
    if not prefix:
        steps = range(len(words))
        found = text.within(text.places(" ".join(words)), zones)
        return [Mention(tuple([first + step for step in steps]), leaf) for first in found]
    last = len(words) - 1
    return [
        Mention(tuple(range(first, first + len(words))), leaf)
        for first in text.within(text.places(" ".join(words[:-1])), zones)
        if text.segment_at(first).word(first + last).startswith(words[-1])
    ]


_DASHES_AND_QUOTES: Final = str.maketrans("‐‑’‘‛ʼ＇“”„‟", "--'''''\"\"\"\"")


def _plain(text: str) -> str:
    """Characters as `=` compares them: what cannot be seen, or differs only in typography, is alike."""
    return re.sub(r"\s+", " ", exact_form(text).translate(_DASHES_AND_QUOTES))


def _stands_exactly(leaf: Exact, mention: Mention, text: ArticleText) -> bool:
    """Whether case, marks and the punctuation between and around the words are those of the query."""
    segment = text.segment_at(mention.first)
    there = [segment.token(position) for position in mention.words]
    asked = leaf.tokens
    start, end = there[0].start, there[-1].end
    shown, wanted = _plain(segment.text[start:end]), _plain(leaf.text[asked[0].start : asked[-1].end])
    if not (shown.startswith(wanted) if leaf.prefix else shown == wanted):
        return False
    before, after = _plain(leaf.text[: asked[0].start]), _plain(leaf.text[asked[-1].end :])
    margin = 2 * (len(before) + len(after)) + 2
    return _plain(segment.text[max(0, start - margin) : start]).endswith(before) and _plain(
        segment.text[end : end + margin]
    ).startswith(after)
