"""No secret in any log, error or answer, at any level."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from alerts import compose, install_log_redaction, open_channel, redact
from wirewatch.errors import DeliveryError
from wirewatch.model import Channel
from wirewatch.secrets import remember_secrets, secret_parts

CANARIES = ("canaryTOKENaaa", "canaryTOKENbbb", "canaryTOKENccc", "canary/pass word")


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that is logged by anyone at any level, as it would be written to a file."""
    factory, root = logging.getLogRecordFactory(), logging.getLogger()
    install_log_redaction()
    install_log_redaction()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    logging.setLogRecordFactory(factory)


def shown_by(urls: dict[str, str], message, sends: int = 1) -> str:
    """All texts that opening channels and sending to them gives."""
    said = []
    for name, url in urls.items():
        try:
            channel = open_channel(Channel(name, f"${{{name}}}"), {name: url}, deadline=3)
            said.append(f"{channel!r} {vars(channel)}")
            said += [channel.send(message, key=b"k" * 16) for _ in range(sends)]
        except DeliveryError as error:
            said.append(f"{error} {error!r} {error.__cause__!r} {error.__context__!r}")
    return "\n".join(said)


@pytest.mark.parametrize("status", [200, 403, 500])
def test_no_canary_anywhere(everything_logged, slack_sink, smtp_sink, make_found, make_delivery, status):
    slack_sink.script[0].status = status
    slack_sink.script[0].body = "echo canaryTOKENaaa canaryTOKENbbb canaryTOKENccc"
    smtp_sink.mail_from = "550 I know your canary/pass word"
    port = slack_sink.url.rpartition(":")[2]
    found = [make_found()]
    said = shown_by(
        {
            "SLACK": "slack://canaryTOKENaaa/canaryTOKENbbb/canaryTOKENccc",
            "BOT": "slack://xoxb-1234-1234-canaryTOKENccc/#news",
            "BAD": "slack://canaryTOKENaaa/canary-TOKENbbb/canaryTOKENccc",
            "HOOK": f"json://user:canaryTOKENbbb@127.0.0.1:{port}/canaryTOKENaaa?+Token=canaryTOKENccc",
            "MAIL": f"mailto://user:canary%2Fpass%20word@127.0.0.1:{smtp_sink.port}?from=w@example.org&to=a@example.org",
            "GONE": "json://user:canaryTOKENbbb@127.0.0.1:1/canaryTOKENaaa",
        },
        compose(make_delivery(found), found),
    )
    logged = everything_logged.getvalue()
    assert said.count("channel ") >= 3
    assert "urllib3" in logged
    for canary in CANARIES:
        assert canary not in said
        assert canary not in logged


def test_tracebacks_are_redacted(everything_logged):
    remember_secrets(secret_parts("slack://canaryTOKENaaa/canaryTOKENbbb/canaryTOKENccc"))
    try:
        raise ValueError("posting to https://hooks.example/canaryTOKENaaa/x")
    except ValueError:
        logging.getLogger("some.library").exception("failed with %s", "canaryTOKENbbb")
    logged = everything_logged.getvalue()
    assert "ValueError" in logged
    assert "canary" not in logged


def test_other_records_are_left_as_they_are(everything_logged):
    logging.getLogger("x").info("%d of %s", 3, "things")
    logging.getLogger("x").info("mail to a@example.org via smtp.example.org")
    assert everything_logged.getvalue() == "x 3 of things\nx mail to a@example.org via smtp.example.org\n"


def test_redact():
    assert redact("a canary and a can", ["can", "canary"]) == "a *** and a can"
    assert redact("at https://user:pw@host/x") == "at https://***@host/x"
    assert redact("nothing here") == "nothing here"


def test_the_short_password_of_an_address_is_known_once_it_is_read():
    open_channel(Channel("desk", "mailto://night:${PW}@127.0.0.1:1?from=w@example.org"), {"PW": "hm6!"})
    assert redact("login of night with hm6! or hm6%21") == "login of night with *** or ***"


def test_hosts_and_recipients_stay_readable():
    parts = secret_parts(
        "mailtos://user:pa%20ss@smtp.example.org:587?from=w@example.org&to=a@example.org,b@example.org"
    )
    said = "550 at smtp.example.org for a@example.org and w@example.org, password pa ss"
    assert redact(said, parts) == "550 at smtp.example.org for a@example.org and w@example.org, password ***"
