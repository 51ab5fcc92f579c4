"""What is remembered of a text's words never loses a name, compared with trying every pair of words on every name."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

from watchlist.checking import article_of_text
from watchlist.name_sides import Names
from watchlist.names import PARTICLES, same_name
from watchlist.sightings import Sightings
from watchlist.skeletons import skeletons
from watchlist.text import ArticleText
from wirewatch.folding import fold_text, folded_words

PLACES = Path(__file__).parent.parent / "quality" / "places.tsv"


def _spellings() -> list[str]:
    lines = [line for line in PLACES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    words = {fold_text(spelling) for line in lines[::3] for spelling in line.split("\t")}
    return sorted(word for word in words if " " not in word)


WORDS = _spellings()


class Crowd:
    """Names, and texts whose words are often taken for those of the names, and sometimes spell them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        few = frozenset().union(*map(skeletons, self.random.sample(WORDS, 3)))
        alike = [word for word in WORDS if not few.isdisjoint(skeletons(word))]
        self.words = self.random.sample(alike, min(30, len(alike)))
        pairs = [(self.random.choice(self.words), self.random.choice(self.words)) for _ in range(25)]
        self.pairs = list(dict.fromkeys(pairs))
        self.sightings = Sightings(Names({}, {" ".join(pair): number for number, pair in enumerate(self.pairs)}))

    def text(self, length: int) -> list[str]:
        return self.random.choices([*self.words, "al", "de", "von", "the", "io"], k=length)

    def spelled(self, words: list[str]) -> set[int]:
        """The numbers of the names whose two words stand together, at most two particles between them."""
        found = set()
        for place, gap in product(range(len(words)), range(3)):
            following = place + gap + 1
            if following < len(words) and PARTICLES.issuperset(words[place + 1 : following]):
                found.update(
                    number
                    for number, (first, second) in enumerate(self.pairs)
                    if same_name(first, words[place], True) and same_name(second, words[following], True)
                )
        return found


@pytest.mark.parametrize("seed", range(12))
def test_two_words_are_seen_wherever_they_spell_a_name(seed: int) -> None:
    crowd = Crowd(seed)
    texts = [crowd.text(length) for length in (0, 1, 2, *[20] * 12)]
    expected = [crowd.spelled(words) for words in texts]
    assert any(expected)
    for _ in range(3):  # what is refuted of a word is left out from its third time on
        found = [crowd.sightings.anchors_in(ArticleText(article_of_text(" ".join(words)))) for words in texts]
        assert found == expected


@pytest.mark.parametrize("seed", range(12))
def test_joined_words_are_no_less_than_parted_ones(seed: int) -> None:
    crowd = Crowd(seed)
    texts = ["".join(word + crowd.random.choice("- ") for word in crowd.text(12)) for _ in range(8)]
    for text in texts * 3:
        assert crowd.sightings.anchors_in(ArticleText(article_of_text(text))) >= crowd.spelled(folded_words(text))


@pytest.mark.parametrize("seed", range(12))
def test_one_word_is_seen_wherever_it_spells_a_name(seed: int) -> None:
    crowd = Crowd(seed)
    names = crowd.words[:15]
    sightings = Sightings(Names({name: number for number, name in enumerate(names)}, {}))
    for words in [crowd.text(10) for _ in range(5)] * 2:
        expected = {n for n, name in enumerate(names) for one in words if same_name(name, one, False)}
        assert sightings.anchors_in(ArticleText(article_of_text(" ".join(words)))) == expected
