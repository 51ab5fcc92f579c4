"""Channels' addresses: filled from the environment, and checked when they are configured."""

from __future__ import annotations

import pytest

from alerts import check_channel_url, open_channel
from alerts.addresses import fill_address
from wirewatch.errors import PermanentDeliveryError
from wirewatch.model import Channel


def refused(url: str, **environ: str) -> str:
    with pytest.raises(PermanentDeliveryError) as caught:
        open_channel(Channel("desk", url), environ)
    return str(caught.value)


def test_an_unset_name_is_named():
    assert refused("${DESK_MAIL_URL}").startswith("channel desk: ${DESK_MAIL_URL} is not set in the environment")
    assert "${A}, ${B} are not set" in refused("mailto://${A}:${B}@host?to=a@x.org", C="c")
    assert "${A} is not set" in refused("${A}", A=" ")


def test_an_unknown_schema_is_refused_with_a_suggestion():
    assert "did you mean slack://?" in refused("${URL}", URL="slak://canaryAAA/canaryBBB/canaryCCC")


@pytest.mark.parametrize(
    "url",
    ["slack://canaryAAA/canary-BBB/canaryCCC", "slack://canaryAAA", "tgram://canaryAAA", "canaryAAA", "mailto://"],
)
def test_a_broken_address_is_refused_without_showing_it(url, caplog):
    caplog.set_level(0)
    assert "canary" not in refused("${URL}", URL=url) + caplog.text


def test_values_in_a_login_may_hold_any_characters():
    channel = Channel("desk", "mailto://${NAME}:${PASSWORD}@mail.example.org?to=${TO}")
    filled = fill_address(channel, {"NAME": "us/er", "PASSWORD": "p@ss:w#rd?", "TO": "a@x.org"})
    assert filled.url == "mailto://us%2Fer:p%40ss%3Aw%23rd%3F@mail.example.org?to=a@x.org"
    encoded = fill_address(channel, {"NAME": "user", "PASSWORD": "p%40ss", "TO": "a@x.org"})
    assert ":p%40ss@" in encoded.url


def test_what_a_value_holds_is_not_evaluated():
    filled = fill_address(Channel("desk", "json://host/${A}"), {"A": "${B}$(id)", "B": "secret"})
    assert filled.url == "json://host/${B}$(id)"


def test_a_filled_address_does_not_show_itself():
    filled = fill_address(Channel("desk", "${URL}"), {"URL": "slack://canaryAAA/canaryBBB/canaryCCC"})
    assert "canary" not in f"{filled!r} {filled}"


@pytest.mark.parametrize(
    "url",
    [
        "screen://",
        "${SLACK_URL}",
        "${BASE}/path",
        "slack://${A}/${B}/${C}/#news",
        "mailtos://user:${SMTP_PASSWORD}@mail.example.org?to=a@example.org",
        "mailto://mail.example.org:2525?from=watch@example.org&to=a@example.org",
        "json://localhost:8080/hook",
        "tgram://${TELEGRAM_TOKEN}/12345",
        "json://host/hook?+X-Token=${TOKEN}",
    ],
)
def test_addresses_that_are_fine(url):
    assert check_channel_url(url) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("slack://TAAAAAAAA/BBBBBBBBB/canaryCCC", "holds a literal token; put it in the environment: ${SLACK_URL}"),
        ("https://hooks.slack.com/services/TAAAAAAAA/BBBBBBBBB/canaryCCC", "${SLACK_URL}"),
        ("slack://xoxb-1234-1234-canary/#news", "literal access token"),
        (
            "mailtos://user:canary@mail.example.org?to=a@x.org",
            "literal password; put it in the environment: ${MAIL_URL}",
        ),
        ("mailtos://user:canary@mail.example.org?to=${TO}", "literal password"),
        ("tgram://123456789:canary_hijklmnop/12315544/", "literal bot token"),
        ("json://host/hook?+X-Token=canary", "literal value of +X-Token="),
        ("slak://${A}/${B}", "unknown kind of channel slak:// (did you mean slack://?)"),
        ("https://example.org/hook", "json://host/path"),
        ("slack://${A-B}/x", "written ${NAME}"),
        ("$SLACK_URL", "written ${NAME}"),
        ("somewhere", "expected an address"),
        ("mailto://mail.example.org?mode=canary", "cannot use this address"),
    ],
)
def test_addresses_that_are_refused(url, said, caplog):
    caplog.set_level(0)
    answer = check_channel_url(url)
    assert answer is not None
    assert said in answer
    assert "canary" not in answer + caplog.text
