"""Hits are judged in the transaction that stores them: once, in one order, and never by two at the same time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

import alerts
from storage import Batch, nothing, open_store
from storage.story_tables import story_word_count
from wirewatch.config import Configuration
from wirewatch.errors import StorageError
from wirewatch.model import Block, Channel, Term, Zone
from wirewatch.novelty import Novelty

SENTENCE = "The Taliban were delisted."
TEXT = f"""{SENTENCE} A closed hearing at the court ended with a ruling that prosecutors under Igor Krasnov had asked
for in the spring. Lawyers who had followed the case for years said that they had never seen a session so short, and
left by the side door without a word to the reporters who had waited since dawn on the steps in the rain."""


@pytest.fixture
def batch_of(make):
    """A batch of articles by name, each with this text and a hit in its first sentence."""

    def batch(*names, text=TEXT, **fields):
        articles = []
        for name in names:
            blocks = (Block("Court speaks", Zone.HEADLINE), Block(text, Zone.BODY))
            articles.append(make.article(name, text, title="Court speaks", blocks=blocks, **fields))
        indexed = [make.indexed(each.source) for each in articles]
        indexed = [type(indexed[0])(each, frozenset(["a"]), 1) for each in articles]
        traced = [alerts.trace(each) for each in articles]
        return Batch(indexed, [make.hit(name) for name in names], traced=traced)

    return batch


def judged(store):
    return {found.article.key: found.hit.novelty for found in store.hits()}


def test_of_copies_in_one_batch_the_oldest_is_told(store, make, batch_of):
    written = store.write(batch_of("a", "b", "c"), nothing, alerts.STORY_RULES)
    assert sorted(hit.novelty for hit in written.new_hits) == [Novelty.DUPLICATE, Novelty.DUPLICATE, Novelty.NEW]
    [original] = [hit.article_key for hit in written.new_hits if hit.novelty is Novelty.NEW]
    assert {hit.original for hit in written.new_hits if hit.is_folded} == {original}
    assert len({hit.story for hit in written.new_hits}) == 1


def test_judged_twice_is_judged_once(store, batch_of):
    batch = batch_of("a", "b")
    store.write(batch, nothing, alerts.STORY_RULES)
    before = store.hits()
    again = store.write(batch, nothing, alerts.STORY_RULES)
    assert (again.new_hits, again.changed_hits) == ((), ())
    assert store.hits() == before


def test_two_workers_that_store_copies_at_once_tell_one(database_url, make, batch_of, in_processes):
    def work(number):
        with open_store(database_url) as store:
            batch = batch_of(str(number))
            return [hit.novelty for hit in store.write(batch, nothing, alerts.STORY_RULES).new_hits]

    told = [novelty for answer in in_processes(work, 4) for novelty in answer]
    assert sorted(told) == ["duplicate", "duplicate", "duplicate", "new"]


def test_a_copy_of_a_dead_letter_is_told_and_the_next_one_is_not(store, make, batch_of):
    desk = Configuration(
        channels=(Channel("desk", "screen://"),), terms=(Term("Taliban", "Taliban", channels=("desk",)),)
    )
    policy = alerts.AlertPolicy(desk, make.now)
    [original] = store.write(batch_of("a"), policy.plan, alerts.STORY_RULES).deliveries
    assert store.write(batch_of("b"), policy.plan, alerts.STORY_RULES).deliveries == ()
    [claim] = store.claim_deliveries(make.now, lease=timedelta(minutes=5), limit=1)
    assert store.mark_dead(original.key, claim.delivery.attempts, make.now, "no such channel")
    [copy] = store.write(batch_of("c"), policy.plan, alerts.STORY_RULES).deliveries
    assert copy.hits == ((make.key("c"), "Taliban"),)
    assert store.write(batch_of("d"), policy.plan, alerts.STORY_RULES).deliveries == ()


def test_what_is_folded_is_listed_with_what_tells_it(store, make, batch_of):
    store.write(batch_of("a"), nothing, alerts.STORY_RULES)
    store.write(batch_of("b", source="voz"), nothing, alerts.STORY_RULES)
    [original] = [found for found in store.hits() if not found.hit.is_folded]
    assert [(also.source, also.novelty) for also in original.also_in] == [("voz", Novelty.DUPLICATE)]
    assert original.story.articles == 2


def test_traces_are_taken_out_after_their_time(store, make, batch_of):
    store.write(batch_of("a"), nothing, alerts.STORY_RULES)
    assert store.forget_traces(make.now) == 0
    assert store.forget_traces(make.now + timedelta(seconds=1)) == 1
    assert store.forget_traces(make.now + timedelta(seconds=1)) == 0
    store.write(batch_of("b"), nothing, alerts.STORY_RULES)
    assert set(judged(store).values()) == {Novelty.NEW}
    assert len(store.stories()) == 2


def counts(store):
    with store._database.read() as connection:
        return dict(connection.execute(select(story_word_count)).tuples().all())


def test_words_count_as_long_as_they_are_looked_for(store, make, batch_of):
    """Else names of years would be too frequent to ask for in the end, and stories would have no links."""
    store.write(batch_of("a", "b"), nothing, alerts.STORY_RULES)
    assert (counts(store)[""], counts(store)["krasno"]) == (2, 2)
    store.forget_traces(make.now + timedelta(seconds=1))
    assert counts(store) == {"": 0}
    store.write(batch_of("a", "c", text=f"{TEXT} And more."), nothing, alerts.STORY_RULES)
    assert counts(store)["krasno"] == counts(store)[""]


def test_words_that_an_article_has_no_more_are_not_counted(store, make, batch_of):
    store.write(batch_of("a", "c"), nothing, alerts.STORY_RULES)
    another = "Quite another report of something else that has happened far away on an island with a lighthouse. "
    revised = replace(batch_of("a", text=another), hits=[make.hit("a", term="Hmeimim")])
    store.write(revised, nothing, alerts.STORY_RULES)
    assert (counts(store)[""], counts(store)["krasno"], counts(store)["island"]) == (2, 1, 1)
    store.forget_traces(make.now + timedelta(seconds=1))
    assert counts(store) == {"": 0}


def test_what_many_articles_of_one_site_say_is_furniture(store, make, batch_of):
    names = [f"n{number}" for number in range(60)]
    other = "Quite another report of something else that has happened far away on an island with a lighthouse. "
    for name in names:
        batch = batch_of(name, text=" ".join(f"{name}{word}" for word in range(300)) + " " + TEXT)
        store.write(batch, nothing, alerts.STORY_RULES)
    last = batch_of("last", text=other + TEXT)
    [hit] = store.write(last, nothing, alerts.STORY_RULES).new_hits
    assert not hit.is_folded


def test_stories_are_merged_and_split_by_hand(store, make, batch_of):
    store.write(batch_of("a", "b"), nothing, alerts.STORY_RULES)
    store.write(batch_of("c", text=" ".join(f"word{number}" for number in range(99))), nothing, alerts.STORY_RULES)
    assert sorted(story.articles for story in store.stories()) == [1, 2]
    a, b, c = (make.key(name).hex() for name in "abc")
    merged = store.merge_stories([a, c])
    assert {member.by_hand for member in store.story(merged.hex()) if member.article.key == make.key("c")} == {True}
    assert [(story.key, story.articles) for story in store.stories()] == [(merged, 3)]
    assert {found.hit.story for found in store.hits()} == {merged}
    apart = store.split_story([b])
    assert {story.key: story.articles for story in store.stories()} == {merged: 2, apart: 1}
    assert not any(found.hit.is_folded for found in store.hits())
    with pytest.raises(StorageError, match="no story ffff"):
        store.story("ffff")
    with pytest.raises(StorageError, match="it is in no story"):
        store.split_story(["ffff"])


def retold(sentence, step):
    """The same said otherwise: not five words stand in a row as they did."""
    words = sentence.rstrip(".").split()
    first, *others = [word for start in range(step) for word in words[start::step]]
    return " ".join(["Then", first, *others]) + "."


def test_another_report_that_adds_nothing_is_folded_and_one_with_a_number_is_not(store, batch_of):
    sentences = [f"{sentence}." for sentence in TEXT.replace(SENTENCE, "").split(".") if sentence.strip()]
    store.write(batch_of("a"), nothing, alerts.STORY_RULES)
    report = " ".join([*(retold(sentence, 2) for sentence in sentences), SENTENCE])
    [hit] = store.write(batch_of("b", text=report), nothing, alerts.STORY_RULES).new_hits
    assert (hit.novelty, hit.is_folded) == (Novelty.SAME_STORY, True)
    other = " ".join(["Of 12", *(retold(sentence, 3) for sentence in sentences), SENTENCE])
    [hit] = store.write(batch_of("c", text=other), nothing, alerts.STORY_RULES).new_hits
    assert (hit.novelty, hit.is_folded) == (Novelty.DEVELOPMENT, False)


def test_a_report_of_the_words_of_others_in_other_sentences_is_told(store, batch_of):
    store.write(batch_of("a"), nothing, alerts.STORY_RULES)
    report = f"In {' '.join(sorted(TEXT.replace(SENTENCE, '').split()))} {SENTENCE}"
    [hit] = store.write(batch_of("b", text=report), nothing, alerts.STORY_RULES).new_hits
    assert not hit.is_folded


class Pen:
    """Makes up sentences that have nothing in common."""

    def __init__(self):
        self.chance = random.Random(11)

    def sentences(self, number):
        return [f"{self._word().title()} {' '.join(self._word() for _ in range(11))}." for _ in range(number)]

    def _word(self):
        return "".join(
            self.chance.choice(["ba", "do", "ki", "lu", "me", "po", "ra", "su", "ti", "ve"]) for _ in range(4)
        )


def test_events_that_share_half_of_their_sentences_are_all_told(store, batch_of):
    """What went before is told in the same words each time, the matched sentence among it."""
    pen = Pen()
    background = pen.sentences(10)
    for number in range(12):
        own = pen.sentences(10)
        text = " ".join([*own[:3], SENTENCE, *background, *own[3:]])
        [hit] = store.write(batch_of(f"event {number}", text=text), nothing, alerts.STORY_RULES).new_hits
        assert not hit.is_folded, number
    [copy] = store.write(
        batch_of("copy", text=" ".join([*pen.sentences(2), text])), nothing, alerts.STORY_RULES
    ).new_hits
    assert copy.original is not None


def test_a_few_lines_hide_no_long_report_that_begins_with_them(store, batch_of):
    pen = Pen()
    flash = " ".join([SENTENCE, *pen.sentences(3)])
    store.write(batch_of("flash", text=flash), nothing, alerts.STORY_RULES)
    report = " ".join([flash, *pen.sentences(12)])
    [hit] = store.write(batch_of("report", text=report), nothing, alerts.STORY_RULES).new_hits
    assert hit.novelty is Novelty.DEVELOPMENT
    [hit] = store.write(batch_of("again", text=flash), nothing, alerts.STORY_RULES).new_hits
    assert hit.novelty is Novelty.DUPLICATE
