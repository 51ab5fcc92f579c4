"""Made-up news and made-up lists of queries for the watchlist benchmarks, each from a fixed seed.

Two lists are measured over the articles they were made for. `Desk` is the one that the targets are about, `Dense` one
that hits far more than anybody could read: it shows what candidates and hits cost.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import ClassVar, Final

from watchlist import article_of_text
from wirewatch.model import Article, Block, Zone

WORDS_AN_ARTICLE: Final = 600
NAMES_AN_ARTICLE: Final = 60
_PLACES = Path(__file__).resolve().parent.parent / "tests" / "quality" / "places.tsv"
_LENGTHS = range(3, 13)
_OFTEN = range(200, 5_000)
"""Ranks of the words that queries ask for beside a name: sanctions, election, drone."""


class World(ABC):
    """A vocabulary with frequencies by Zipf's law, articles and queries."""

    mix: ClassVar[dict[str, float]]
    vocabulary: ClassVar[int]

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = self._made_up(self.vocabulary)
        self._weights = list(accumulate(1 / (rank + 2.7) ** 1.1 for rank in range(self.vocabulary)))

    @abstractmethod
    def _mentions(self) -> list[str]:
        """What an article names, as NAMES_AN_ARTICLE words in all, each mention in one piece."""

    @abstractmethod
    def _query(self, kind: str) -> str:
        """A query of a kind in `mix`."""

    def articles(self, count: int) -> Iterator[Article]:
        """Articles in paragraphs of 60 words, in sentences of 20, a tenth of the words names."""
        for _ in range(count):
            pieces = self.random.choices(self.words, cum_weights=self._weights, k=WORDS_AN_ARTICLE - NAMES_AN_ARTICLE)
            for mention in self._mentions():
                pieces.insert(self.random.randrange(len(pieces)), mention)
            words = " ".join(pieces).split()
            for place in range(0, WORDS_AN_ARTICLE, 20):
                words[place] = words[place].capitalize()
                words[place - 1] += "."
                words[place - 12] += ","
            paragraphs = [" ".join(words[place : place + 60]) for place in range(0, WORDS_AN_ARTICLE, 60)]
            blocks = tuple(Block(text, Zone.BODY) for text in paragraphs)
            yield replace(article_of_text(""), blocks=blocks, language="en")

    def queries(self, count: int) -> list[str]:
        """Queries, none twice, in the proportions of `mix`."""
        found: dict[str, None] = {}
        while len(found) < count:
            kinds = self.random.choices(list(self.mix), weights=list(self.mix.values()), k=count - len(found))
            found.update(dict.fromkeys(map(self._query, kinds)))
        return list(found)

    def _often(self) -> str:
        return self.words[self.random.choice(_OFTEN)]

    def _beginning(self) -> str:
        return next(word for word in iter(self._often, "") if len(word) >= 5)[:5]

    def _made_up(self, count: int, beside: Sequence[str] = ()) -> list[str]:
        """So many other words that look like names of places: each letter follows two others as it does there."""
        following = _letters_after_two()
        found = dict.fromkeys(beside)
        while len(found) < len(beside) + count:
            word = "  "
            while not (word.endswith(" ") and len(word) > 2):
                word += self.random.choice(following[word[-2:]])
            if len(word.strip()) in _LENGTHS and word.strip().isalpha():
                found[word.strip()] = None
        return list(found)[len(beside) :]


class Desk(World):
    """What the list of a news desk looks like: people, firms and places, alone or with what is wanted of them.

    The world has a million of them, four fifths people; an article names about fifteen, in full at first, then by the
    last word. Names alone are taken from all of them alike, for one that is always in the news is not asked for alone;
    names with a topic, by how much they are in the news (the square root).
    """

    vocabulary = 100_000
    mix: ClassVar = {
        "names": 0.43,
        "rare words": 0.02,
        "name AND (word OR word OR word)": 0.20,
        "name word NOT word": 0.10,
        "name NEAR/8 (word OR word)": 0.10,
        "name and prefix*": 0.05,
        "~name": 0.05,
        "name and word+": 0.05,
    }
    _people = 800_000
    _others = 200_000
    _given = 4_000
    _family = 40_000
    _more = (0, 0, 1, 1, 2, 3, 5)
    """How often a name comes again after its first mention in an article."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        words = [word.capitalize() for word in self._made_up(self._given + self._family + self._others, self.words)]
        given, family, others = words[: self._given], words[self._given :][: self._family], words[-self._others :]
        often = list(accumulate(1 / (rank + 10) for rank in range(self._given)))
        first = self.random.choices(given, cum_weights=often, k=self._people)
        people = [f"{one} {self.random.choice(family)}" for one in first]
        self.names = [*people, *others]
        self.random.shuffle(self.names)
        ranks = range(len(self.names))
        self._newsy = list(accumulate(1 / (rank + 20) for rank in ranks))
        self._watched = list(accumulate((rank + 20) ** -0.5 for rank in ranks))

    def _mentions(self) -> list[str]:
        found: list[str] = []
        left = NAMES_AN_ARTICLE
        while left > 0:
            name = self.random.choices(self.names, cum_weights=self._newsy)[0]
            last = name.split()[-1]
            mentions = [name, *[last] * self.random.choice(self._more)] if left >= len(name.split()) else [last]
            for mention in mentions:
                if left > 0:
                    found.append(mention)
                    left -= len(mention.split())
        return found

    def _query(self, kind: str) -> str:
        match kind:
            case "names":
                return _quoted(self.random.choice(self.names))
            case "rare words":
                return self.words[self.random.randrange(self.vocabulary * 7 // 10, self.vocabulary)]
            case "~name":
                return f"~{_quoted(next(name for name in iter(self._any, '') if ' ' in name))}"
            case "name AND (word OR word OR word)":
                return f"{self._subject()} AND ({self._often()} OR {self._often()} OR {self._often()})"
            case "name word NOT word":
                return f"{self._subject()} {self._often()} NOT {self._often()}"
            case "name NEAR/8 (word OR word)":
                return f"{self._subject()} NEAR/8 ({self._often()} OR {self._often()})"
            case "name and prefix*":
                return f"{self._subject()} {self._beginning()}*"
            case _:
                return f"{self._subject()} {self._often()}+"

    def _any(self) -> str:
        return self.random.choice(self.names)

    def _subject(self) -> str:
        return _quoted(self.random.choices(self.names, cum_weights=self._watched)[0])


class Dense(World):
    """Sixty names an article that have nothing to do with each other, and a list that asks for each of them."""

    vocabulary = 60_000
    mix: ClassVar = {
        "names of two words": 0.30,
        "single words": 0.15,
        "AND with a list": 0.20,
        "NOT": 0.10,
        "NEAR": 0.10,
        "prefixes": 0.05,
        "names ~": 0.05,
        "stems +": 0.05,
    }
    _names = 50_000

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.names = [name.capitalize() for name in self._made_up(self._names)]
        self._name_weights = list(accumulate(1 / (rank + 20) for rank in range(self._names)))

    def _mentions(self) -> list[str]:
        return self.random.choices(self.names, cum_weights=self._name_weights, k=NAMES_AN_ARTICLE)

    def _query(self, kind: str) -> str:
        match kind:
            case "names of two words":
                return f'"{self._any()} {self._any()}"'
            case "single words":
                return self._any() if self.random.random() < 0.5 else self.words[self.random.randrange(20_000, 60_000)]
            case "AND with a list":
                return f"{self._any()} ({self._often()} OR {self._often()} OR {self._often()})"
            case "NOT":
                return f"{self._any()} {self._often()} NOT {self._often()}"
            case "NEAR":
                return f"{self._any()} NEAR/8 ({self._often()} OR {self._often()})"
            case "prefixes":
                return f"{self._any()} {self._beginning()}*"
            case "names ~":
                return f'~"{self._any()} {self._any()}"'
            case _:
                return f"{self._any()} {self._often()}+"

    def _any(self) -> str:
        return self.random.choice(self.names)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


@cache
def _letters_after_two() -> dict[str, Sequence[str]]:
    following: dict[str, list[str]] = {}
    for line in _PLACES.read_text(encoding="utf-8").splitlines():
        name = "" if line.startswith("#") else f"  {line.split()[0].lower()} "
        for place in range(2, len(name)):
            following.setdefault(name[place - 2 : place], []).append(name[place])
    return dict(following)
