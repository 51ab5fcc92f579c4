"""What `json://` channels post: by the published schema, to the letter of the address, with what was answered."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from alerts import compose, compose_test, open_channel, render_plain
from wirewatch.errors import PermanentDeliveryError, TemporaryDeliveryError
from wirewatch.model import Channel, DeliveryKind

KEY = b"k" * 16
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "webhook.schema.json").read_text("utf-8"))
EVIL = "<!channel> @everyone [a](https://evil.example) \u202e\x1b[31m\u200b {{7*7}} %s ${HOME}"


def hook(sink_url: str, more: str = "", deadline: float = 5):
    url = sink_url.replace("http", "json", 1) + "/hook" + more
    return open_channel(Channel("hook", "${HOOK_URL}"), {"HOOK_URL": url}, deadline=deadline)


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found()]
    return compose(make_delivery(found), found)


@pytest.fixture
def of_all_kinds(make_found, make_delivery, now):
    found = [make_found(article=number, url=url) for number, url in enumerate(["https://a.example/1", "file:///a.txt"])]
    evil = [make_found(EVIL, [f"{EVIL} Hmeimim {EVIL}"], title=EVIL, source=EVIL, reason=EVIL)]
    notice = make_delivery([], DeliveryKind.NOTICE, subject="desk fails", text="since noon")
    return [
        compose(make_delivery(found[:1]), found),
        compose(make_delivery(found[1:]), found),
        compose(make_delivery(found, DeliveryKind.DIGEST, text="2 articles read"), found),
        compose(make_delivery(evil), evil),
        compose(make_delivery([]), []),
        compose(notice, []),
        compose_test("hook", now),
    ]


def test_every_message_is_as_the_schema_says(http_sink, of_all_kinds):
    transport = hook(http_sink.url)
    for message in of_all_kinds:
        transport.send(message, key=KEY)
    transport.close()
    assert len(http_sink.payloads) == len(of_all_kinds)
    for payload in http_sink.payloads:
        jsonschema.validate(payload, SCHEMA, jsonschema.Draft202012Validator)
    wire = b"".join(http_sink.bodies).decode()
    assert not any(hidden in wire for hidden in ("\u202e", "\\u202e", "\u200b", "\\u001b"))


def test_the_payload(http_sink, message):
    assert hook(http_sink.url).send(message, key=KEY, maybe_repeat=True) == "200 ok"
    (payload,) = http_sink.payloads
    assert payload["message"].endswith(render_plain(message))
    assert payload["possible_repeat"] is True
    assert payload["delivery"] == KEY.hex() == http_sink.headers[0]["Idempotency-Key"]
    ((hit,),) = [article["hits"] for article in payload["articles"]]
    ((start, end),) = hit["marks"]
    assert hit["passage"][start:end] == "Hmeimim"


def test_what_the_address_asks_for(http_sink, message):
    hook(http_sink.url, "?+X-Desk=seven&-room=2&:message=text&:team=wires&:why=").send(message, key=KEY)
    (payload,) = http_sink.payloads
    assert http_sink.headers[0]["X-Desk"] == "seven"
    assert http_sink.paths == ["/hook?room=2"]
    assert payload["team"] == "wires"
    assert payload["text"] == render_plain(message)
    assert "message" not in payload


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ({"status": 503, "body": "<html>down</html>"}, "temporary", "503 no reason given"),
        ({"status": 429, "headers": {"Retry-After": "37"}}, "temporary", "429"),
        ({"status": 422, "body": "no such\x1b[31m room"}, "permanent", "422 no such[31m room"),
        ({"status": 307, "headers": {"Location": "/elsewhere"}}, "permanent", "not followed"),
        ({"cut": True}, "uncertain", "may have arrived"),
    ],
)
def test_answers(http_sink, message, answer, error, said):
    for name, value in answer.items():
        setattr(http_sink.script[0], name, value)
    kind = PermanentDeliveryError if error == "permanent" else TemporaryDeliveryError
    with pytest.raises(kind, match="channel hook: ") as caught:
        hook(http_sink.url, "?redirect=yes").send(message, key=KEY)
    assert said in str(caught.value)
    assert getattr(caught.value, "uncertain", False) is (error == "uncertain")
    assert getattr(caught.value, "retry_after", None) == (37 if answer.get("status") == 429 else None)
    assert http_sink.paths == ["/hook"]


def test_a_hang_costs_the_deadline(http_sink, message):
    http_sink.script[0].wait = 30
    with pytest.raises(TemporaryDeliveryError) as caught:
        hook(http_sink.url, deadline=0.3).send(message, key=KEY)
    assert caught.value.uncertain


def test_an_untrusted_certificate_gets_nothing_unless_the_address_says_so(https_sink, message):
    with pytest.raises(TemporaryDeliveryError, match="channel hook: TLS failed: self-signed certificate"):
        hook(https_sink.url).send(message, key=KEY)
    assert https_sink.bodies == []
    hook(https_sink.url, "?verify=no").send(message, key=KEY)
    assert len(https_sink.bodies) == 1
