"""Mailboxes over IMAP and TLS, against a real server and some that only pretend."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from connectors import Reading, imap, mailbox
from connectors.mailbox import MailboxReader, item_of_message
from wirewatch.errors import BlockedAddress, FetchError
from wirewatch.model import AfterReading, Cursor, NetworkPolicy, Source, SourceKind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8", "::1/128"))
Poll = Callable[..., Awaitable[Reading]]


def letter(subject: str, text: str = "The convoy reached the base.", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Morning Brief <brief@news.example>"
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@news.example>"
    message["Date"] = "Sun, 01 Mar 2026 07:00:00 +0100"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    return message.as_bytes()


@pytest.fixture
def source(mail: Any) -> Source:
    return Source("letters", SourceKind.MAILBOX, mail.url)


@pytest.fixture
def poll(source: Source, mail: Any) -> Poll:
    async def read(cursor: Cursor | None = None, **fields: Any) -> Reading:
        reader = MailboxReader(LOOPBACK, {"MAIL": mail.password})
        return await reader.read(replace(source, **fields), cursor or Cursor(), NOW)

    return read


def titles(reading: Reading) -> list[str | None]:
    return [item.title for item in reading.items]


async def test_a_letter_is_an_item_with_all_that_its_headers_say(mail: Any, poll: Poll) -> None:
    raw = letter("Convoy & base", Content_Language="fr_CA")
    await mail.put(raw, at=NOW)
    [item] = (await poll()).items
    assert (item.url, item.media_type, item.raw) == ("mid:Convoy.%26.base@news.example", "message/rfc822", raw)
    assert (item.title, item.byline, item.language) == ("Convoy & base", "Morning Brief", "fr-ca")
    assert item.published_at == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert not item.wants_page


async def test_letters_are_read_once_and_left_as_they_are(mail: Any, poll: Poll) -> None:
    await mail.put(letter("One"), at=NOW)
    await mail.put(letter("Two"), at=NOW, seen=True)
    first = await poll()
    assert titles(first) == ["One", "Two"]
    again = await poll(first.cursor)
    assert (again.items, again.unchanged, again.cursor) == ((), True, first.cursor)
    await mail.put(letter("Three"), at=NOW)
    assert titles(await poll(first.cursor)) == ["Three"]
    assert await mail.seen() == [False, True, False]
    assert titles(await poll()) == ["One", "Two", "Three"], "a cursor that was not stored loses nothing"


async def test_they_are_marked_as_read_where_that_is_asked_for(mail: Any, source: Source, poll: Poll) -> None:
    await mail.put(letter("One"), at=NOW)
    reading = await poll()
    await mail.put(letter("Two"), at=NOW)
    reader = MailboxReader(LOOPBACK, {"MAIL": mail.password})
    assert await reader.settle(source, reading.cursor, NOW) == ()
    assert await mail.seen() == [False, False]
    asked = replace(source, after=AfterReading.SEEN)
    assert await reader.settle(asked, reading.cursor, NOW) == ()
    assert await mail.seen() == [True, False]
    gone = replace(asked, location=asked.location.replace("INBOX", "Nowhere"))
    [failure] = await reader.settle(gone, reading.cursor, NOW)
    assert failure.where == "source letters"
    assert "could not be marked as read: localhost refuses to open the folder “Nowhere”" in failure.what


async def test_the_first_read_goes_back_a_month_and_many_come_in_batches(
    mail: Any, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MESSAGES_AT_ONCE", 2)
    await mail.put(letter("Old"), at=NOW - timedelta(days=40))
    for number in range(5):
        await mail.put(letter(f"Letter {number}"), at=NOW)
    cursor, read = Cursor(), []
    while True:
        reading = await poll(cursor)
        read += titles(reading)
        cursor = reading.cursor
        if not reading.more:
            break
    assert read == [f"Letter {number}" for number in range(5)]


async def test_a_folder_that_was_numbered_anew_is_read_again(mail: Any, poll: Poll) -> None:
    await mail.put(letter("One"), at=NOW)
    first = await poll()
    await mail.folders.add_mailbox("Café & Co")
    await mail.put(letter("Other"), at=NOW, folder="Café & Co")
    other = mail.url.replace("INBOX", "Caf%C3%A9%20%26%20Co")
    assert titles(await poll(first.cursor, location=other)) == ["Other"]


async def test_a_long_letter_is_read_as_far_as_its_text_goes(
    mail: Any, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MESSAGE_BYTES", 2000)
    await mail.put(letter("Long", "The convoy reached the base. " * 1000), at=NOW)
    [item] = (await poll()).items
    assert len(item.raw) == 2000
    assert item.title == "Long"


@pytest.mark.parametrize(
    ("headers", "url", "published_at"),
    [
        ({"Archived_At": "<https://news.example/letters/1>"}, "https://news.example/letters/1", 6),
        ({"Archived_At": "javascript:x"}, "mid:A@news.example", 6),
        ({"Date": "Thu, 01 Jan 1970 00:00:00 +0000"}, "mid:A@news.example", 12),
        ({"Date": "no date at all"}, "mid:A@news.example", 12),
    ],
)
def test_identity_and_date(headers: dict[str, str], url: str, published_at: int) -> None:
    source = Source("letters", SourceKind.MAILBOX, "")
    item = item_of_message(letter("A", **headers), source, NOW, NOW)
    assert (item.url, item.published_at) == (url, datetime(2026, 3, 1, published_at, tzinfo=UTC))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?utf-8?b?!!!?=\nFrom: (((\nDate: \x00\nMessage-ID: <<<\n\ntext",
        b"Subject: a\r\n b\r\nFrom: \xff\xfe <x@y>\r\nContent-Type: x/y; a*0*=\r\n\r\n",
        b"no headers at all",
    ],
)
def test_no_letter_stops_the_others(raw: bytes) -> None:
    item = item_of_message(raw, Source("letters", SourceKind.MAILBOX, ""), NOW, None)
    assert item.raw == raw
    assert item.url.startswith("mid:")
    assert "\n" not in (item.title or "") + item.url


async def test_a_wrong_password_is_told_without_it(mail: Any, poll: Poll) -> None:
    reader = MailboxReader(LOOPBACK, {"MAIL": "wr0ng-canary"})
    with pytest.raises(FetchError, match=r"^localhost: ") as raised:
        await reader.read(Source("letters", SourceKind.MAILBOX, mail.url), Cursor(), NOW)
    assert "canary" not in str(raised.value)
    with pytest.raises(FetchError, match=r"\$\{MAIL\} is not set in the environment"):
        await MailboxReader(LOOPBACK, {}).read(Source("letters", SourceKind.MAILBOX, mail.url), Cursor(), NOW)


async def test_private_hosts_and_odd_ports_need_the_operators_word(mail: Any, source: Source) -> None:
    reader = MailboxReader(NetworkPolicy(), {"MAIL": mail.password})
    with pytest.raises(BlockedAddress, match="not a public address"):
        await reader.read(source, Cursor(), NOW)
    public = Source("letters", SourceKind.MAILBOX, "imaps://u:${MAIL}@93.184.216.34:25/INBOX")
    with pytest.raises(BlockedAddress, match="refused to connect to port 25"):
        await reader.read(public, Cursor(), NOW)


async def test_a_certificate_that_nobody_trusts(
    mail: Any, poll: Poll, self_signed_certificate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed_certificate))
    with pytest.raises(FetchError, match="the certificate of localhost is not valid: self-signed"):
        await poll()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([b""], "localhost: "),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "localhost: "),
        ([b"* OK hello\r\n", b"drip"], "took longer than 0.5 s"),
        ([b"* OK hello\r\n", b"flood"], "more than 1 MiB of answers"),
        ([b"* OK hello\r\n", b"* 1 FETCH {99999999999}\r\n"], "more than 1 MiB of answers"),
    ],
    ids=["closes", "no IMAP", "drips", "floods", "promises too much"],
)
async def test_servers_that_misbehave(
    script: list[bytes], says: str, local_certificate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(local_certificate))
    monkeypatch.setattr(mailbox, "DEADLINE", 0.5)
    monkeypatch.setattr(imap, "MOST_BYTES", 2**20)
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(local_certificate)
    talks: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())  # type: ignore[arg-type]  # there is one
        writer.write(script[0])
        if len(script) > 1:
            await reader.readline()
            while script[1] in (b"drip", b"flood"):
                writer.write(b"x" if script[1] == b"drip" else b"* NO " + b"x" * 9000 + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.05 if script[1] == b"drip" else 0)
            writer.write(script[1])
            await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=secured)
    port = server.sockets[0].getsockname()[1]
    source = Source("letters", SourceKind.MAILBOX, f"imaps://desk:${{MAIL}}@localhost:{port}/INBOX")
    async with asyncio.timeout(5):
        with pytest.raises(FetchError, match=says):
            await MailboxReader(LOOPBACK, {"MAIL": "canary"}).read(source, Cursor(), NOW)
    server.close()
    for task in talks:
        task.cancel()
