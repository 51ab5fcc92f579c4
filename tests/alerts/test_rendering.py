"""How messages read, in each renderer: compared with the files in tests/golden.

`WIREWATCH_GOLDEN=write` writes the files anew; look at the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import (
    AnswerLinks,
    compose,
    compose_test,
    render_atom,
    render_json,
    render_mail,
    render_plain,
    render_screen,
    render_slack,
)
from alerts.cleaning import clean_text
from alerts.message import Message
from wirewatch.model import BodyFrom, DeliveryKind, Zone

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


@pytest.fixture
def harbour(make_found):
    """One article with four terms: in the headline, spread over a long passage, with brackets, and plain."""
    found = [
        make_found(
            "Port of Sarvan",
            ["The strike has closed the port of Sarvan (PoS), which handles a third of the country’s grain."],
            ["port of Sarvan", "PoS"],
            title="Dockers & carriers “far apart” as strike enters third week",
            reason="via alias PoS",
            block=3,
        ),
        make_found("grain exports", ["Exports of grain fell by half."], ["Exports", "grain"], reason="", block=5),
        make_found(
            "strike",
            ["Dockers & carriers “far apart” as strike enters third week", "The strike began on 1 May.", "A strike."],
            ["strike"],
            zone=Zone.HEADLINE,
            block=0,
            reason="the word strike",
        ),
        make_found(
            "carriers' surcharge",
            [
                "Carriers, who met the union for the first time since the walk-out began and left the hotel by a side "
                "door without a word to the reporters who had waited there since the morning, have added a surcharge "
                "of <b>$400</b> a container, which shippers, forwarders, two chambers of commerce and the ministry "
                "call unlawful, to all calls at the port until the end of June at the earliest, the line’s agents said."
            ],
            ["Carriers", "surcharge"],
            reason="surcharge is 35 words from carriers",
            block=7,
        ),
    ]
    return [replace(one, article=found[0].article) for one in found]


@pytest.fixture
def messages(harbour, make_found, make_delivery) -> dict[str, Message]:
    alert = compose(make_delivery(harbour), harbour)
    file = make_found(
        "Hmeimim",
        url="file:///srv/in%20box/a%20note.txt",
        body_from=BodyFrom.WHOLE,
        published_at=datetime(2025, 3, 2, 23, 5, tzinfo=UTC),
    )
    flood = [
        make_found(term, article=number, title=f"Story {number}", url=f"https://news.example.org/{number}")
        for number in range(60)
        for term in (("Hmeimim", "ISIS-K") if number % 3 == 0 else ("Hmeimim",))
    ]
    return {
        "alert": alert,
        "file": compose(
            make_delivery([file]), [file], links=AnswerLinks("https://watch.example.org/", "a secret of the test")
        ),
        "repeat": replace(alert, maybe_repeat=True),
        "digest": compose(make_delivery(flood, DeliveryKind.DIGEST), flood),
        "followup": compose(make_delivery(flood[2:4], DeliveryKind.FOLLOW_UP), flood[2:4]),
        "test": compose_test("desk", datetime(2026, 11, 22, tzinfo=UTC)),
    }


RENDERERS = {
    "slack.json": lambda message: json.dumps(render_slack(message).payload(), indent=1, ensure_ascii=False) + "\n",
    "mail.txt": lambda message: f"Subject: {render_mail(message).subject}\n\n{render_mail(message).text}",
    "mail.html": lambda message: render_mail(message).html,
    "screen.txt": lambda message: render_screen(message, 100) + "\n",
    "narrow.txt": lambda message: render_screen(message, 50) + "\n",
    "plain.txt": lambda message: render_plain(message) + "\n",
    "webhook.json": lambda message: (
        json.dumps(render_json(message, "desk", b"k" * 16), indent=1, ensure_ascii=False) + "\n"
    ),
}


@pytest.mark.parametrize("name", ["alert", "file", "repeat", "digest", "test", "followup"])
@pytest.mark.parametrize("renderer", RENDERERS)
def test_reads_as_in_the_golden_file(messages, name, renderer):
    rendered = RENDERERS[renderer](messages[name])
    file = GOLDEN / f"{name}.{renderer}"
    if os.environ.get("WIREWATCH_GOLDEN") == "write":
        file.write_text(rendered, encoding="utf-8")
    assert rendered == file.read_text(encoding="utf-8")


def test_the_feed_reads_as_in_the_golden_file(harbour, make_found, now):
    evil = make_found("<b>", ["Hmeimim <script> & more"], title="<!-- ]]> & \x1b\u202e", url="javascript:x")
    rendered = render_atom("strike & co", [*harbour, evil], now, "https://watch.example.org/feed/x")
    file = GOLDEN / "feed.atom.xml"
    if os.environ.get("WIREWATCH_GOLDEN") == "write":
        file.write_bytes(rendered)
    assert rendered == file.read_bytes()
    read = feedparser.parse(rendered)
    assert (read.version, read.bozo) == ("atom10", False)
    assert [bool(entry.get("links")) for entry in read.entries] == [True] * 4 + [False]
    assert "<script>" not in "".join(entry.content[0].value for entry in read.entries)


def test_the_headline_hit_leads_then_the_most_mentioned_then_the_reading_order(harbour, make_found, make_delivery):
    often = make_found("walk-out", ["The Hmeimim walk-out."] * 5, block=9)
    harbour = [*harbour, replace(often, article=harbour[0].article)]
    for found in (harbour, harbour[::-1]):
        message = compose(make_delivery(found), found)
        terms = [line.term for line in message.articles[0].lines]
        assert terms == ["strike", "walk-out", "Port of Sarvan", "grain exports", "carriers' surcharge"]
        assert message.subject == "[wirewatch] strike +4: Dockers & carriers “far apart” as strike enters third week"


def test_without_a_headline_hit_the_term_with_most_mentions_leads(make_found, make_delivery):
    found = [
        make_found("one", block=1),
        make_found("three", ["The Hmeimim base.", "At Hmeimim.", "Hmeimim."], block=6),
        make_found("another", block=2),
    ]
    message = compose(make_delivery(found), found)
    assert [line.term for line in message.articles[0].lines] == ["three", "one", "another"]
    assert [line.more for line in message.articles[0].lines] == [2, 0, 0]


def test_no_line_of_the_screen_is_wider_than_the_screen(messages):
    for width in (50, 60, 80, 120):
        lines = render_screen(messages["alert"], width).splitlines()
        assert len(lines) > 8
        # What is to be copied is not broken.
        assert max(len(line) for line in lines if not line.startswith(("  Original:", "  why:"))) <= width


def test_the_terminal_marks_by_bold(messages):
    shown = render_screen(messages["alert"], 100, bold=True)
    assert "\x1b[1mport of Sarvan (PoS)\x1b[0m" in shown


def test_a_digest_counts_all_its_articles_though_few_are_found(make_found, make_delivery):
    flood = [make_found(article=number) for number in range(5000)]
    delivery = make_delivery(flood, DeliveryKind.DIGEST)
    message = compose(delivery, flood[:3])
    assert message.total == 5000
    assert "Digest: 5000 articles" in message.subject
    assert "and 4997 more" in render_plain(message)
    assert len(render_slack(message).blocks) <= 50


def test_an_alert_whose_article_is_gone_still_says_what_was_found(make_found, make_delivery):
    found = [make_found("Hmeimim"), make_found("ISIS-K")]
    message = compose(make_delivery(found), [])
    assert message.subject == "[wirewatch] Hmeimim +1: (the article is gone from the archive)"
    assert "gone from the archive" in render_screen(message, 80)
    assert render_slack(message).blocks


def test_fall_backs_of_the_text_are_flagged(make_found, make_delivery):
    def shown(**changes):
        found = [make_found(**changes)]
        return render_plain(compose(make_delivery(found), found))

    assert "note:" not in shown(body_from=BodyFrom.PAGE)
    assert "text from the feed" in shown(body_from=BodyFrom.FEED)
    assert "could not be read" in shown(body_from=BodyFrom.FEED_FALLBACK)
    assert "whole text" in shown(body_from=BodyFrom.WHOLE)
    assert "note: the page held only a cookie wall" in shown(note="the page held only\na cookie wall")


def test_many_terms_are_named_though_few_are_shown(make_found, make_delivery):
    found = [make_found(f"term {number:02}") for number in range(40)]
    message = compose(make_delivery(found), found)
    assert message.subject.startswith("[wirewatch] term 00 +39: ")
    for rendered in (render_plain(message), render_mail(message).html, render_slack(message).text):
        assert all(f"term {number:02}" in rendered for number in range(40))


ODD = st.sampled_from("ab <>&*_`|@![]()\u00ad\u200b\u202e\u2066\x00\x1b\x9b\r\n")
TEXT = st.text(st.one_of(ODD, st.characters()), max_size=200)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(term=TEXT, title=TEXT, url=TEXT, passage=TEXT, kind=st.sampled_from(DeliveryKind))
def test_nothing_hidden_leaves_and_no_markup_is_obeyed(make_found, make_delivery, term, title, url, passage, kind):
    found = [
        make_found(term, [f"{passage}Hmeimim{passage}"], title=title, url=url, source=title, reason=passage, note=term)
    ]
    message = compose(make_delivery(found, kind, subject=term, text=passage), found)
    slack, mail = render_slack(message), render_mail(message)
    for shown in (
        slack.text, *leaves(slack.blocks), mail.text, mail.html, render_plain(message), render_screen(message, 60)
    ):  # fmt: skip
        assert not {unicodedata.category(c) for c in shown if c != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "\n" not in mail.subject
    assert not re.search(r"<[!@#]|<[A-Za-z][\w+.-]*:", "\n".join(leaves(slack.blocks)))
    assert "<" not in slack.text
    reader = Reader()
    reader.feed(mail.html)
    has_passages = kind in (DeliveryKind.ALERT, DeliveryKind.DIGEST)
    of_hits = (clean_text(f"{passage}Hmeimim"),) if has_passages else ()
    for said in (clean_text(term), *of_hits):
        assert said[:60].strip() in reader.text


def leaves(value):
    """All texts in nested lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)


class Reader(HTMLParser):
    """Reads a page as one who obeys its markup does, and knows only the tags that we write."""

    known = frozenset(
        ["html", "head", "meta", "title", "body", "h2", "h3", "div", "ul", "li", "b", "br", "span", "p", "a"]
    )

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in self.known

    def handle_data(self, data: str) -> None:
        self.text += data
