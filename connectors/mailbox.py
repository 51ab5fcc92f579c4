"""A mailbox as a source: newsletters and agency mail, read over IMAP and TLS, left as they are unless asked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import policy as email_policy
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

from connectors.addresses import AddressGuard, GuardedResolver, RefusedAddress, SystemResolver
from connectors.dates import parse_date, plausible
from connectors.feed_items import LONGEST_TITLE, language_tag, shortened
from connectors.http import Http
from connectors.imap import ImapSession, Login, Message
from connectors.reading import Reading
from wirewatch.errors import BlockedAddress, FetchError
from wirewatch.identity import digest
from wirewatch.model import AfterReading, Cursor, Failure, Item, NetworkPolicy, Source
from wirewatch.secrets import NAME, filled, unset_names

IMAPS_PORT = 993
DEADLINE = 120.0
"""Seconds for one read, from connecting to logging out."""
FIRST_READ = timedelta(days=30)
"""How far back the first read goes, and one after the server has numbered its messages anew."""
MESSAGES_AT_ONCE = 20
MESSAGE_BYTES = 2**20
"""Of a message; its text comes first, and what is beyond are attachments as a rule."""
MESSAGE_TYPE = "message/rfc822"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MailboxReader:
    """Reads sources of the kind `mailbox`. The cursor's position is `UIDVALIDITY:UID` of the last message read."""

    policy: NetworkPolicy
    environ: Mapping[str, str]

    @classmethod
    def of(cls, http: Http) -> MailboxReader:
        """A reader that reaches what `http` may reach, with the secrets of this process."""
        return cls(http.policy, os.environ)

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """The messages that have come since the last read; FetchError where the mailbox cannot be read."""

        def work(session: ImapSession) -> tuple[list[Message], str | None, bool]:
            validity = session.open()
            last = _last_uid(cursor, validity)
            since = None if last else (now - FIRST_READ).date()
            uids = session.search(after=last, since=since)
            chosen = uids[:MESSAGES_AT_ONCE]
            messages = session.fetch(chosen, MESSAGE_BYTES) if chosen else []
            position = f"{validity}:{chosen[-1]}" if chosen else cursor.position
            return messages, position, len(uids) > len(chosen)

        messages, position, more = await self._within_deadline(source, work)
        read = replace(cursor, position=position, first_polled_at=cursor.first_polled_at or now)
        items = tuple(item_of_message(message.raw, source, now, message.arrived_at) for message in messages)
        return Reading(items, read, unchanged=not items, more=more)

    async def settle(self, source: Source, cursor: Cursor, now: datetime) -> tuple[Failure, ...]:
        """Mark what has been stored as read, where the source asks for it."""
        if source.after is not AfterReading.SEEN:
            return ()

        def work(session: ImapSession) -> None:
            last = _last_uid(cursor, session.open(writing=True))
            unseen = session.search(since=(now - FIRST_READ).date(), unseen=True)
            session.mark_seen([uid for uid in unseen if uid <= last])

        try:
            await self._within_deadline(source, work)
        except FetchError as error:
            return (Failure(f"source {source.name}", f"messages could not be marked as read: {error}"),)
        return ()

    async def _within_deadline(self, source: Source, work: Callable[[ImapSession], Result]) -> Result:
        """Do the work in a thread; past the deadline its connection is cut, which ends the thread too."""
        login = await self._login(source)
        session = ImapSession(login)

        def connected() -> Result:
            with session:
                return work(session)

        try:
            return await asyncio.wait_for(asyncio.to_thread(connected), DEADLINE)
        except TimeoutError:
            raise FetchError(f"{login.host} took longer than {DEADLINE:g} s") from None
        finally:
            session.abort()

    async def _login(self, source: Source) -> Login:
        """The address with its secrets, and the host's addresses if all of them may be reached."""
        if unset := unset_names(source.location, self.environ):
            raise FetchError(unset, temporary=False)
        parts = urlsplit(source.location)
        host, port = parts.hostname or "", parts.port or IMAPS_PORT
        policy = replace(self.policy, ports=(*self.policy.ports, IMAPS_PORT))
        resolver = GuardedResolver(SystemResolver(), AddressGuard(policy))
        try:
            records = await resolver.resolve(host, port)
        except RefusedAddress as refusal:
            raise BlockedAddress(str(refusal)) from None
        except OSError as error:
            raise FetchError(f"could not find the host {host} (DNS): {error.strerror or error}") from None
        return Login(
            host=host,
            port=port,
            user=self._part(parts.username),
            password=self._part(parts.password),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            addresses=tuple(record["host"] for record in records),
        )

    def _part(self, part: str | None) -> str:
        """A part of the address; what a name stands for is taken as it is, and nothing in it is unescaped."""
        text = part or ""
        return filled(text, self.environ) if NAME.search(text) else unquote(text)


def item_of_message(raw: bytes, source: Source, now: datetime, arrived_at: datetime | None) -> Item:
    """The message as it came. Its identity is the address it is archived at (RFC 5064), else its Message-ID."""
    headers = BytesHeaderParser(policy=email_policy.default).parsebytes(raw)

    def said(name: str) -> str:
        try:
            return " ".join(str(headers.get(name) or "").split())
        except Exception:  # the standard library fails on some headers that nobody meant to be read
            return ""

    archived = said("archived-at").strip("<> ")
    identity = said("message-id").strip("<> ") or f"{digest(raw).hex()}@no-id.invalid"
    name, address = parseaddr(said("from"))
    return Item(
        source=source.name,
        url=archived if archived.startswith(("https://", "http://")) else f"mid:{quote(identity, safe='@')}",
        raw=raw,
        media_type=MESSAGE_TYPE,
        fetched_at=now,
        title=shortened(said("subject"), LONGEST_TITLE),
        byline=shortened(name or address, LONGEST_TITLE),
        published_at=plausible(parse_date(said("date")), now) or plausible(arrived_at, now),
        language=source.language or language_tag(said("content-language")),
    )


def _last_uid(cursor: Cursor, validity: int) -> int:
    """The UID of the last message read; 0 where the server has numbered its messages anew since."""
    known, _, last = (cursor.position or "").partition(":")
    return int(last) if known == str(validity) else 0
