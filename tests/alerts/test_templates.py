"""Operators' templates: what they may say, where it arrives, and what becomes of those that are broken."""

from __future__ import annotations

import email.policy

import pytest

from alerts import TemplateError, check_template, compose, open_channel, render_screen, with_template
from wirewatch.model import Channel

KEY = b"k" * 16
TEMPLATE = """\
{{ heading }} ({{ kind }})
{% for article in articles %}
{% for hit in article.hits %}
<{{ hit.term }}> {{ hit.passage }}
{% endfor %}
{{ article.url or article.place }}
{% endfor %}
"""
SAID = "New Friends (alert)\n<Hmeimim> The Hmeimim airbase is in Latakia.\nhttps://news.example.org/%40new"


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found(url="https://news.example.org/@new")]
    return compose(make_delivery(found), found)


def test_the_text_arrives_on_every_kind_of_channel(message, slack_sink, smtp_sink):
    assert check_template(TEMPLATE) is None
    worded = with_template(message, TEMPLATE, "desk")
    channels = {
        "slack": "slack://TAAAAAAAA/BBBBBBBBB/canaryCCC",
        "json": slack_sink.url.replace("http", "json") + "/hook",
        "mail": f"mailto://127.0.0.1:{smtp_sink.port}?from=watch@desk.example&to=one@desk.example",
    }
    for name, url in channels.items():
        open_channel(Channel(name, "${U}"), {"U": url}, deadline=5).send(worded, key=KEY, maybe_repeat=True)
    slack, hook = slack_sink.payloads
    assert SAID in slack["blocks"][-1]["elements"][0]["elements"][0]["text"]
    assert SAID.replace("<", "&lt;").replace(">", "&gt;") in slack["text"]
    assert hook["message"].endswith(SAID)
    mail = email.message_from_bytes(smtp_sink.mails[0].content, policy=email.policy.default)
    assert SAID in mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "&lt;Hmeimim&gt; The" in mail.get_body(("html",)).get_content()
    assert SAID in render_screen(worded, 80)
    assert "Possible repeat" in slack["text"]
    assert "Possible repeat" in hook["message"]


def test_content_is_made_harmless_and_never_evaluated(make_found, make_delivery):
    evil = "<!channel> @everyone [a](https://evil.example) {{7*7}} {% raw %}"
    found = [make_found(title=evil)]
    text = with_template(compose(make_delivery(found), found), "<b>{{ heading }}</b>").text
    assert text == "<b>‹!channel› ＠everyone [a] (https://evil.example) {{7*7}} {% raw %}</b>"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\nb {% if %}", "line 2: "),
        ("a\n\n{{ headign }}", "line 3: 'headign' is undefined"),
        ("{% for a in articles %}\n{{ a.titel }}{% endfor %}x", "line 2: "),
        ("{{ 1 / 0 }}", "line 1: ZeroDivisionError"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "line 1: "),
        ("{{ articles.append(1) }}", "line 1: "),
        ("{% if kind == 'alert' %}x{% endif %}", "says nothing of this digest"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(template, said):
    assert said in (check_template(template) or "")


def test_a_template_that_fails_on_a_message_raises_its_own_error(message):
    with pytest.raises(TemplateError, match="line 1"):
        with_template(message, "{{ articles[3].title }}")
