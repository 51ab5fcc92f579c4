"""The index of lexemes finds exactly the articles that have them, whatever characters they are made of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage import Batch, nothing, open_store
from storage.search import LEXEME_LENGTH, encode, encode_all
from wirewatch.candidates import AllOf, AnyOf, Everything, Lexeme

VERSION = 1

ODD = "aAbB19_'\"*:&|!()<->\\ \t\n\0\x7f-\u00ad\u200b\u0301éÉßſЖ中🛰\ud800\udfff\U0010ffff"
WORDS = st.one_of(
    st.text(st.sampled_from(ODD), max_size=6),
    st.text(st.characters(exclude_categories=()), max_size=4),
    st.sampled_from(["", "and", "OR", "NOT", "NEAR", "_any", "_e", "_s", "isis-k", "c++", "x" * 300, "ж" * 300]),
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_store(request, databases, tmp_path_factory):
    """One store for all examples of a property: making one costs more than the rest of an example."""
    with open_store(databases.ready(request.param, tmp_path_factory.mktemp("search"))) as store:
        yield store


def expressions(words):
    leaves = st.one_of(st.builds(Lexeme, words, st.booleans()), st.just(Everything()))
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.builds(AllOf, st.lists(parts, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


def holds(candidates, lexemes):
    """Whether an article with these lexemes is to be found; what is beyond LEXEME_LENGTH may be ignored."""
    cut = {lexeme[:LEXEME_LENGTH] for lexeme in lexemes}
    match candidates:
        case Everything() | Lexeme(text="", prefix=True):
            return True
        case Lexeme(text, prefix):
            wanted = text[:LEXEME_LENGTH]
            return any(lexeme.startswith(wanted) for lexeme in cut) if prefix else wanted in cut
        case AllOf(parts):
            return all(holds(part, lexemes) for part in parts)
        case AnyOf(parts):
            return any(holds(part, lexemes) for part in parts)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), articles=st.lists(st.frozensets(WORDS, max_size=5), min_size=1, max_size=4))
def test_exactly_the_articles_that_have_the_lexemes_are_found(shared_store, make, data, articles):
    """Articles are written over those of the example before, so revisions are tested along."""
    batch = [replace(make.indexed(str(number)), lexemes=lexemes) for number, lexemes in enumerate(articles)]
    shared_store.write(Batch(batch), nothing)
    by_key = {indexed.article.key: indexed.lexemes for indexed in batch}
    known = sorted({word for lexemes in articles for word in lexemes})
    words = st.one_of(WORDS, st.sampled_from(known), st.sampled_from(known).map(lambda w: w[:2])) if known else WORDS
    for _ in range(3):
        candidates = data.draw(expressions(words))
        found = {article.key for slice_ in shared_store.archive(candidates, VERSION) for article in slice_}
        expected = {key for key, lexemes in by_key.items() if holds(candidates, lexemes)}
        assert found & set(by_key) == expected


@given(WORDS, WORDS)
@example("_", "_5f")
@example("a", "A")
@example("\ud800", "_sd800")
def test_the_encoding_keeps_words_apart_and_prefixes_together(one, other):
    one, other = one[:LEXEME_LENGTH], other[:LEXEME_LENGTH]
    assert (encode(one) == encode(other)) == (one == other)
    if one and other:
        assert encode(other).startswith(encode(one)) == other.startswith(one)


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ("A", "a"),
        ("a", "A"),
        ("é", "e"),
        ("e\u0301", "é"),
        ("ß", "ss"),
        ("İ", "i"),
        ("a b", "a"),
        ("a-b", "b"),
        ("_", ""),
    ],
)
def test_lexemes_are_neither_folded_nor_split(shared_store, make, no_plan, there, asked):
    shared_store.write(Batch([replace(make.indexed("one"), lexemes=frozenset({there}))]), no_plan)
    for word, expected in ((there, [make.key("one")]), (asked, [])):
        found = [article.key for slice_ in shared_store.archive(Lexeme(word), VERSION) for article in slice_]
        assert [key for key in found if key == make.key("one")] == expected


def test_a_long_lexeme_is_found_by_all_of_itself(shared_store, make, no_plan):
    for long in ("x" * 5000, "🛰" * 5000, "\ud800" * 5000):
        shared_store.write(Batch([replace(make.indexed("long"), lexemes=frozenset({long}))]), no_plan)
        for asked in (Lexeme(long), Lexeme(long, prefix=True), Lexeme(long[:4000], prefix=True)):
            found = [article.key for slice_ in shared_store.archive(asked, VERSION) for article in slice_]
            assert make.key("long") in found


def test_an_article_with_too_many_lexemes_is_a_candidate_for_every_query(shared_store, make, no_plan):
    many = frozenset(f"lexeme{number:07}" for number in range(120_000))
    shared_store.write(Batch([replace(make.indexed("many"), lexemes=many)]), no_plan)
    for asked in (Lexeme("lexeme0000001"), Lexeme("unheard-of"), AllOf((Lexeme("un"), Lexeme("of", prefix=True)))):
        assert [make.key("many")] == [
            article.key for slice_ in shared_store.archive(asked, VERSION) for article in slice_
        ]
    shared_store.write(Batch([replace(make.indexed("many"), lexemes=frozenset({"few"}))]), no_plan)
    assert list(shared_store.archive(Lexeme("unheard-of"), VERSION)) == []


@given(st.sets(st.text(alphabet="ab0 \n_:A\0\u00e9\ud800\u4e2d", max_size=4), max_size=5))
@example({"a" * (LEXEME_LENGTH + 5), "b"})
@example({""})
@settings(max_examples=200)
def test_lexemes_together_are_encoded_as_each_of_them(lexemes: set[str]) -> None:
    assert encode_all(lexemes) == " ".join(sorted({encode(lexeme) for lexeme in lexemes}))
