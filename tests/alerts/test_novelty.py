"""What a hit adds, and what a revision did, sentence by sentence."""

from __future__ import annotations

import pytest

from alerts.sentences import Said, change_between, says_nothing_new
from wirewatch.novelty import Change

SAID = "Russia's Supreme Court on Thursday suspended a ban on the Taliban that had stood since 2003."


@pytest.mark.parametrize(
    ("passage", "is_known"),
    [
        (SAID, True),
        ("On Thursday a ban on the Taliban, in force since 2003, was suspended by the Supreme Court of Russia.", True),
        ("Russia's Supreme Court suspended a ban on the Taliban.", True),
        ("Russia's Supreme Court on Thursday suspended a ban on the Taliban that had stood since 1999.", False),
        ("Russia's Supreme Court on Thursday never suspended a ban on the Taliban that had stood since 2003.", False),
        ("Russia's Supreme Court on Thursday suspended a ban on the Taliban that had stood in Crimea.", False),
        ("The Taliban will open an embassy.", False),
    ],
)
def test_what_was_said(make_found, passage, is_known):
    told = make_found("Taliban", [SAID], ["Taliban"]).hit
    again = make_found("Taliban", [passage], ["Taliban"], article=2).hit
    assert says_nothing_new(again, Said.in_sentences(told)) is is_known


@pytest.mark.parametrize("is_copy", [True, False])
@pytest.mark.parametrize(
    ("said", "passage", "is_known"),
    [
        ("The court did not suspend the ban on the Taliban.", "The court did suspend the ban on the Taliban.", False),
        ("The court denied that the Taliban were delisted.", "It confirmed that the Taliban were delisted.", False),
        ("Суд не отменил запрет движения «Талибан».", "Суд отменил запрет движения «Талибан».", False),
        ("The court suspended the ban on the Taliban, but not that of their allies abroad, nor their assets in banks.",
         "The court suspended the ban on the Taliban.", True),
    ],
)  # fmt: skip
def test_that_a_denial_is_gone_is_news(make_found, said, passage, is_known, is_copy):
    told = make_found("Taliban", [said], [])
    again = make_found("Taliban", [passage], [], article=2).hit
    known = Said.in_text(told.hit, told.article) if is_copy else Said.in_sentences(told.hit)
    assert says_nothing_new(again, known) is is_known


def test_a_copy_is_no_news_though_one_of_its_sentences_has_a_no_that_another_one_lacks(make_found):
    sentences = ["Court lifts ban on Taliban.", "The court lifts a ban on the Taliban, but not on their allies."]
    told, again = (make_found("Taliban", sentences, [], article=number) for number in (1, 2))
    assert says_nothing_new(again.hit, Said.in_text(told.hit, told.article))
    assert says_nothing_new(again.hit, Said.in_sentences(told.hit))


def test_two_half_known_sentences_are_not_one_known(make_found):
    told = make_found("T", ["The ban of the court was lifted.", "The envoy travelled to Kabul."], []).hit
    mixed = make_found("T", ["The envoy of the court travelled, and the ban was lifted in Kabul."], [], article=2).hit
    assert not says_nothing_new(mixed, Said.in_sentences(told))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("Hmeimim is open.", "Hmeimim is open!", None),
        ("Hmeimim is open.", "HMEIMIM is open.", None),
        ("Hmeimim is open.", "Hmeimim is shut.", Change(changed=(("Hmeimim is open.", "Hmeimim is shut."),))),
        (
            "Hmeimim is open.",
            "Nobody was seen at Hmeimim airbase.",
            Change(appeared=("Nobody was seen at Hmeimim airbase.",), gone=("Hmeimim is open.",)),
        ),
    ],
)
def test_what_a_revision_did(make_found, before, after, change):
    one, other = (make_found(passages=[text], marked=[]).hit.matches for text in (before, after))
    assert change_between(one, other, [before], [after]) == change


def test_a_sentence_that_still_stands_is_not_gone(make_found):
    matches = make_found(passages=["Hmeimim is open."], marked=[]).hit.matches
    assert change_between(matches, (), ["Hmeimim is open."], ["It rains. Hmeimim is open."]) is None
    assert change_between((), matches, ["It rains. Hmeimim is open."], ["Hmeimim is open."]) is None
