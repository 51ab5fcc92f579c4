"""PDF: the text of its pages as paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from extraction.cleaning import clean, raw_lines
from extraction.drafts import Draft
from extraction.files.extras import needed
from extraction.text_article import text_draft
from wirewatch.errors import ExtractionError
from wirewatch.model import Block, Item, PublishedFrom, Zone

MOST_PAGES = 3_000
MOST_CHARACTERS = 4_000_000
EDGE_LINES = 2
"""Lines at the head and the foot of a page that may be its running head or foot."""
REPEATED_ON = 3
WRAPPED = 0.7
"""A line at least this share as long as the page's long lines goes on in the next one."""
WRAPPED_LOWER = 0.4
BROKEN_WORD = re.compile("[\ufffe\x02\u00ad]\r?\n?")
"""What pdfium gives for a hyphen at which a word was broken."""
DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z)?")


def pdf_draft(item: Item) -> Draft:
    """The text of a PDF; ExtractionError where it is encrypted, damaged, or only pictures of text."""
    pdfium = needed("pypdfium2", "PDF documents")
    try:
        document = pdfium.PdfDocument(item.raw)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise ExtractionError("a PDF that is encrypted: save it without a password") from None
        raise ExtractionError(f"a PDF that is damaged or not completely written ({error})") from None
    try:
        pages, cut = _pages(document, pdfium.PdfiumError)
        about = document.get_metadata_dict()
    finally:
        document.close()
    if not any(line for page in pages for line in page):
        raise ExtractionError("a PDF without text: its pages are pictures; run it through text recognition (OCR) first")
    running = _running_lines(pages)
    kept = [[line for line in page if _bare(line) not in running] for page in pages]
    draft = text_draft("\n\n".join("\n".join(_paragraphs(page)) for page in kept))
    return _described(draft, about, sorted(set(running.values())), cut)


def _pages(document: Any, trouble: type[Exception]) -> tuple[list[list[str]], bool]:
    """The lines of each page that can be read, and whether pages were left out."""
    pages: list[list[str]] = []
    size = 0
    for number in range(len(document)):
        if number >= MOST_PAGES or size > MOST_CHARACTERS:
            return pages, True
        try:
            page = document[number]
            text_page = page.get_textpage()
            text = BROKEN_WORD.sub("", text_page.get_text_bounded())
        except trouble:  # one page is damaged, the others need not be
            continue
        text_page.close()
        page.close()
        size += len(text)
        pages.append([clean(line) for line in raw_lines(text)])
    return pages, False


def _bare(line: str) -> str:
    """A line without its numbers: those of pages differ."""
    return re.sub(r"\d+", "", line).strip().casefold()


def _running_lines(pages: Sequence[Sequence[str]]) -> dict[str, str]:
    """Lines that stand at the edge of page after page, by their bare text."""
    seen: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for page in pages:
        lines = [line for line in page if line]
        edges = {_bare(line): line for line in (*lines[:EDGE_LINES], *lines[-EDGE_LINES:])}
        seen.update(edges.keys())
        shown |= {bare: line for bare, line in edges.items() if bare not in shown}
    enough = max(REPEATED_ON, len(pages) // 3)
    return {bare: shown[bare] for bare, times in seen.items() if times >= enough}


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """A page's lines, joined where one was only wrapped."""
    lengths = sorted(len(line) for line in lines if line)
    long = lengths[int(len(lengths) * 0.9)] if lengths else 0
    paragraph = last = ""
    for line in lines:
        goes_on = line[:1].islower() and len(last) >= WRAPPED_LOWER * long
        if paragraph and line and long >= 30 and (goes_on or len(last) >= WRAPPED * long):
            paragraph += f" {line}"
        else:
            if paragraph:
                yield paragraph
            paragraph = line
        last = line
    if paragraph:
        yield paragraph


def _described(draft: Draft, about: dict[str, str], running: Sequence[str], cut: bool) -> Draft:
    """The draft with what the document says of itself, its running heads and feet as furniture."""
    furniture = tuple(Block(line, Zone.FURNITURE) for line in running if line)
    created = _moment(about.get("CreationDate", ""))
    note = f"only its first {MOST_PAGES:,} pages or {MOST_CHARACTERS:,} characters were read" if cut else None
    return replace(
        draft,
        blocks=(*draft.blocks, *furniture),
        title=clean(about.get("Title", "")) or draft.title,
        byline=draft.byline or clean(about.get("Author", "")) or None,
        published_at=created,
        published_from=PublishedFrom.FILE if created else PublishedFrom.NONE,
        note="; ".join(filter(None, (draft.note, note))) or None,
    )


def _moment(text: str) -> datetime | None:
    """A PDF's date (ISO 32000, 7.9.4), which may end after the day."""
    if (found := DATE.match(text)) is None:
        return None
    numbers = [int(part or 0) for part in found.groups()[:6]]
    zone = timezone(timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1))
    try:
        return datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError):
        return None
