"""A batch is stored in one transaction: what is new, what is revised, what is told."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from storage import Batch, PendingPage, nothing
from wirewatch.candidates import Lexeme
from wirewatch.errors import ConfigurationChanged
from wirewatch.model import (
    Article,
    Block,
    BodyFrom,
    Item,
    Match,
    Origin,
    PublishedFrom,
    Span,
    Visibility,
    Zone,
)
from wirewatch.novelty import Change, Novelty
from wirewatch.telling import Planned

VERSION = 1


def keys(articles):
    return {article.key for slice_ in articles for article in slice_}


def test_a_stored_article_comes_back_equal_in_every_field(store, make, no_plan):
    article = make.article(
        byline="Leandro Fleischer",
        language="en",
        published_at=make.now - timedelta(days=1, microseconds=1),
        published_from=PublishedFrom.PAGE,
        body_from=BodyFrom.FEED_FALLBACK,
        note="the page held no article",
        blocks=(Block("Ḥayʾat 汉语 🛰", Zone.HEADLINE), Block("two\u00a0words", Zone.CAPTION)),
    )
    plain = {name.name for name in fields(Article) if getattr(article, name.name) == name.default}
    assert not plain, "the article below must not rely on defaults"
    store.write(Batch([replace(make.indexed(), article=article)]), no_plan)
    assert store.article(article.key) == article


def test_a_stored_hit_comes_back_equal(store, make, no_plan):
    matches = (
        Match("Taliban", Zone.HEADLINE, "“Taliban” ¶ list", ((1, 8), (12, 16)), (Span(0, 1, 8), Span(3, 0, 4)), "why"),
        Match("Taliban", Zone.CAPTION, "Taliban", ((0, 7),), (Span(2, 0, 7),), "word"),
    )
    hit = make.hit(
        matches=matches,
        origin=Origin.BACK,
        term_version=7,
        found_at=make.now + timedelta(microseconds=1),
        story=b"story",
        novelty=Novelty.DUPLICATE,
        original=make.key("b"),
        change=Change(("appeared",), (("before", "after"),), ("gone",)),
    )
    store.write(Batch([make.indexed()], [hit]), no_plan)
    [found] = store.hits()
    assert found.hit == hit
    assert found.article == make.article()


def test_writing_a_batch_twice_is_writing_it_once(store, make):
    batch = Batch([make.indexed("a"), make.indexed("b")], [make.hit("a"), make.hit("b")])
    first = store.write(batch, make.plan)
    assert (first.new_articles, first.revised) == (2, 0)
    assert {hit.article_key for hit in first.new_hits} == {make.key("a"), make.key("b")}
    assert len(first.deliveries) == 2
    again = store.write(batch, make.plan)
    assert (again.new_articles, again.revised, again.new_hits, again.deliveries) == (0, 0, (), ())
    assert len(store.deliveries()) == 2


def test_the_policy_sees_only_new_hits(store, make):
    seen = []

    def plan(hits, _look):
        seen.append([hit.term for hit in hits])
        return Planned()

    store.write(Batch([make.indexed()], [make.hit(term="Taliban")]), plan)
    store.write(Batch((), [make.hit(term="Taliban"), make.hit(term="list")]), plan)
    store.write(Batch((), [make.hit(term="Taliban")]), plan)
    assert seen == [["Taliban"], ["list"]]


def test_nothing_is_stored_when_the_policy_fails(store, make):
    def plan(hits, look):
        raise RuntimeError("policy")

    with pytest.raises(RuntimeError, match="policy"):
        store.write(Batch([make.indexed()], [make.hit()]), plan)
    assert store.counts().articles == 0
    assert store.hits() == []


def test_a_known_article_is_revised(store, make, no_plan):
    store.write(Batch([make.indexed("a", "The old text.")], [make.hit(term_version=1)]), no_plan)
    revised = make.indexed("a", "Quite another wording.")
    moved = make.hit(term_version=2, matches=())
    written = store.write(Batch([revised], [moved]), no_plan)
    assert (written.new_articles, written.revised, written.new_hits) == (0, 1, ())
    assert store.article(make.key("a")) == revised.article
    [found] = store.hits()
    assert (found.hit.matches, found.hit.term_version, found.hit.found_at) == ((), 2, make.now)
    assert keys(store.archive(Lexeme("old"), VERSION)) == set()
    assert keys(store.archive(Lexeme("wording"), VERSION)) == {make.key("a")}


def test_a_suppressed_hit_that_becomes_live_is_new(store, make):
    suppressed = make.hit(visibility=Visibility.SUPPRESSED, matches=())
    first = store.write(Batch([make.indexed()], [suppressed]), nothing)
    assert first.new_hits == (suppressed,)
    live = make.hit(found_at=make.now + timedelta(hours=1))
    upgraded = store.write(Batch([make.indexed()], [live]), make.plan)
    assert upgraded.new_hits == (live,)
    assert [delivery.key for delivery in upgraded.deliveries] == [make.delivery(live).key]
    assert [found.hit for found in store.hits()] == [live]


def test_a_live_hit_stays_as_it_was_when_its_words_move_into_furniture(store, make, no_plan):
    store.write(Batch([make.indexed()], [make.hit()]), no_plan)
    later = make.hit(visibility=Visibility.SUPPRESSED, matches=())
    assert store.write(Batch([make.indexed()], [later]), no_plan).new_hits == ()
    assert [found.hit for found in store.hits()] == [make.hit()]


def test_twins_in_one_batch_are_one_article_and_one_hit(store, make):
    suppressed = make.hit(visibility=Visibility.SUPPRESSED)
    batch = Batch([make.indexed(), make.indexed(source="other")], [suppressed, make.hit(), suppressed])
    written = store.write(batch, make.plan)
    assert written.new_articles == 1
    assert written.new_hits == (make.hit(),)
    assert store.article(make.key("a")).source == "wire"


def test_characters_that_no_database_takes_do_not_stop_a_batch(store, make, no_plan):
    bad = "a\0b\ud800c"
    match = Match("Taliban", Zone.BODY, bad, ((0, 1),), (Span(1, 0, 1),), bad)
    indexed = make.indexed("bad", bad, title=bad, url=bad, byline=bad, note=bad, language=bad)
    written = store.write(Batch([indexed, make.indexed("b")], [make.hit("bad", matches=(match,))]), no_plan)
    assert written.new_articles == 2
    article = store.article(make.key("bad"))
    assert article.title == article.blocks[1].text == "a\ufffdb\ufffdc"
    assert store.hits()[0].hit.matches[0].passage == "a\ufffdb\ufffdc"


def test_a_batch_of_thousands_is_stored(store, make):
    names = [f"n{number}" for number in range(2500)]
    written = store.write(Batch([make.indexed(name) for name in names], [make.hit(name) for name in names]), make.plan)
    assert (written.new_articles, len(written.new_hits), len(written.deliveries)) == (2500, 2500, 2500)
    assert store.unknown_articles([make.key(name) for name in [*names, "x"]]) == {make.key("x")}


def test_an_article_is_known_by_its_aliases(store, make, no_plan):
    alias = make.key("feed address")
    store.write(Batch([replace(make.indexed(), aliases=(alias, make.key("a")))]), no_plan)
    assert store.unknown_articles([alias, make.key("a"), make.key("b")]) == {make.key("b")}
    assert store.article(alias) == store.article(make.key("a")) == make.article()
    store.write(Batch([replace(make.indexed("b"), aliases=(alias,))]), no_plan)
    assert store.article(alias) == make.article(), "an alias stays with the article that had it first"


def page(make, key, source="wire", **changes):
    item = Item(
        source=source,
        url="https://news.example/a",
        raw=b"\x00\xff<p>",
        media_type="text/html",
        fetched_at=make.now,
        title="T",
        published_at=make.now,
        feed_html="<p>\udcff",
        wants_page=True,
    )
    return replace(PendingPage(item, 1, make.now, key, "503 Service Unavailable"), **changes)


def test_a_page_to_be_fetched_again_is_claimed_and_cleared(store, make, no_plan):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    pending = page(make, make.key("a"))
    store.write(Batch([replace(make.indexed(), pending_page=pending)]), no_plan)
    assert store.due_pages(make.now - timedelta(seconds=1), 10) == []
    assert store.due_pages(make.now, 10) == [pending]
    assert store.due_pages(make.now, 10) == [], "it is claimed"
    assert store.due_pages(make.now + timedelta(minutes=6), 10) == [pending], "the claim ran out"
    later = page(make, make.key("a"), attempts=2, next_at=make.now + timedelta(hours=1))
    store.write(Batch([replace(make.indexed(), pending_page=later)]), no_plan)
    assert store.due_pages(make.now + timedelta(hours=1), 10) == [later], "writing ended the claim"
    store.write(Batch([make.indexed("a", "The full page.")]), no_plan)
    assert store.due_pages(make.now + timedelta(days=9), 10) == []


def test_a_page_known_by_its_address_is_cleared_when_its_article_has_another_key(store, make, no_plan):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    address = make.key("feed address")
    store.write(Batch([replace(make.indexed("feed"), pending_page=page(make, address))]), no_plan)
    store.write(Batch([replace(make.indexed("canonical"), aliases=(address,))]), no_plan)
    assert store.due_pages(make.now, 10) == []


def test_pages_of_paused_and_removed_sources_wait(store, make, no_plan):
    config = make.configuration(make.source("wire"), make.source("gone"))
    store.apply(config, {}, make.now)
    for name in ("wire", "gone"):
        pending = page(make, make.key(name), source=name)
        store.write(Batch([replace(make.indexed(name), pending_page=pending)]), no_plan)
    store.pause(["wire"], make.now)
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    assert store.due_pages(make.now, 10) == []
    store.resume(["wire"], make.now)
    assert [pending.item.source for pending in store.due_pages(make.now, 10)] == ["wire"]


def test_pages_to_be_fetched_again_belong_to_the_shard_and_the_machine_of_their_source(store, make, no_plan):
    sources = [make.source(name) for name in "abcdefgh"]
    store.apply(make.configuration(*sources, make.source("owned", host="elsewhere")), {}, make.now)
    for name in [*"abcdefgh", "owned"]:
        pending = page(make, make.key(name), source=name)
        store.write(Batch([replace(make.indexed(name), pending_page=pending)]), no_plan)
    for shard in range(3):
        claimed = store.claim_sources(make.now, lease=make.lease, limit=10, shard=(shard, 3))
        pages = store.due_pages(make.now, 10, shard=(shard, 3))
        assert {each.item.source for each in pages} == {claim.source.name for claim in claimed}
        assert claimed, "one of eight in each of three shards"
    assert store.due_pages(make.now, 10) == [], "the last one is of another machine"


def test_held_hits_are_told_once_and_together(store, make, no_plan):
    old = make.hit("a", "old")
    store.write(Batch([make.indexed("a"), make.indexed("b")], [old]), no_plan)
    hidden = make.hit("b", "hidden", visibility=Visibility.SUPPRESSED)
    store.write(Batch((), [old, make.hit("a", "new"), hidden], hold=True), no_plan)
    store.write(Batch((), [make.hit("b", "new")], hold=True), no_plan)
    seen = []

    def plan(hits, _look):
        seen.append({(hit.article_key, hit.term) for hit in hits})
        return Planned((make.delivery(*hits),))

    assert len(store.plan_held(plan)) == 1
    assert store.plan_held(plan) == ()
    assert seen == [{(make.key("a"), "new"), (make.key("b"), "new")}]


def test_hits_that_another_configuration_decided_are_not_stored(store, make, no_plan):
    store.apply(make.configuration(), {}, make.now)
    version = store.config_version()
    store.apply(make.configuration(make.source()), {}, make.now)

    with pytest.raises(ConfigurationChanged):
        store.write(Batch([make.indexed()], [make.hit()], matched_with=version), no_plan)
    assert store.unknown_articles([make.indexed().article.key])

    store.write(Batch([make.indexed()], [make.hit()], matched_with=version + 1), no_plan)
    assert not store.unknown_articles([make.indexed().article.key])
