"""The engine against a brute-force reading of the language that shares no code with it after parsing."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from watchlist import Watchlist, article_of_text, candidates, lexemes, parse, query, render
from wirewatch.candidates import AllOf, AnyOf, Candidates, Everything, Lexeme
from wirewatch.model import Article, Block, Concept, Term, Visibility, Zone

WORDS = ["alpha", "beta", "gamma", "alphabet", "Alpha", "Beta", "sanctions", "sanctioned"]
CONCEPT = Concept("both", "alpha NEAR/3 beta OR gam*")

word = st.sampled_from(WORDS)
leaf = st.one_of(
    word,
    word,
    st.sampled_from(["alpha*", "gam*", "=Alpha", "=alpha", "sanction+", "@both"]),
    st.lists(word, min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
)
operand = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["NEAR", "ONEAR", "NOT NEAR"]), st.sampled_from("01234sp"), inner).map(
            lambda parts: f"({parts[0]} {parts[1]}/{parts[2]} {parts[3]})"
        ),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(st.sampled_from(["title", "body", "any"]), leaf.filter(lambda text: "@" not in text)).map(
            lambda parts: f"{parts[0]}:{parts[1]}"
        ),
    ),
    max_leaves=5,
)
queries = st.recursive(
    operand,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]} NOT {parts[1]})"),
    ),
    max_leaves=4,
)
paragraph = st.lists(
    st.tuples(word, st.sampled_from([" ", " ", " ", ", ", ". ", "-", "\u00a0"])), min_size=1, max_size=12
).map(lambda pieces: "".join(word + gap for word, gap in pieces))
zones = st.sampled_from([Zone.HEADLINE, Zone.BODY, Zone.BODY, Zone.BODY, Zone.CAPTION, Zone.FURNITURE, Zone.BYLINE])
articles = st.lists(st.builds(Block, paragraph, zones), min_size=1, max_size=4).map(
    lambda blocks: replace(article_of_text(""), blocks=tuple(blocks), language="en")
)

LIVE = (Zone.HEADLINE, Zone.STANDFIRST, Zone.SUBHEAD, Zone.BODY, Zone.CAPTION)
Place = tuple[int, int]  # block, number of the word in it


class Oracle:
    """Every set of places a part of a query can stand for, found by trying everything."""

    def __init__(self, article: Article) -> None:
        self.blocks = article.blocks
        self.words = [re.findall(r"[A-Za-z]+", block.text) for block in article.blocks]
        self.sentences = [
            [len(re.findall(r"\. [A-Z]", begun)) for begun in _up_to_each_word(block.text)] for block in article.blocks
        ]

    def places(self, zones: tuple[Zone, ...]) -> list[Place]:
        return [
            (number, index)
            for number, block in enumerate(self.blocks)
            if block.zone in zones
            for index in range(len(self.words[number]))
        ]

    def sets(self, node: query.Node, zones: tuple[Zone, ...], furniture: bool) -> list[frozenset[Place]]:
        match node:
            case query.Or(parts):
                return [found for part in parts for found in self.sets(part, zones, furniture)]
            case query.Field(name, part):
                return self.sets(part, _zones(name), furniture)
            case query.ConceptRef():
                return self.sets(parse(CONCEPT.query).root, zones, furniture)
            case query.Near(left, right):
                return [
                    one | other
                    for one in self.sets(left, zones, furniture)
                    for other in self.sets(right, zones, furniture)
                    if not one & other and self.near(one, other, node)
                ]
            case query.NotNear(left, right):
                spoilers = self.sets(right, zones, False)
                return [
                    one
                    for one in self.sets(left, zones, furniture)
                    if not any(not other <= one and self.near(one, other, node) for other in spoilers)
                ]
            case _:
                looked_in = (*zones, Zone.FURNITURE) if furniture and Zone.BODY in zones else zones
                return self.leaf(node, looked_in)

    def leaf(self, node: query.Node, zones: tuple[Zone, ...]) -> list[frozenset[Place]]:
        asked = node.text.split()
        found = []
        for number, first in self.places(zones):
            there = self.words[number][first : first + len(asked)]
            if len(there) == len(asked) and all(
                self.fits(node, one, other, position == len(asked) - 1)
                for position, (one, other) in enumerate(zip(asked, there, strict=True))
            ):
                found.append(frozenset((number, first + step) for step in range(len(asked))))
        return found

    def fits(self, node: query.Node, asked: str, there: str, last: bool) -> bool:
        if isinstance(node, query.Exact):
            return asked == there
        if isinstance(node, query.Stem):
            return there.lower() in ("sanction", "sanctions", "sanctioned")
        if last and getattr(node, "prefix", False):
            return there.lower().startswith(asked.lower())
        return there.lower() == asked.lower()

    def number(self, place: Place) -> tuple[int, int]:
        """(stretch, number in it): the paragraphs of the body are one stretch."""
        block, index = place
        if self.blocks[block].zone is not Zone.BODY:
            return block, index
        earlier = [number for number in range(block) if self.blocks[number].zone is Zone.BODY]
        return -1, sum(len(self.words[number]) for number in earlier) + index

    def near(self, one: frozenset[Place], other: frozenset[Place], node: query.Near | query.NotNear) -> bool:
        stretches = {self.number(place)[0] for place in one | other}
        if len(stretches) > 1:
            return False
        ours = sorted(self.number(place)[1] for place in one)
        theirs = sorted(self.number(place)[1] for place in other)
        if node.ordered and not ours[-1] < theirs[0]:
            return False
        if node.within == "p":
            return len({block for block, _ in one | other}) == 1
        if node.within == "s":
            return len({(block, self.sentences[block][index]) for block, index in one | other}) == 1
        overlap = ours[0] <= theirs[-1] and theirs[0] <= ours[-1]
        between = 0 if overlap else max(theirs[0] - ours[-1], ours[0] - theirs[-1]) - 1
        return between <= int(node.within)

    def matches(self, node: query.Node, zones: tuple[Zone, ...], furniture: bool) -> bool:
        match node:
            case query.And(parts):
                return all(
                    not self.matches(part.part, zones, False)
                    if isinstance(part, query.Not)
                    else self.matches(part, zones, furniture)
                    for part in parts
                )
            case query.Or(parts):
                return any(self.matches(part, zones, furniture) for part in parts)
            case query.Field(name, part):
                return self.matches(part, _zones(name), furniture)
            case _:
                return bool(self.sets(node, zones, furniture))


def _zones(field: str) -> tuple[Zone, ...]:
    if field == "title":
        return (Zone.HEADLINE,)
    return LIVE[1:] if field == "body" else (*LIVE, Zone.BYLINE, Zone.DATELINE)


def _up_to_each_word(text: str) -> list[str]:
    return [text[: found.end()] for found in re.finditer(r"[A-Za-z]+", text)]


def holds(wanted: Candidates, present: frozenset[str]) -> bool:
    match wanted:
        case Lexeme(text, prefix):
            return any(one.startswith(text) for one in present) if prefix else text in present
        case AllOf(parts):
            return all(holds(part, present) for part in parts)
        case AnyOf(parts):
            return any(holds(part, present) for part in parts)
        case Everything():
            return True


@settings(max_examples=250, deadline=None)
@given(queries, articles)
def test_the_engine_finds_what_trying_everything_finds(text: str, article: Article) -> None:
    found = Watchlist.compile([Term("t", text)], [CONCEPT]).match(article)
    oracle, root = Oracle(article), parse(text).root
    expected = (
        Visibility.LIVE
        if oracle.matches(root, LIVE, False)
        else Visibility.SUPPRESSED
        if oracle.matches(root, LIVE, True)
        else None
    )
    assert (found[0].visibility if found else None) == expected


@settings(max_examples=120, deadline=None)
@given(operand, articles)
def test_the_marks_are_exactly_the_words_of_minimal_mentions(text: str, article: Article) -> None:
    found = Watchlist.compile([Term("t", text)], [CONCEPT]).match(article)
    root = parse(text).root
    if not found or not isinstance(root, query.Near):
        return
    furniture = found[0].visibility is Visibility.SUPPRESSED
    oracle = Oracle(article)
    spans = {_span(oracle, places): places for places in oracle.sets(root, LIVE, furniture)}
    least = [
        span
        for span in spans
        if not any(
            other != span and other[0] == span[0] and span[1] <= other[1] and other[2] <= span[2] for other in spans
        )
    ]
    first = found[0].matches[0]
    marked = {
        (span.block, index)
        for span in first.spans
        for index, word in enumerate(re.finditer(r"[A-Za-z]+", article.blocks[span.block].text))
        if span.start <= word.start() and word.end() <= span.end
    }
    assert any(_span(oracle, frozenset(marked)) == span or marked >= set(spans[span]) for span in least)


def _span(oracle: Oracle, places: frozenset[Place]) -> tuple[int, int, int]:
    numbers = sorted(oracle.number(place) for place in places)
    return numbers[0][0], numbers[0][1], numbers[-1][1]


@settings(max_examples=120, deadline=None)
@given(queries, articles)
def test_whatever_matches_is_a_candidate_of_the_archive(text: str, article: Article) -> None:
    if Watchlist.compile([Term("t", text)], [CONCEPT]).match(article):
        assert holds(candidates(parse(text), [CONCEPT]), lexemes(article))


@settings(max_examples=120, deadline=None)
@given(queries)
def test_a_rendered_query_parses_to_itself(text: str) -> None:
    parsed = parse(text)
    assert parse(render(parsed)) == parsed


@settings(max_examples=60, deadline=None)
@given(st.lists(queries, min_size=1, max_size=12), articles)
def test_terms_together_find_what_each_finds_alone(texts: list[str], article: Article) -> None:
    terms = [Term(f"t{number}", text) for number, text in enumerate(texts)]
    together = Watchlist.compile(terms, [CONCEPT]).match(article)
    alone = [Watchlist.compile([term], [CONCEPT]).match(article) for term in terms]
    assert together == list(itertools.chain.from_iterable(alone))


@settings(max_examples=60, deadline=None)
@given(queries, articles, paragraph)
def test_more_furniture_never_changes_a_live_hit(text: str, article: Article, banner: str) -> None:
    watch = Watchlist.compile([Term("t", text)], [CONCEPT])
    live = [found for found in watch.match(article) if found.visibility is Visibility.LIVE]
    more = replace(article, blocks=(*article.blocks, Block(banner, Zone.FURNITURE)))
    assert [found for found in watch.match(more) if found.visibility is Visibility.LIVE] == live


@settings(max_examples=60, deadline=None)
@given(queries, articles)
def test_what_cannot_be_seen_changes_nothing(text: str, article: Article) -> None:
    watch = Watchlist.compile([Term("t", text)], [CONCEPT])
    disguised = replace(
        article,
        blocks=tuple(
            replace(block, text=block.text.replace(" ", "\u00a0").replace("lph", "l\u00adp\u200bh"))
            for block in article.blocks
        ),
    )
    assert [(found.visibility, len(found.matches)) for found in watch.match(disguised)] == (
        [(found.visibility, len(found.matches)) for found in watch.match(article)]
    )
