"""Mails as bytes: what all mails of a channel share is written once, what is a mail's own each time.

The standard library's EmailMessage takes a mail apart and puts it together again, which costs more than to send it. It
writes what is shared, the addresses among it; of a mail's own headers only the subject is for it to fold.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from alerts.cleaning import clean_text
from alerts.message import Message
from alerts.render_mail import render_mail

_OWN_OF_EACH = frozenset(
    {"subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
     "content-transfer-encoding"}
)  # fmt: skip
"""Headers that no address may set, in lower case."""

_ASCII = bytes(range(128))


class MailWriter:
    """Writes the mails of one channel; ValueError or IndexError where its names and addresses make no headers."""

    def __init__(self, channel: str, plugin: Any) -> None:
        self._domain = plugin.from_addr[1].rpartition("@")[2]
        self._head = _shared_headers(channel, plugin, self._domain)

    def write(self, message: Message, key: bytes) -> bytes:
        """The mail: text and HTML, and a Message-ID that is the same at each attempt."""
        body = render_mail(message)
        own = [
            f"Subject: {_subject(body.subject)}",
            f"Date: {format_datetime(message.created_at)}",
            f"Message-ID: <{key.hex()}@{self._domain}>",
        ]
        if message.story:
            # Of all mails of a story this is the parent, though it was never sent: mail programs need not find it.
            parent = f"<story.{message.story.hex()}@{self._domain}>"
            own += [f"In-Reply-To: {parent}", f"References: {parent}"]
        # Neither of the encodings that parts are written in can hold "=_".
        boundary = f"=_{key.hex()}"
        own += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"']
        between = f"\r\n--{boundary}".encode()
        headers = self._head + "\r\n".join(own).encode() + b"\r\n"
        parts = (_part("plain", body.text), _part("html", body.html))
        return headers + b"".join(between + b"\r\n" + part for part in parts) + between + b"--\r\n"


def _shared_headers(channel: str, plugin: Any, domain: str) -> bytes:
    """The headers that are equal in all mails of a channel, each line ended."""
    head = EmailMessage(policy=SMTP)
    head["From"] = _address(plugin.from_addr[0] or "wirewatch", plugin.from_addr[1])
    head["To"] = [_address(name, address) for name, address in plugin.targets]
    if plugin.cc:
        head["Cc"] = _named(plugin, plugin.cc)
    if plugin.reply_to:
        head["Reply-To"] = _named(plugin, plugin.reply_to)
    head["Auto-Submitted"] = "auto-generated"
    list_name = re.sub(r"[^a-z0-9-]+", "-", channel.lower()).strip("-") or "alerts"
    head["List-Id"] = f"<{list_name}.wirewatch.{domain}>"
    for name, value in plugin.headers.items():
        if name not in head and name.lower() not in _OWN_OF_EACH:
            head[name] = clean_text(value)
    return head.as_bytes().removesuffix(b"\r\n")


def _named(plugin: Any, addresses: Iterable[str]) -> list[Address]:
    return [_address(plugin.names.get(address), address) for address in sorted(addresses)]


def _address(name: str | bool | None, address: str) -> Address:
    """Apprise says False where there is no name."""
    return Address(display_name=clean_text(name) if isinstance(name, str) else "", addr_spec=address)


def _subject(text: str) -> str:
    """A header's value, folded; what looks like an encoded word is encoded itself, and shown as it stands."""
    if "=?" in text:
        return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")
    folded: str = SMTP.fold(*SMTP.header_store_parse("Subject", text))
    return folded.removeprefix("Subject: ").removesuffix("\r\n")


def _part(subtype: str, text: str) -> bytes:
    """One of the parts, in whichever of both encodings is shorter: Latin text stays readable on the wire."""
    octets = b"\r\n".join(text.encode("utf-8", "replace").splitlines()) + b"\r\n"
    # Outside ASCII an octet becomes three in quoted-printable; in base64 any becomes 4/3.
    if 6 * len(octets.translate(None, _ASCII)) > len(octets):
        encoding, encoded = "base64", base64.encodebytes(octets).replace(b"\n", b"\r\n")
    else:
        encoding, encoded = "quoted-printable", binascii.b2a_qp(octets, istext=True)
    headers = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return headers.encode() + encoded
