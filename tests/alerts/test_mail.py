"""What a mail server receives, and what its answers mean: a real SMTP server on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from alerts import Message, compose, open_channel, render_mail
from wirewatch.errors import PermanentDeliveryError, TemporaryDeliveryError
from wirewatch.model import Channel

KEY = bytes(range(16))
THREE = "a@example.org,b@example.org,c@example.org"


@pytest.fixture
def message(make_found, make_delivery):
    found = [make_found()]
    return compose(make_delivery(found), found)


def mail(
    port: int,
    to: str = "a@example.org",
    *,
    schema: str = "mailto",
    login: str = "",
    more: str = "",
    deadline: float = 5,
):
    url = f"{schema}://{login}127.0.0.1:{port}?from=watch@example.org&to={to}{more}"
    return open_channel(Channel("News desk", "${DESK_URL}"), {"DESK_URL": url}, deadline=deadline)


def received(sink, number: int = 0) -> EmailMessage:
    return parsed(sink.mails[number].content)


def parsed(octets: bytes) -> EmailMessage:
    read = message_from_bytes(octets, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def parts(received_mail: EmailMessage) -> tuple[str, str]:
    assert received_mail.get_content_type() == "multipart/alternative"
    text, html = received_mail.iter_parts()
    return text.get_content(), html.get_content()


def test_the_mail(smtp_sink, message):
    assert mail(smtp_sink.port).send(message, key=KEY) == "250 OK: queued as 7 (a@example.org)"
    (envelope,) = smtp_sink.mails
    assert envelope.mail_from == "watch@example.org"
    assert envelope.rcpt_tos == ["a@example.org"]
    sent = received(smtp_sink)
    assert sent["Subject"] == "[wirewatch] Hmeimim: New Friends"
    assert sent["From"] == "wirewatch <watch@example.org>"
    assert sent["To"] == "a@example.org"
    assert sent["Message-ID"] == f"<{KEY.hex()}@example.org>"
    assert sent["Date"].datetime == message.created_at
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Id"] == "<news-desk.wirewatch.example.org>"
    text, html = parts(sent)
    assert "The *Hmeimim* airbase is in Latakia." in text
    assert "Original: https://news.example.org/new-friends" in text
    assert ">Hmeimim</span> airbase is in Latakia." in html
    assert '<a href="https://news.example.org/new-friends">https://news.example.org/new-friends</a>' in html


def test_a_second_attempt_is_the_same_mail_but_for_the_notice(smtp_sink, message):
    channel = mail(smtp_sink.port)
    channel.send(message, key=KEY)
    channel.send(message, key=KEY, maybe_repeat=True)
    first, second = received(smtp_sink, 0), received(smtp_sink, 1)
    for name in ("Message-ID", "Date", "Subject", "List-Id"):
        assert first[name] == second[name]
    for part in parts(second):
        assert "Possible repeat" in part
    for part in parts(first):
        assert "Possible repeat" not in part


def test_recipients_of_every_kind_and_headers_of_the_address(smtp_sink, message):
    more = "&cc=c@example.org&bcc=hidden@example.org&reply=r@example.org&+X-Team=night&name=The%20Watch"
    mail(smtp_sink.port, "a@example.org,b@example.org", more=more).send(message, key=KEY)
    sent = received(smtp_sink)
    assert smtp_sink.mails[0].rcpt_tos == ["a@example.org", "b@example.org", "c@example.org", "hidden@example.org"]
    assert sent["To"] == "a@example.org, b@example.org"
    assert sent["Cc"] == "c@example.org"
    assert sent["Reply-To"] == "r@example.org"
    assert sent["X-Team"] == "night"
    assert sent["From"].addresses[0].display_name == "The Watch"
    assert b"hidden" not in smtp_sink.mails[0].content


def test_one_of_three_is_refused_for_good(smtp_sink, message):
    smtp_sink.refuse["b@example.org"] = "550 no such user"
    with pytest.raises(PermanentDeliveryError) as caught:
        mail(smtp_sink.port, THREE).send(message, key=KEY)
    assert str(caught.value) == (
        "channel News desk: 550 no such user (b@example.org) (accepted for a@example.org, c@example.org)"
    )
    assert caught.value.accepted == ("a@example.org", "c@example.org")
    assert smtp_sink.mails[0].rcpt_tos == ["a@example.org", "c@example.org"]


def test_one_of_three_is_put_off_and_the_others_do_not_get_it_twice(smtp_sink, message):
    smtp_sink.refuse["b@example.org"] = "451 greylisted"
    with pytest.raises(TemporaryDeliveryError, match="451 greylisted") as caught:
        mail(smtp_sink.port, THREE).send(message, key=KEY)
    smtp_sink.refuse.clear()
    mail(smtp_sink.port, THREE).send(message, key=KEY, accepted=caught.value.accepted)
    assert [sent.rcpt_tos for sent in smtp_sink.mails] == [["a@example.org", "c@example.org"], ["b@example.org"]]


def test_put_off_and_refused_together_are_tried_again(smtp_sink, message):
    smtp_sink.refuse |= {"a@example.org": "550 no such user", "b@example.org": "452 mailbox full"}
    with pytest.raises(TemporaryDeliveryError) as caught:
        mail(smtp_sink.port, THREE).send(message, key=KEY)
    assert "550 no such user (a@example.org); 452 mailbox full (b@example.org)" in str(caught.value)
    assert not caught.value.uncertain


def test_nothing_is_sent_where_all_have_it(smtp_sink, message):
    mail(smtp_sink.port).send(message, key=KEY, accepted=["a@example.org"])
    assert smtp_sink.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("mail_from", "421 come back later", TemporaryDeliveryError),
        ("mail_from", "553 sender refused", PermanentDeliveryError),
        ("data", "451 try again", TemporaryDeliveryError),
        ("data", "552 too large", PermanentDeliveryError),
        ("data", "554 looks like spam", PermanentDeliveryError),
    ],
)
def test_answers(smtp_sink, message, command, answer, error):
    setattr(smtp_sink, command, answer)
    with pytest.raises(error, match=answer) as caught:
        mail(smtp_sink.port).send(message, key=KEY)
    assert not getattr(caught.value, "uncertain", False)
    assert caught.value.accepted == ()


def test_a_server_that_hangs_after_the_text_is_uncertain(smtp_sink, message):
    smtp_sink.data_wait = 20
    with pytest.raises(TemporaryDeliveryError) as caught:
        mail(smtp_sink.port, deadline=0.5).send(message, key=KEY)
    assert caught.value.uncertain


def scripted(port_of: Callable[[int], None], replies: list[bytes]) -> threading.Thread:
    """A server that answers each line with the next reply and closes when there are none."""
    listener = socket.create_server(("127.0.0.1", 0))
    port_of(listener.getsockname()[1])

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.settimeout(5)
            lines = connection.makefile("rb")
            for number, reply in enumerate(replies):
                if number:
                    while (line := lines.readline()) and reply.startswith(b"end:") and line != b".\r\n":
                        pass
                connection.sendall(reply.removeprefix(b"end:"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("replies", "error", "uncertain", "said"),
    [
        ([b"421 too busy\r\n"], TemporaryDeliveryError, False, "421 too busy"),
        ([b"554 go away\r\n"], PermanentDeliveryError, False, "554 go away"),
        ([b"HTTP/1.1 400 what\r\n"], TemporaryDeliveryError, False, "channel News desk"),
        ([], TemporaryDeliveryError, False, "cannot be reached"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n"], TemporaryDeliveryError, False, "cannot be reached"),
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"],
            TemporaryDeliveryError,
            True,
            "may have arrived",
        ),
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"end:\x1b[31mwhat\r\n"],
            TemporaryDeliveryError,
            False,
            "-1",
        ),
    ],
)
def test_servers_that_break_off(message, replies, error, uncertain, said):
    ports: list[int] = []
    thread = scripted(ports.append, replies)
    with pytest.raises(error) as caught:
        mail(ports[0]).send(message, key=KEY)
    thread.join(5)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert getattr(caught.value, "uncertain", False) is uncertain


def test_a_server_that_never_greets_costs_the_deadline(message):
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(TemporaryDeliveryError):
        mail(listener.getsockname()[1], deadline=0.3).send(message, key=KEY)


def test_a_server_that_is_not_there(message):
    with pytest.raises(TemporaryDeliveryError, match=r"127.0.0.1:1 cannot be reached: Connection refused") as caught:
        mail(1).send(message, key=KEY)
    assert not caught.value.uncertain


@pytest.fixture
def tls_sink(self_signed_certificate: Path, smtp_sink_with: Callable[..., object]) -> object:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed_certificate)

    def login(server: object, session: object, envelope: object, mechanism: str, given: object) -> AuthResult:
        right = getattr(given, "password", b"") == b"p@ss"
        return AuthResult(success=right, handled=False)

    return smtp_sink_with(tls_context=context, authenticator=login)


def test_an_untrusted_certificate_gets_nothing(tls_sink, message):
    channel = mail(tls_sink.port, schema="mailtos")
    with pytest.raises(TemporaryDeliveryError, match=r"TLS with .* failed: self-signed certificate"):
        channel.send(message, key=KEY)
    assert tls_sink.mails == []


def test_starttls_and_login(tls_sink, message):
    mail(tls_sink.port, schema="mailtos", login="user:p%40ss@", more="&verify=no").send(message, key=KEY)
    assert len(tls_sink.mails) == 1


def test_a_refused_login_is_final(tls_sink, message):
    channel = mail(tls_sink.port, schema="mailtos", login="user:wrongcanary@", more="&verify=no")
    with pytest.raises(PermanentDeliveryError, match="535") as caught:
        channel.send(message, key=KEY)
    assert "canary" not in str(caught.value)


def test_no_starttls_is_final_and_nothing_leaves_in_the_clear(smtp_sink, message):
    with pytest.raises(PermanentDeliveryError, match="does not offer what the address asks for"):
        mail(smtp_sink.port, schema="mailtos").send(message, key=KEY)
    assert smtp_sink.mails == []


@pytest.mark.parametrize(
    ("to", "more", "said"),
    [
        ("a@example.org,nobody", "", "no mail address nobody"),
        ("nobody", "", "no mail address nobody"),
        ("a@example.org,root@localhost", "", "no mail address root@localhost"),
        ("a@example.org", "&cc=b@example.org,nobody", "no mail address nobody"),
        ("a@example.org", "&pgp=encrypt", "pgp="),
    ],
)
def test_addresses_that_would_lose_someone_or_something_are_refused(to, more, said):
    with pytest.raises(PermanentDeliveryError, match=said):
        mail(25, to, more=more)


@pytest.mark.parametrize(
    "evil",
    [
        "Title\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>",
        "<script>alert(1)</script> <img src=x onerror=alert(1)> \"quoted\" 'single'",
        "\u202egnp.exe \x1b[31mred\x00 a\u200bb \u2028 \x85",
        "{{7*7}} %s ${HOME}",
        "x" * 80_000,
        "😀 " * 400,
        ".\r\n.\r\nQUIT\r\n",
        "\ud800 lone",
    ],
)
def test_content_is_shown_and_never_obeyed(smtp_sink, make_found, make_delivery, evil):
    found = [make_found(f"term {evil}"[:300], [f"{evil} Hmeimim"], title=evil, source=evil, reason=evil, note=evil)]
    mail(smtp_sink.port).send(compose(make_delivery(found), found), key=KEY)
    (envelope,) = smtp_sink.mails
    assert envelope.rcpt_tos == ["a@example.org"]
    sent = received(smtp_sink)
    assert set(sent.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "List-Id", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert len(sent["Subject"]) <= 150
    text, html = parts(sent)
    assert "<script" not in html
    assert "<img" not in html
    for hidden in "\u202e\x1b\x00\u200b\u2028\x85":
        assert hidden not in text + html + sent["Subject"]
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 998


def test_lines_that_begin_with_a_dot_arrive_as_they_are(smtp_sink, make_found, make_delivery):
    found = [make_found(title=".dotted", reason=".")]
    mail(smtp_sink.port).send(compose(make_delivery(found), found), key=KEY)
    text, _ = parts(received(smtp_sink))
    assert text.splitlines()[0] == ".dotted · seeds"


def as_the_library_writes_it(message: Message) -> EmailMessage:
    """What the same mail is when EmailMessage alone has written it."""
    body = render_mail(message)
    written = EmailMessage(policy=SMTP)
    written["Subject"] = body.subject
    written["Date"] = message.created_at
    written.set_content(body.text)
    written.add_alternative(body.html, subtype="html")
    return parsed(written.as_bytes())


@pytest.mark.parametrize(
    "text",
    [
        "New Friends",
        "Dockers & carriers “far apart” as strike enters third week",
        "Supplies reached the Hmeimim airbase on Tuesday, a spokesman for the ministry said in a short statement",
        "Россия вывозит технику с авиабазы Хмеймим, сообщает военный источник в сирийской провинции Латакия",
        "俄罗斯从赫梅米姆空军基地撤出装备",
        "روسيا تسحب معداتها من قاعدة حميميم الجوية",
        "=?utf-8?q?=E2=80=AEshown_as_it_stands?= = =20 =3D=",
        "From here to there. .dotted --=_000102 trailing  ",
        "a" * 139,
        "é" * 139,
        "😀 " * 60,
    ],
)
def test_a_mail_says_what_the_library_would_have_it_say(smtp_sink, make_found, make_delivery, text):
    found = [make_found(title=text, source=text, reason=text, note=text)]
    told = compose(make_delivery(found), found)
    mail(smtp_sink.port).send(told, key=KEY)
    sent = received(smtp_sink)
    assert not sent.defects
    expected = as_the_library_writes_it(told)
    assert parts(sent) == parts(expected)
    assert sent["Subject"] == (told.subject if "=?" in text else expected["Subject"])
    assert sent["Date"] == expected["Date"]
    assert max(map(len, smtp_sink.mails[0].content.split(b"\r\n"))) <= 78
    boundary = sent.get_boundary()
    assert boundary is not None
    assert smtp_sink.mails[0].content.count(boundary.encode()) == 4


@pytest.mark.parametrize("name", ["Subject", "message-id", "References", "Content-Type", "MIME-Version", "From"])
def test_headers_of_ours_are_not_set_by_an_address(smtp_sink, message, name):
    mail(smtp_sink.port, more=f"&+{name}=other").send(message, key=KEY)
    assert b"other" not in smtp_sink.mails[0].content


def test_a_session_goes_on_after_a_refused_recipient(smtp_sink, message):
    channel = mail(smtp_sink.port)
    channel.send(message, key=KEY)
    smtp_sink.refuse["a@example.org"] = "451 greylisted"
    with pytest.raises(TemporaryDeliveryError):
        channel.send(message, key=KEY)
    smtp_sink.refuse.clear()
    channel.send(message, key=KEY)
    assert len(smtp_sink.mails) == 2
    assert smtp_sink.sessions == 1
