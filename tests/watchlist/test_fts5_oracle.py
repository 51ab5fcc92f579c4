"""The engine against SQLite's full-text index, which was written by others.

One generated tree is written twice, in our language and as an FTS5 expression; the same articles must match. Compared
is what both can say and mean alike:

- words and phrases, the last one perhaps a prefix; AND, OR, NOT of any nesting; `title:` and `body:` on a phrase;
- words of letters and digits, in any case, with the marks that both leave out (ğ, é, precomposed or not), between
  spaces and punctuation. Left out: letters that only we fold (ł, ß, æ), the possessive 's, characters not seen;
- NEAR of two words or phrases, one block a zone. FTS5's NEAR(a b, n) too counts the tokens between the end of the one
  and the beginning of the other, but lets one word serve both, where ours does not: so no word of the vocabulary may
  fit into both operands. Longer chains mean different things (one clump there, nested to the left here), and FTS5 has
  neither groups in NEAR nor NOT NEAR.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchlist import Watchlist, article_of_text
from wirewatch.model import Article, Block, Term, Zone

VOCABULARY = ["list", "listing", "listings", "Taliban", "talib", "ban", "K", "2024", "Erdoğan", "Erdos", "émigré"]
COLUMNS = {"title": "headline", "body": "body"}


@dataclass(frozen=True)
class Phrase:
    words: tuple[str, ...]
    prefix: bool = False
    hyphenated: bool = False
    field: str = ""

    def may_share_a_word_with(self, other: Phrase) -> bool:
        return any(self._fits(word) and other._fits(word) for word in VOCABULARY)

    def _fits(self, there: str) -> bool:
        *others, last = (plain(word) for word in self.words)
        return plain(there) in [*others, last] or (self.prefix and plain(there).startswith(last))


@dataclass(frozen=True)
class Near:
    left: Phrase
    right: Phrase
    within: int


@dataclass(frozen=True)
class Joined:
    operator: str  # AND, OR; NOT takes the second part away from the first
    parts: tuple[Tree, ...]


Tree = Phrase | Near | Joined


def plain(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(char))


def ours(tree: Tree) -> str:
    match tree:
        case Phrase(words, prefix, hyphenated, field):
            text = ("-" if hyphenated else " ").join(words) + "*" * prefix
            return (f"{field}:" if field else "") + (text if len(words) == 1 or hyphenated else f'"{text}"')
        case Near(left, right, within):
            return f"({ours(left)} NEAR/{within} {ours(right)})"
        case Joined(operator, parts):
            return f"({f' {operator} '.join(map(ours, parts))})"


def theirs(tree: Tree) -> str:
    match tree:
        case Phrase(words, prefix, _, field):
            return (f"{COLUMNS[field]} : " if field else "") + f'"{" ".join(words)}"' + " *" * prefix
        case Near(left, right, within):
            return f"NEAR({theirs(left)} {theirs(right)}, {within})"
        case Joined(operator, parts):
            return f"({f' {operator} '.join(map(theirs, parts))})"


def spelling(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), plain(word), unicodedata.normalize("NFD", word)])


spelt = st.sampled_from(VOCABULARY).flatmap(spelling)
phrase = st.one_of(
    st.builds(Phrase, st.tuples(spelt)),
    st.builds(Phrase, st.lists(spelt, min_size=2, max_size=3).map(tuple), hyphenated=st.booleans()),
    # Cut to three letters at least: fewer are refused as a prefix.
    st.builds(
        Phrase, st.tuples(st.sampled_from(["lis", "listing", "tal", "taliba", "erdo", "émi", "202"])), st.just(True)
    ),
    st.builds(Phrase, st.tuples(spelt, st.sampled_from(["list", "talib", "Erd"])), st.just(True)),
)
near = st.builds(Near, phrase, phrase, st.integers(0, 6)).filter(
    lambda pair: not pair.left.may_share_a_word_with(pair.right)
)
leaf: st.SearchStrategy[Tree] = st.one_of(
    phrase, near, st.builds(replace, phrase, field=st.sampled_from(sorted(COLUMNS)))
)
trees = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(Joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Joined, st.just("NOT"), st.tuples(inner, inner)),
    ),
    max_leaves=6,
)
text = st.lists(
    st.tuples(spelt, st.sampled_from([" ", " ", " ", ", ", ". ", "-", " (", '" ', "; ", "/"])), max_size=14
).map(lambda pieces: "".join(word + gap for word, gap in pieces))
articles = st.lists(st.tuples(text, text), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(
            "CREATE VIRTUAL TABLE articles USING fts5(headline, body, tokenize = 'unicode61 remove_diacritics 2')"
        )
        yield database


@settings(max_examples=200, deadline=None)
@given(tree=trees, written=articles)
def test_the_engine_finds_what_fts5_finds(
    index: sqlite3.Connection, tree: Tree, written: list[tuple[str, str]]
) -> None:
    _compare(index, tree, written)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_distances_are_those_of_fts5(index: sqlite3.Connection, data: st.DataObject) -> None:
    pair = data.draw(near)
    left, right = (" ".join(side.words) for side in (pair.left, pair.right))
    gaps = [max(0, pair.within + more) for more in (-1, 0, 1)]
    written = [f"{one} {'ban ' * gap}{other}" for gap in gaps for one, other in ((left, right), (right, left))]
    _compare(index, pair, [("", body) for body in written])


def _compare(index: sqlite3.Connection, tree: Tree, written: list[tuple[str, str]]) -> None:
    index.execute("DELETE FROM articles")
    index.executemany("INSERT INTO articles(rowid, headline, body) VALUES (?, ?, ?)", _numbered(written))
    expected = {row for (row,) in index.execute("SELECT rowid FROM articles WHERE articles MATCH ?", [theirs(tree)])}

    watch = Watchlist.compile([Term("t", ours(tree))], [])
    found = {number for number, *zones in _numbered(written) if watch.match(_article(*zones))}

    assert found == expected, f"{ours(tree)}  beside  {theirs(tree)}"


def _numbered(written: list[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    return ((number, headline, body) for number, (headline, body) in enumerate(written))


def _article(headline: str, body: str) -> Article:
    blocks = (Block(headline, Zone.HEADLINE), Block(body, Zone.BODY))
    return replace(article_of_text(""), blocks=blocks, language="en")
