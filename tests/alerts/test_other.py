"""Channels that only apprise knows: what arrives, and what can be told of failures."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from alerts import compose, open_channel, render_plain
from wirewatch.errors import PermanentDeliveryError, TemporaryDeliveryError
from wirewatch.model import Channel

KEY = b"k" * 16


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found()]
    return compose(make_delivery(found), found)


def hook(sink_url: str, more: str = "", deadline: float = 5):
    url = sink_url.replace("http://", "form://") + "/hook" + more
    return open_channel(Channel("hook", "${HOOK_URL}"), {"HOOK_URL": url}, deadline=deadline)


def fields(sink):
    """The fields of the only form that was sent."""
    (body,) = sink.bodies
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def test_plain_text_arrives(http_sink, message):
    assert hook(http_sink.url).send(message, key=KEY) == "accepted (Form)"
    payload = fields(http_sink)
    assert payload["title"] == "[wirewatch] Hmeimim: New Friends"
    assert payload["message"] == render_plain(message)
    assert "“The *Hmeimim* airbase is in Latakia.”" in payload["message"]


def test_several_messages_on_one_channel_do_not_wait_for_each_other(http_sink, message, monkeypatch):
    from apprise.plugins.custom_form import NotifyForm

    monkeypatch.setattr(NotifyForm, "request_rate_per_sec", 60.0)
    channel = hook(http_sink.url, deadline=0.7)
    for _ in range(5):
        channel.send(message, key=KEY)
    assert len(http_sink.bodies) == 5


@pytest.mark.parametrize(
    ("answer", "error", "uncertain"),
    [
        ({"status": 503}, TemporaryDeliveryError, False),
        ({"status": 429, "headers": {"Retry-After": "9"}}, TemporaryDeliveryError, False),
        ({"status": 403}, PermanentDeliveryError, False),
        ({"status": 404}, PermanentDeliveryError, False),
        ({"status": 307, "headers": {"Location": "/elsewhere"}}, PermanentDeliveryError, False),
        ({"cut": True}, TemporaryDeliveryError, True),
    ],
)
def test_answers(http_sink, message, answer, error, uncertain):
    for name, value in answer.items():
        setattr(http_sink.script[0], name, value)
    with pytest.raises(error, match="channel hook: ") as caught:
        hook(http_sink.url, "?redirect=yes").send(message, key=KEY)
    assert str(answer.get("status", "")) in str(caught.value)
    assert getattr(caught.value, "uncertain", False) is uncertain
    assert http_sink.paths == ["/hook"]


def test_a_server_that_is_not_there(message):
    with pytest.raises(TemporaryDeliveryError, match="cannot connect") as caught:
        hook("http://127.0.0.1:1").send(message, key=KEY)
    assert not caught.value.uncertain


def test_a_hang_costs_the_deadline(http_sink, message):
    http_sink.script[0].wait = 30
    with pytest.raises(TemporaryDeliveryError) as caught:
        hook(http_sink.url, deadline=0.3).send(message, key=KEY)
    assert caught.value.uncertain


def test_channels_of_many_kinds_open():
    for url in (
        "ntfys://topic",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    ):
        assert open_channel(Channel("x", "${U}"), {"U": url})


@pytest.mark.parametrize(
    ("evil", "shown"),
    [
        ("@everyone @here <@123> @channel", "＠everyone ＠here ‹＠123› ＠channel"),
        ("[bank.example](https://evil.example)", "[bank.example] (https://evil.example)"),
        ("<users/all> <!here> <b>", "‹users/all› ‹!here› ‹b›"),
        ("mail a@example.org", "mail a@example.org"),
        ("{{7*7}} %s ${HOME}", "{{7*7}} %s ${HOME}"),
    ],
)
def test_content_is_shown_and_never_obeyed(http_sink, make_found, make_delivery, evil, shown):
    found = [make_found(f"t {evil}", [f"{evil} Hmeimim"], title=evil, source=evil, reason=evil, note=evil)]
    hook(http_sink.url).send(compose(make_delivery(found), found), key=KEY)
    payload = fields(http_sink)
    assert payload["message"].count(shown) >= 6
    assert shown in payload["title"]
    if shown != evil:
        assert evil not in payload["message"] + payload["title"]


def test_a_long_message_is_cut_rather_than_refused(http_sink, make_found, make_delivery, monkeypatch):
    from apprise.plugins.custom_form import NotifyForm

    monkeypatch.setattr(NotifyForm, "body_maxlen", 200)
    found = [make_found(f"term {number}") for number in range(12)]
    hook(http_sink.url).send(compose(make_delivery(found), found), key=KEY)
    assert len(fields(http_sink)["message"]) <= 200
