"""E-mail: messages as articles, their attachments, mailboxes, and pages saved as MHTML."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from io import BytesIO
from typing import BinaryIO

from extraction.cleaning import clean
from extraction.decoding import decode
from extraction.drafts import Draft, WordIndex
from extraction.files.kinds import MESSAGE_TYPE
from extraction.files.limits import MIB, Limits, size_text
from extraction.files.members import Member, Trouble
from extraction.fragments import fragment_blocks
from extraction.text_article import text_draft
from wirewatch.errors import ExtractionError
from wirewatch.folding import fold_text
from wirewatch.model import Block, BodyFrom, Item, PublishedFrom, Zone

LONGEST_LINE = MIB
PLAIN_IS_ENOUGH = 0.6
"""Share of the HTML part's words from which the plain part is taken for the whole message."""
MBOX_FROM = re.compile(rb"^From \S")
QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
WEB = ("http://", "https://")


def message_draft(item: Item) -> Draft:
    """A message's text: the plain part where it says as much as the HTML part, else that one."""
    message = _parsed(item.raw)
    plain, html = _part(message, "plain"), _part(message, "html")
    blocks = fragment_blocks(html) if html else []
    if plain and _words(plain) >= PLAIN_IS_ENOUGH * sum(_words(block.text) for block in blocks):
        draft = text_draft(plain)
        index = WordIndex(block.text for block in draft.blocks)
        rest = tuple(Block(block.text, Zone.FURNITURE) for block in blocks if not index.holds(block.text))
        draft = replace(draft, blocks=(*draft.blocks, *rest))
    elif blocks:
        draft = Draft(tuple(blocks), BodyFrom.FILE)
    elif _header(message, "subject"):
        draft = Draft((), BodyFrom.FILE, note="the message holds no text, only a subject")
    else:
        raise ExtractionError("a message without text")
    name, address = parseaddr(_header(message, "from"))
    sent = _date(message)
    subject = _header(message, "subject")
    headline = () if not subject else (Block(subject, Zone.HEADLINE),)
    return replace(
        draft,
        blocks=(*headline, *(block for block in draft.blocks if block.text != subject)),
        title=subject or draft.title,
        whole_text="\n".join(
            [subject, draft.whole_text or "", *(block.text for block in draft.blocks if not draft.whole_text)]
        ),
        byline=draft.byline or name or address or None,
        published_at=sent,
        published_from=PublishedFrom.FILE if sent else PublishedFrom.NONE,
    )


def message_members(raw: bytes) -> Iterator[Member]:
    """A message, named by its Message-ID where it has one, then the files attached to it."""
    message = _parsed(raw)
    identity = _header(message, "message-id").strip("<> ")
    name = f"mid:{identity}" if identity else ""
    yield Member(name, BytesIO(raw), media_type=MESSAGE_TYPE, final=True)
    for number, part in enumerate(message.walk(), 1):
        content = part.get_payload(decode=True) if part.get_content_disposition() == "attachment" else None
        if isinstance(content, bytes) and content:
            file_name = clean(_file_name(part)) or f"attachment-{number}"
            yield Member(f"{name}/{file_name}" if name else file_name, BytesIO(content))


def mhtml_members(stream: BinaryIO, limits: Limits) -> Iterator[Member]:
    """The page of a saved page, under its own address where the file names it."""
    raw = stream.read(limits.nested_bytes + 1)
    if len(raw) > limits.nested_bytes:
        raise ExtractionError(f"longer than {size_text(limits.nested_bytes)}: too large to be one page")
    message = _parsed(raw)
    page = next(
        (part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")), None
    )
    content = page.get_payload(decode=True) if page is not None else None
    if page is None or not isinstance(content, bytes):
        raise ExtractionError("a saved page (MHTML) that holds no HTML")
    address = _header(message, "snapshot-content-location") or _header(page, "content-location")
    charset = page.get_content_charset()
    media_type = f"text/html; charset={charset}" if charset else "text/html"
    yield Member("", BytesIO(content), media_type, url=address if address.startswith(WEB) else None, final=True)


def mbox_members(stream: BinaryIO, limits: Limits) -> Iterator[Member | Trouble]:
    """The messages of a mailbox, one after another; nothing but the present one is held."""
    lines: list[bytes] = []
    size = number = 0
    after_blank = True
    for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
        if after_blank and MBOX_FROM.match(line):
            if lines:
                yield _boxed(number, lines, size, limits)
            lines, size = [], 0
            number += 1
        else:
            size += len(line)
            lines.append(line if size <= limits.member_bytes else b"")
        after_blank = not line.strip()
    if any(line.strip() for line in lines):
        yield _boxed(number, lines, size, limits)


def _boxed(number: int, lines: list[bytes], size: int, limits: Limits) -> Member | Trouble:
    if size > limits.member_bytes:
        return Trouble(
            f"message {number}", f"longer than {size_text(limits.member_bytes)}: too large to be one message"
        )
    raw = QUOTED_FROM.sub(rb"\1", b"".join(lines))
    return Member(f"message-{number}", BytesIO(raw), media_type=MESSAGE_TYPE)


def _parsed(raw: bytes) -> EmailMessage:
    try:
        message = email.message_from_bytes(raw.removeprefix(b"\xef\xbb\xbf"), policy=email.policy.default)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError) as error:
        raise ExtractionError(f"a message that cannot be read ({type(error).__name__})") from None
    assert isinstance(message, EmailMessage)
    return message


def _part(message: EmailMessage, kind: str) -> str:
    """The text of all parts of a kind that are shown, not attached."""
    texts = []
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                texts.append(decode(content, declared=_charset(part)))
    return "\n\n".join(texts)


def _charset(part: EmailMessage) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, AttributeError):
        return None


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; nothing where the standard library cannot make sense of it."""
    try:
        return clean(str(message.get(name) or ""))
    except Exception:  # it raises what it likes on headers that nobody meant to be read
        return ""


def _file_name(part: EmailMessage) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""


def _date(message: EmailMessage) -> datetime | None:
    try:
        moment = parsedate_to_datetime(_header(message, "date"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words(text: str) -> int:
    return len(fold_text(text).split())
