"""What belongs to one story is one thread: for Slack's bots, and for mail programs."""

from __future__ import annotations

import email
from dataclasses import replace

import pytest

from alerts import compose, open_channel
from wirewatch.errors import PermanentDeliveryError
from wirewatch.model import Channel, DeliveryKind

STORY, KEY = b"s" * 16, b"k" * 16
BOT = "slack://xoxb-1234-1234-canary/#news/#desk"


@pytest.fixture
def message(make_found, make_delivery):
    found = make_found()
    found = replace(found, hit=replace(found.hit, story=STORY))
    return compose(make_delivery([found]), [found])


def slack(url=BOT):
    return open_channel(Channel("wire", "${SLACK_URL}"), {"SLACK_URL": url}, deadline=5)


def answers(sink, *bodies):
    kind = type(sink.script[0])
    sink.script[:] = [kind(body=body) for body in bodies]


def test_the_first_message_begins_the_thread_and_the_next_is_in_it_and_in_the_channel(slack_sink, message):
    answers(slack_sink, '{"ok": true, "ts": "1.1"}', '{"ok": true, "ts": "1.2"}', '{"ok": true, "ts": "1.3"}')
    thread: dict[str, str] = {}
    slack().send(message, key=KEY, thread=thread)
    first, second = slack_sink.payloads
    assert thread == {first["channel"]: "1.1", second["channel"]: "1.2"}
    assert not any("thread_ts" in payload for payload in slack_sink.payloads)
    slack().send(message, key=KEY, thread=thread)
    for payload in slack_sink.payloads[2:]:
        assert payload["thread_ts"] == {first["channel"]: "1.1", second["channel"]: "1.2"}[payload["channel"]]
        assert payload["reply_broadcast"] is True
    assert set(thread.values()) == {"1.1", "1.2"}


def test_a_thread_that_is_gone_is_begun_anew(slack_sink, message):
    answers(slack_sink, '{"ok": false, "error": "thread_not_found"}', '{"ok": true, "ts": "2.1"}')
    thread = {"#news": "1.1"}
    slack("slack://xoxb-1234-1234-canary/#news").send(message, key=KEY, thread=thread)
    assert ["thread_ts" in payload for payload in slack_sink.payloads] == [True, False]
    assert thread == {"#news": "2.1"}


@pytest.fixture
def follow_up(message):
    return replace(message, kind=DeliveryKind.FOLLOW_UP)


def test_a_follow_up_is_in_the_thread_alone(slack_sink, follow_up):
    answers(slack_sink, '{"ok": true, "ts": "1.2"}')
    said = slack().send(follow_up, key=KEY, thread={"#news": "1.1"})
    [payload] = slack_sink.payloads
    assert (payload["channel"], payload["thread_ts"], payload["reply_broadcast"]) == ("#news", "1.1", False)
    assert "the story has no thread here" in said


def test_a_follow_up_never_begins_a_thread(slack_sink, follow_up):
    answers(slack_sink, '{"ok": false, "error": "thread_not_found"}')
    thread = {"#news": "1.1"}
    said = slack("slack://xoxb-1234-1234-canary/#news").send(follow_up, key=KEY, thread=thread)
    assert (len(slack_sink.payloads), thread) == (1, {"#news": "1.1"})
    assert "the story's thread is gone" in said
    slack("slack://TAAAAAAAA/BBBBBBBBB/canaryCCC").send(follow_up, key=KEY, thread={})
    assert len(slack_sink.payloads) == 1


def test_a_channel_without_threads_hears_no_follow_up(follow_up):
    transport = open_channel(Channel("room", "discord://123456789012345678/abcdefghijklmnopqrst"), {}, deadline=5)
    assert "no threads" in transport.send(follow_up, key=KEY)


def test_what_began_before_another_channel_refused_is_kept(slack_sink, message):
    answers(slack_sink, '{"ok": true, "ts": "1.1"}', '{"ok": false, "error": "not_in_channel"}')
    thread: dict[str, str] = {}
    with pytest.raises(PermanentDeliveryError):
        slack().send(message, key=KEY, thread=thread)
    assert list(thread.values()) == ["1.1"]


def test_webhooks_know_no_threads(slack_sink, message):
    thread: dict[str, str] = {}
    slack("slack://TAAAAAAAA/BBBBBBBBB/canaryCCC").send(message, key=KEY, thread=thread)
    assert thread == {}


def test_mails_of_a_story_refer_to_one_parent_and_share_a_session(smtp_sink, message):
    url = f"mailto://127.0.0.1:{smtp_sink.port}?from=watch@desk.example&to=one@desk.example"
    transport = open_channel(Channel("mail", url), {}, deadline=5)
    for key in (b"a" * 16, b"b" * 16):
        transport.send(message, key=key)
    transport.send(replace(message, story=None), key=b"c" * 16)
    transport.close()
    one, other, alone = (email.message_from_bytes(each.content) for each in smtp_sink.mails)
    assert one["References"] == other["References"] == f"<story.{STORY.hex()}@desk.example>" == one["In-Reply-To"]
    assert one["Message-ID"] != other["Message-ID"]
    assert alone["References"] is None
    assert smtp_sink.sessions == 1
