"""Lexemes are worked out chunk by chunk; they are those of the whole text."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from watchlist import article_of_text, lexemes, read
from watchlist.skeletons import skeletons
from watchlist.stems import stemmer_for
from wirewatch.folding import JOINTS, tokens
from wirewatch.model import Article, Block, Zone

ZONES = [Zone.BODY, Zone.FURNITURE, Zone.CAPTION]
texts = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "Sanctions",
                "Hay’at",
                "al-Sham",
                "Übung",
                "½",
                "U.S.",
                "塔利班",
                "санкции",
                "الشام",
                "s",
                "’s",
                "—",
                "Ünal",
            ]
        ),
        st.sampled_from([" ", " ", "-", "’", "\u00a0", "\n", ",", ""]),
    ),
    max_size=12,
).map(lambda pieces: "".join(word + gap for word, gap in pieces))


def _of_whole_text(text: str, language: str | None) -> set[str]:
    words = tokens(text)
    stem = stemmer_for(language)
    joined = [
        one.word + other.word
        for one, other in pairwise(words)
        if one.end + 1 == other.start and text[one.end] in JOINTS
    ]
    names = {f"~{skeleton}" for word in [*(token.word for token in words), *joined] for skeleton in skeletons(word)}
    return {token.word for token in words} | {f"+{stem(text[token.start : token.end])}" for token in words} | names


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=3), st.sampled_from(["en", "de-AT", "ru", "xx", None]))
def test_the_lexemes_are_those_of_the_whole_text(blocks: list[str], language: str | None) -> None:
    article: Article = replace(
        article_of_text(""),
        blocks=tuple(Block(text, zone) for text, zone in zip(blocks, ZONES, strict=False)),
        byline="Leandro O’Neill",
        language=language,
    )
    expected = set().union(*(_of_whole_text(text, language) for text in [*blocks, "Leandro O’Neill"]))
    assert lexemes(article) == lexemes(read(article)) == expected
