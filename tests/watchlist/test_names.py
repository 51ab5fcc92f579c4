"""Names in other spellings and scripts, their articles, and their short forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchlist import ArticleText, Watchlist, article_of_text, candidates, lexemes, parse
from watchlist.names import core, same_name
from watchlist.naming import _beginnings, _follow
from watchlist.query import Name
from watchlist.romanising import hear, sounds_of
from watchlist.skeletons import outline_of, skeletons, skeletons_in, skeletons_of
from wirewatch.candidates import AllOf, AnyOf, Candidates, Lexeme
from wirewatch.folding import folded_words
from wirewatch.model import Block, Term, Zone


def marked(query: str, text: str) -> list[str]:
    found = Watchlist.compile([Term("t", query)], []).match(article_of_text(text))
    return [match.passage[start:end] for hit in found for match in hit.matches for start, end in match.marks]


SPELLINGS = [
    ("~Hmeimim", "Khmeimim"),
    ("~Hmeimim", "Hmeymim"),
    ("~Hmeimim", "Хмеймим"),
    ("~Hmeimim", "حميميم"),
    ("~Taliban", "Талибан"),
    ("~Taliban", "الطالبان"),
    ("~Taliban", "טליבאן"),
    ("~Taliban", "Ταλιμπάν"),
    ("~Talibans", "Talebans"),
    ("~Khartoum", "Jartum"),
    ("~Zelensky", "Zelenskyy"),
    ("~Zelensky", "Selenskyj"),
    ("~Zelensky", "Зеленский"),
    ("~Chișinău", "Chisinau"),
    ("~Al-Qaeda", "al-Qaida"),
    ("~Al-Qaeda", "القاعدة"),
    ('~"Hayat Tahrir al-Sham"', "Hay’at Tahrir ash-Sham"),
    ('~"Hayat Tahrir al-Sham"', "Hayat Tahrir Sham"),
    ('~"Hayat Tahrir al-Sham"', "هيئة تحرير الشام"),
    ('~"Hayat Tahrir al-Sham"', "Хайят Тахрир аш-Шам"),
    ('~"Abu Muhamad al-Golani"', "Abu Mohammed al-Jolani"),
    ('~"Abu Muhamad al-Golani"', "Abu Mohammad al-Julani"),
    ('~"Abu Muhamad al-Golani"', "أبو محمد الجولاني"),
    ('~"Moammar Gaddafi"', "Muammar al-Qaddafi"),
    ('~"Moammar Gaddafi"', "Муаммар Каддафи"),
    ('~"Ursula von der Leyen"', "Ursula Leyen"),
    ('~"Osama bin Laden"', "Usama Ben Ladin"),
    ("~Abdelfattah", "Abdel-Fattah"),
    ("~Sanaani", "Sana'ani"),
    ("~Bucharest", "Bukarest"),
    ("~Bucharest", "Бухарест"),
    ("~Cherepovets", "Череповец"),
    ("~Cherepovets", "Tsjerepovets"),
    ("~Kimitsu", "Кимицу"),
]


@pytest.mark.parametrize(("query", "spelling"), SPELLINGS)
def test_spellings_of_one_name(query: str, spelling: str) -> None:
    assert marked(query, f"x, {spelling}: x") == [spelling]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("~Hmeimim", "The Hamas office"),
        ("~Taliban", "Italians and talismans"),
        ("~Zelensky", "Selenium skies"),
        ("~al-Qaeda", "The kid kicked"),
        ('~"Hayat Tahrir al-Sham"', "Hayat Tahrir"),
        ('~"Hayat Tahrir al-Sham"', "Hayat, who met Tahrir and Sham"),
        ('~"Osama bin Laden"', "Osama spoke; Laden slept"),
    ],
)
def test_other_names(query: str, text: str) -> None:
    assert marked(query, text) == []


def test_the_short_form_counts_once_the_full_name_has_been_said() -> None:
    text = "Bashar al-Assad left. Assad, it is said, is gone. So is the assad of old."
    assert sorted(marked('~"Bashar al-Assad"', text)) == ["Assad", "Bashar al-Assad"]
    assert marked('~"Bashar al-Assad"', "Assad left.") == []
    assert marked('~"Bashar al-Assad" NEAR/5 gone', text) == ["Assad", "gone"]


def test_a_short_form_says_so() -> None:
    (hit,) = Watchlist.compile([Term("t", '~"Bashar al-Assad"')], []).match(
        article_of_text("Bashar al-Assad left. Assad is gone.")
    )
    assert [match.reason for match in hit.matches] == [
        "short form “Assad” of “Bashar al-Assad”",
        "name “Bashar al-Assad”",
    ]


@pytest.mark.parametrize(("query", "spelling"), SPELLINGS)
def test_the_archive_finds_them_too(query: str, spelling: str) -> None:
    assert _holds(candidates(parse(query), []), lexemes(article_of_text(f"x, {spelling}: x")))


def _holds(wanted: Candidates, present: frozenset[str]) -> bool:
    match wanted:
        case Lexeme(text):
            return text in present
        case AllOf(parts):
            return all(_holds(part, present) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, present) for part in parts)
        case _:
            return True


def test_what_is_one_name_shares_a_skeleton() -> None:
    words = ["hmeimim", "khmeimim", "хмеимим", "حميميم", "taliban", "talebani", "طالبان", "sham", "shams", "sana"]
    for one in words:
        for other in words:
            if one != other and same_name(one, other, in_phrase=True):
                assert skeletons(one) & skeletons(other)


def test_words_looked_up_together_have_the_skeletons_that_each_has_alone() -> None:
    lines = (Path(__file__).parent.parent / "quality" / "places.tsv").read_text(encoding="utf-8")
    words = sorted({*folded_words(lines), *(f"{word}xtch" for word in folded_words(lines)), "chiq", "a", "19", "ccht"})
    alone = [frozenset().union(*(skeletons_in(outline_of([sound])) for sound in sounds_of(word))) for word in words]
    assert skeletons_of(words) == alone
    plain = [word for word in words if word.isascii()]
    assert hear(plain) == [*map(sounds_of, plain)]


def test_a_name_does_not_go_on_in_the_next_paragraph() -> None:
    article = replace(
        article_of_text(""), blocks=(Block("seen by Hayat", Zone.BODY), Block("Tah-rir, Tahrir", Zone.BODY))
    )
    assert Watchlist.compile([Term("t", '~"Hayat Tahrir"')], []).match(article) == []


PIECES = """
Hayat Hay'at Tahrir Tah-rir Tahreer al al-Sham Sham Shams bin Osama Usama Laden Ben-Laden x Хаят تحرير
"""


@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES.split()), st.sampled_from([" ", " ", ", ", "-", "’", "\0"])), max_size=25
    ),
    st.sampled_from(['~"Hayat Tahrir al-Sham"', '~"Osama bin Laden"', '~"Tahrir Sham"', "~Tahrir"]),
)
def test_a_name_is_looked_for_wherever_it_may_begin(pieces: list[tuple[str, str]], name: str) -> None:
    paragraphs = "".join(piece + gap for piece, gap in pieces).split("\0")
    text = ArticleText(
        replace(article_of_text(""), blocks=tuple(Block(paragraph, Zone.BODY) for paragraph in paragraphs))
    )
    node = parse(name).root
    assert isinstance(node, Name)
    wanted = core(node.words)
    everywhere = [segment.first + number for segment in text.segments for number in range(len(segment.words))]
    assert {place for place in everywhere if _follow(place, wanted, text)} <= {*_beginnings(wanted, text)}
