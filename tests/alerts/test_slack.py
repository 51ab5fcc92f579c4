"""What Slack receives, and what its answers mean: the true payload on a loopback server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from alerts import compose, open_channel, render_slack
from alerts.http_answers import retry_after_seconds
from wirewatch.clock import utc_now
from wirewatch.errors import PermanentDeliveryError, TemporaryDeliveryError
from wirewatch.model import Channel, DeliveryKind

KEY = b"k" * 16
WEBHOOK = "slack://TAAAAAAAA/BBBBBBBBB/canaryCCC"
BOT = "slack://xoxb-1234-1234-canary/#news/#desk"


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found()]
    return compose(make_delivery(found), found)


def slack(url: str = WEBHOOK, deadline: float = 5):
    return open_channel(Channel("wire", "${SLACK_URL}"), {"SLACK_URL": url}, deadline=deadline)


def texts(blocks: Any) -> Iterator[tuple[str, bool]]:
    """All texts in blocks, and whether each is bold."""
    for block in blocks:
        text = block.get("text")
        if isinstance(text, dict):
            yield text["text"], False
        elif isinstance(text, str):
            yield text, bool(block.get("style", {}).get("bold"))
        yield from texts(block.get("elements", ()))


def test_the_payload(slack_sink, message):
    assert slack().send(message, key=KEY) == "200 ok"
    assert slack_sink.paths == ["/services/TAAAAAAAA/BBBBBBBBB/canaryCCC"]
    (payload,) = slack_sink.payloads
    shown = list(texts(payload["blocks"]))
    assert ("New Friends", False) in shown
    assert ("Hmeimim", True) in shown
    assert "".join(text for text, _ in shown).count("The Hmeimim airbase is in Latakia.") == 1
    assert "The *Hmeimim* airbase is in Latakia." in payload["text"]
    assert not payload["mrkdwn"]
    assert not payload["link_names"]
    assert {"type": "link", "url": "https://news.example.org/new-friends", "text": "Original"} in [
        element
        for block in payload["blocks"]
        for section in block.get("elements", ())
        for element in section.get("elements", ())
    ]


def test_a_webhook_as_slack_shows_it_works_too(slack_sink, message):
    slack("https://hooks.slack.com/services/TAAAAAAAA/BBBBBBBBB/canaryCCC").send(message, key=KEY)
    assert slack_sink.paths == ["/services/TAAAAAAAA/BBBBBBBBB/canaryCCC"]


def test_a_possible_repeat_says_so(slack_sink, message):
    slack().send(message, key=KEY, maybe_repeat=True)
    (payload,) = slack_sink.payloads
    assert "Possible repeat" in payload["text"]
    assert any("Possible repeat" in text for text, _ in texts(payload["blocks"]))


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ({"status": 429, "body": "rate_limited", "headers": {"Retry-After": "37"}}, "temporary", "429"),
        ({"status": 503, "body": "<html>down</html>"}, "temporary", "503"),
        ({"status": 500, "body": "rollup_error"}, "temporary", "rollup_error"),
        ({"status": 400, "body": "invalid_payload"}, "permanent", "invalid_payload"),
        ({"status": 401, "body": ""}, "permanent", "401"),
        ({"status": 403, "body": "invalid_token"}, "permanent", "the webhook's address is wrong"),
        ({"status": 404, "body": "no_service"}, "permanent", "make a new one"),
        ({"status": 410, "body": "channel_is_archived"}, "permanent", "archived"),
        ({"status": 307, "body": "", "headers": {"Location": "/elsewhere"}}, "permanent", "not followed"),
        ({"status": 302, "body": "", "headers": {"Location": "/elsewhere"}}, "permanent", "not followed"),
        ({"status": 200, "body": '{"ok": false, "error": "TOKEN_REVOKED"}'}, "permanent", "token_revoked"),
        ({"status": 200, "body": '{"ok": false, "error": "ratelimited"}'}, "temporary", "ratelimited"),
        ({"status": 200, "body": "<html>welcome</html>"}, "permanent", "not Slack's"),
        ({"status": 200, "body": "[1]"}, "permanent", "200 but not ok"),
        ({"cut": True}, "uncertain", "may have arrived"),
    ],
)
def test_answers(slack_sink, message, answer, error, said):
    for name, value in answer.items():
        setattr(slack_sink.script[0], name, value)
    kind = PermanentDeliveryError if error == "permanent" else TemporaryDeliveryError
    with pytest.raises(kind) as caught:
        slack().send(message, key=KEY)
    assert str(caught.value).startswith("channel wire: ")
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)
    assert getattr(caught.value, "uncertain", False) is (error == "uncertain")
    assert getattr(caught.value, "retry_after", None) == (37 if answer.get("status") == 429 else None)
    assert len(slack_sink.paths) == 1


def test_a_server_that_hangs_costs_the_deadline_and_is_uncertain(slack_sink, message):
    slack_sink.script[0].wait = 30
    with pytest.raises(TemporaryDeliveryError) as caught:
        slack(deadline=0.3).send(message, key=KEY)
    assert caught.value.uncertain
    assert "not done within 0.3 s" in str(caught.value)


def test_a_server_that_is_not_there_is_not_uncertain(message, monkeypatch):
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", "http://127.0.0.1:1/services")
    with pytest.raises(TemporaryDeliveryError, match="cannot connect: Connection refused") as caught:
        slack().send(message, key=KEY)
    assert not caught.value.uncertain


@pytest.mark.parametrize(
    "refusal",
    [{"status": 400, "body": "invalid_blocks"}, {"body": '{"ok": false, "error": "msg_blocks_too_long"}'}],
)
def test_text_alone_where_slack_refuses_the_blocks(slack_sink, message, refusal):
    answer = type(slack_sink.script[0])
    slack_sink.script[:] = [answer(**refusal), answer()]
    assert slack().send(message, key=KEY) == "200 ok"
    first, second = slack_sink.payloads
    assert "blocks" in first
    assert "blocks" not in second
    assert "The *Hmeimim* airbase" in second["text"]


def test_a_bot_posts_to_each_channel_and_not_twice_to_those_that_have_it(slack_sink, message):
    answer = type(slack_sink.script[0])
    slack_sink.script[:] = [answer(body='{"ok": true}'), answer(body='{"ok": false, "error": "not_in_channel"}')]
    with pytest.raises(PermanentDeliveryError, match="invite the app") as caught:
        slack(BOT).send(message, key=KEY)
    first, second = (payload["channel"] for payload in slack_sink.payloads)
    assert {first, second} == {"#news", "#desk"}
    assert caught.value.accepted == (first,)
    assert f"({second})" in str(caught.value)
    assert slack_sink.headers[0]["Authorization"] == "Bearer xoxb-1234-1234-canary"
    slack_sink.script[:] = [answer(body='{"ok": true}')]
    slack(BOT).send(message, key=KEY, accepted=caught.value.accepted)
    assert [payload["channel"] for payload in slack_sink.payloads] == [first, second, second]


def test_a_channel_that_is_none_is_named(slack_sink, message):
    with pytest.raises(PermanentDeliveryError, match="invalid"):
        slack("slack://xoxb-1234-1234-canary/bad!name").send(message, key=KEY)
    assert slack_sink.paths == []


@pytest.mark.parametrize(
    "evil",
    [
        "<!channel> <!here|here> <@U1> <#C1>",
        "<https://evil.example|bank.example>",
        "*bold* _it_ ~no~ `code` ```",
        "\u202egnp.exe\u202c \x1b[31mred \x00 a\u200bb",
        "&lt;!channel&gt; &amp;",
        "{{7*7}} %s ${HOME} {0}",
        "&" * 400,
        "😀" * 400,
        "x" * 80_000,
        "word " * 16_000,
    ],
)
def test_content_is_shown_and_never_obeyed(slack_sink, make_found, make_delivery, evil):
    found = [
        make_found(f"t{number} {evil}"[:500], [f"{evil} Hmeimim {evil}"], title=evil, source=evil, reason=evil)
        for number in range(30)
    ]
    slack().send(compose(make_delivery(found), found), key=KEY)
    (payload,) = slack_sink.payloads
    wire = slack_sink.bodies[0].decode()
    for control in ("<!", "<@", "<#", "<http", "\u202e", "\u200b", "\\u001b", "\\u0000", "\x1b"):
        assert control not in wire
    assert "<" not in payload["text"]
    assert len(payload["text"]) <= 3100
    assert len(payload["blocks"]) <= 50
    header = payload["blocks"][0]["text"]
    assert header["type"] == "plain_text"
    assert 0 < len(header["text"]) <= 150
    assert "mrkdwn" not in json.dumps(payload["blocks"])
    assert all(text for text, _ in texts(payload["blocks"]))
    assert len(wire) < 40_000


def test_a_digest_fits_slack_s_limits(slack_sink, make_found, make_delivery):
    found = [make_found(f"term {number % 70}", article=number, title="T" * 200) for number in range(500)]
    slack().send(compose(make_delivery(found, DeliveryKind.DIGEST), found), key=KEY)
    (payload,) = slack_sink.payloads
    assert len(payload["blocks"]) <= 50
    assert any("and 485 more" in text for text, _ in texts(payload["blocks"]))


def test_a_digest_of_long_passages_shows_fewer_and_counts_the_rest(make_found, make_delivery):
    long = "word " * 100 + "Hmeimim " + "word " * 100
    found = [
        make_found(f"term {term} " + "x" * 60, [long], article=number, title="T " * 200, reason="r " * 99)
        for number in range(20)
        for term in range(3)
    ]
    blocks = render_slack(compose(make_delivery(found, DeliveryKind.DIGEST), found)).blocks
    shown = "".join(text for text, _ in texts(blocks))
    articles = shown.count("Original")
    assert 5 < articles < 15
    assert f"and {20 - articles} more" in shown
    assert len(shown) < 13_000


def test_retry_after():
    now = utc_now().replace(microsecond=0)
    assert retry_after_seconds("120", now) == 120
    assert retry_after_seconds(format_datetime(now + timedelta(seconds=90)), now) == 90
    for junk in (None, "", "soon", "-5", "nan", "inf", format_datetime(now - timedelta(days=1))):
        assert retry_after_seconds(junk, now) is None
