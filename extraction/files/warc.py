"""WARC: the pages of a web archive, each under its own address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

from extraction.files.extras import needed
from extraction.files.limits import Limits, size_text
from extraction.files.members import Member, Trouble
from wirewatch.errors import ExtractionError

READABLE = ("text/html", "application/xhtml+xml", "application/pdf", "text/plain")
NOT_ARTICLES = ("/robots.txt", "/ads.txt", "/security.txt", "/humans.txt")
SEE_OTHER = 300


def warc_members(stream: BinaryIO, limits: Limits) -> Iterator[Member | Trouble]:
    """The answers and resources that were archived and can be read: pages, PDF documents, plain text."""
    warc = needed("fastwarc.warc", "web archives (WARC)")
    wanted = warc.WarcRecordType.response | warc.WarcRecordType.resource
    seen = 0
    try:
        for record in warc.ArchiveIterator(stream, record_types=wanted, parse_http=False, strict_mode=False):
            seen += 1
            yield from _of_record(record, seen, limits)
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise ExtractionError(f"damaged after record {seen} ({error}); what stands before it was read") from None
    if not seen:
        raise ExtractionError("a web archive without any page, or one that is damaged at its beginning")


def _of_record(record: Any, number: int, limits: Limits) -> Iterator[Member | Trouble]:
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    if not url.startswith(("http://", "https://")) or url.split("?")[0].endswith(NOT_ARTICLES):
        return
    try:
        if record.is_http:
            record.parse_http(auto_decode="all")
            if record.http_headers is not None and (record.http_headers.status_code or 200) >= SEE_OTHER:
                return
        kind = record.http_content_type or (record.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if kind not in READABLE:
            return
        body = record.reader.read(limits.member_bytes + 1)
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        yield Trouble(url, f"record {number} is damaged ({error})")
        return
    if len(body) > limits.member_bytes:
        yield Trouble(url, f"longer than {size_text(limits.member_bytes)}: too large to be one article")
        return
    charset = record.http_charset
    media_type = f"{kind}; charset={charset}" if charset else kind
    yield Member(url, BytesIO(body), media_type, url=url, fetched_at=_moment(record.record_date), final=True)


def _moment(date: datetime | None) -> datetime | None:
    """When it was archived; libraries give it with or without a zone, which is UTC by the standard."""
    if date is None:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
