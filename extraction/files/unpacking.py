"""Archives into items, one at a time: nothing but the present member is held, and nothing is ever written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from extraction.cleaning import clean
from extraction.files.kinds import ARCHIVES, BEGINNING, Format, format_of
from extraction.files.limits import LIMITS, Limits, capped, read_capped
from extraction.files.mail import mbox_members, message_members, mhtml_members
from extraction.files.members import Member, Trouble
from extraction.files.tables import Fields, csv_members, jsonl_members
from extraction.files.warc import warc_members
from extraction.files.zips import DAMAGED, gzip_member, open_zip, zip_members
from wirewatch.errors import ExtractionError
from wirewatch.media_types import media_type_of
from wirewatch.model import Failure, Item

WORD_PART = "word/document.xml"
NUMBERED = "message-"
IN_FRAGMENT = "/:@!$&'()*+,;=~-._"
"""Characters that need no escaping behind the `#` of an address, beside letters and digits."""


def unpack(stream: BinaryIO, item: Item, fields: Fields = (), limits: Limits = LIMITS) -> Iterator[Item | Failure]:
    """What a file holds, as items to extract: the file itself where it is a document, else each of its members.

    `item` says where the file is and what is known of it; its `raw` does not count. A member's address is the one it
    names for itself (WARC, saved pages, the `url` of a line), else the file's with the member after a `#`: its name,
    `mid:` and the Message-ID, or `line-` and its number. A member that cannot be read is a Failure, and the others
    follow. Raises ExtractionError where the file itself is damaged; what came before that stands.

    `stream` must be able to seek. Times of publication that a file says are passed on in the items.
    """
    top = Member("", stream, item.media_type)
    yield from _Unpacking(item, fields, limits).of(top, name_of(item), depth=0)


def attachments(item: Item) -> Iterator[Item | Failure]:
    """The files attached to a message, and what they hold, as items of their own; the message's article is its own.

    Their address is that of the message by its Message-ID, with the file behind it.
    """
    if format_of(item.raw[:BEGINNING], name_of(item), item.media_type) is not Format.MESSAGE:
        return
    unpacking = _Unpacking(replace(item, url="", title=None, path="message"), (), LIMITS)
    for each in islice(message_members(item.raw), 1, None):
        for inside in unpacking.each(each, Format.MESSAGE, "", "", 1):
            if isinstance(inside, Item):
                place = inside.url.removeprefix("#")
                yield replace(inside, url=place if place.startswith("mid:") else f"{item.url}/{place}", path=None)
            else:
                yield replace(inside, where=f"message {item.title or item.url}")


def is_archive(beginning: bytes, item: Item) -> bool:
    """Whether a file that begins so holds other articles than itself; messages may, by their attachments."""
    found = format_of(beginning, name_of(item), item.media_type)
    return found in ARCHIVES or (found is Format.MESSAGE and not _fragment(item))


def name_of(item: Item) -> str:
    """The name of an item's file, or of the member it is."""
    return PurePosixPath(_fragment(item) or unquote(urlsplit(item.url).path)).name


def _fragment(item: Item) -> str:
    parts = urlsplit(item.url)
    return unquote(parts.fragment) if parts.scheme == "file" else ""


class _Unpacking:
    """One file being unpacked, and what its limits leave of it."""

    def __init__(self, item: Item, fields: Fields, limits: Limits) -> None:
        self._item = item
        self._fields = fields
        self._limits = limits
        self._members = 0

    def of(self, member: Member, name: str, depth: int) -> Iterator[Item | Failure]:
        """A member's items; its `name` is its whole way through the archive, `name` what its suffix is read from."""
        found = self._format(member, name)
        if found is None and depth and not member.final:
            return  # a picture, a style sheet: no text, and nothing that anybody would miss
        if member.final or found not in (*ARCHIVES, Format.MESSAGE):
            yield self._document(member)
        elif depth >= self._limits.depth:
            yield self._failure(member.name, f"archives more than {self._limits.depth} deep are not looked into")
        else:
            for each in self._inside(found, member):
                self._members += 1
                if self._members > self._limits.members:
                    raise ExtractionError(f"more than {self._limits.members:,} members; the rest is not read")
                yield from self.each(each, found, member.name, name, depth + 1)

    def each(
        self, each: Member | Trouble, found: Format, within: str, name: str, depth: int
    ) -> Iterator[Item | Failure]:
        """One thing from an archive, named by its way there. Damage to it is not damage to the archive."""
        if found is Format.MESSAGE and each.name:  # its Message-ID says more than its number in a mailbox
            within = within.rpartition("/")[0] if within.rpartition("/")[2].startswith(NUMBERED) else within
        label = "/".join(filter(None, (within, each.name)))
        if isinstance(each, Trouble):
            yield self._failure(label, each.what)
            return
        inner = name.removesuffix(".gz") if found is Format.GZIP else each.name.rpartition("/")[2]
        try:
            yield from self.of(replace(each, name=label), inner, depth)
        except ExtractionError as error:
            if found is Format.GZIP:
                raise
            yield self._failure(label, str(error))
        except (*DAMAGED, RuntimeError) as error:
            if found is Format.GZIP:
                raise ExtractionError(f"a gzip file that is damaged or not completely written ({error})") from None
            yield self._failure(label, f"it is damaged ({error})")

    def _format(self, member: Member, name: str) -> Format | None:
        beginning = member.stream.read(BEGINNING)
        member.stream.seek(0)
        found = format_of(beginning, name, member.media_type)
        if found is Format.ZIP and not member.final:
            with suppress(ExtractionError):  # said when it is opened
                if WORD_PART in open_zip(self._whole(member)).namelist():
                    found = Format.DOCX
            member.stream.seek(0)
        return found

    def _inside(self, found: Format, member: Member) -> Iterator[Member | Trouble]:
        stream = member.stream
        match found:
            case Format.MESSAGE:
                return message_members(read_capped(stream, self._limits.member_bytes, member.compressed))
            case Format.MHTML:
                return mhtml_members(stream, self._limits)
            case Format.MBOX:
                return mbox_members(self._counted(member), self._limits)
            case Format.JSONL:
                return jsonl_members(self._counted(member), self._fields, self._limits)
            case Format.CSV:
                return csv_members(self._counted(member), self._fields)
            case Format.WARC:
                return warc_members(stream, self._limits)
            case Format.ZIP:
                return zip_members(open_zip(self._whole(member)), self._limits)
            case _:
                compressed = stream.seek(0, io.SEEK_END)
                stream.seek(0)
                return iter([replace(gzip_member(stream), compressed=compressed)])

    def _counted(self, member: Member) -> BinaryIO:
        """The stream of an archive; where it is itself compressed, only as far as is honest."""
        if member.compressed is None:
            return member.stream
        most = max(self._limits.ratio_from, self._limits.ratio * member.compressed)
        return capped(member.stream, min(self._limits.total_bytes, most))

    def _whole(self, member: Member) -> BinaryIO:
        """The stream of a ZIP, which is read to and fro: one inside another archive is held in memory."""
        if member.compressed is None:
            return member.stream
        return BytesIO(read_capped(member.stream, self._limits.nested_bytes, member.compressed))

    def _document(self, member: Member) -> Item:
        raw = read_capped(member.stream, self._limits.member_bytes, member.compressed)
        item = self._item
        kept = replace(
            item,
            raw=raw,
            archive=None,
            media_type=member.media_type or (media_type_of(member.name) if member.name else None) or item.media_type,
            title=member.title or item.title,
            byline=member.byline or item.byline,
            language=member.language or item.language,
            published_at=member.published_at or item.published_at,
            fetched_at=min(member.fetched_at or item.fetched_at, item.fetched_at),
        )
        if not member.name:
            return replace(kept, url=member.url or item.url)
        url = member.url or f"{item.url}#{quote(member.name, safe=IN_FRAGMENT)}"
        return replace(kept, url=url, path=self._shown(member.name))

    def _failure(self, label: str, what: str) -> Failure:
        return Failure(f"file {self._shown(label)}", what)

    def _shown(self, label: str) -> str:
        return f"{self._item.path or name_of(self._item)}#{clean(label)}"
