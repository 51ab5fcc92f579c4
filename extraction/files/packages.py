"""Office documents: docx, odt and epub, which are ZIP archives of XML."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import unquote

from dateutil.parser import isoparse
from lxml import etree

from extraction.cleaning import clean
from extraction.decoding import decode
from extraction.drafts import Draft
from extraction.files.limits import MIB, read_capped
from extraction.fragments import fragment_blocks
from extraction.markup import declared_charset
from wirewatch.errors import ExtractionError
from wirewatch.model import Block, BodyFrom, Item, PublishedFrom, Zone

PART_BYTES = 64 * MIB
"""Of one XML part: a document with more text than that is no article."""
MOST_CHAPTERS = 2_000

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
CREATED = frozenset(
    {"{http://purl.org/dc/terms/}created", "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}creation-date"}
)
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
PACKAGE = "{http://www.idpf.org/2007/opf}"


def docx_draft(item: Item) -> Draft:
    """A Word document: text and tables in their order, notes, then headers and footers as furniture."""
    package = _Package(item.raw, "a Word document")
    blocks = list(_word_blocks(package.tree("word/document.xml")))
    for name in sorted(package.names):
        part = posixpath.basename(name)
        if posixpath.dirname(name) != "word" or not part.endswith(".xml"):
            continue
        if part.startswith(("footnotes", "endnotes")):
            blocks += _word_blocks(package.tree(name))
        elif part.startswith(("header", "footer")):
            blocks += [Block(block.text, Zone.FURNITURE) for block in _word_blocks(package.tree(name))]
    return _draft(blocks, package.about("docProps/core.xml"))


def odt_draft(item: Item) -> Draft:
    """An OpenDocument text: headings and paragraphs in their order, then page headers and footers as furniture."""
    package = _Package(item.raw, "an OpenDocument text")
    blocks = list(_odt_blocks(package.tree("content.xml")))
    if "styles.xml" in package.names:
        blocks += [Block(block.text, Zone.FURNITURE) for block in _odt_blocks(package.tree("styles.xml"))]
    return _draft(blocks, package.about("meta.xml"))


def epub_draft(item: Item) -> Draft:
    """An EPUB: all chapters in reading order."""
    package = _Package(item.raw, "an EPUB")
    rootfile = next(package.tree("META-INF/container.xml").iter(f"{CONTAINER}rootfile"), None)
    opf_name = "" if rootfile is None else rootfile.get("full-path", "")
    opf = package.tree(opf_name)
    files = {each.get("id"): each.get("href", "") for each in opf.iter(f"{PACKAGE}item")}
    about = _about(opf)
    blocks: list[Block] = []
    for each in list(opf.iter(f"{PACKAGE}itemref"))[:MOST_CHAPTERS]:
        name = posixpath.normpath(
            posixpath.join(posixpath.dirname(opf_name), unquote(files.get(each.get("idref")) or ""))
        )
        if name in package.names:
            raw = package.read(name)
            blocks += fragment_blocks(decode(raw, declared=declared_charset(raw, "")))
    return _draft(blocks, about)


@dataclass(frozen=True, slots=True)
class _About:
    """What a document's own description says of it."""

    title: str | None = None
    authors: list[str] = field(default_factory=list)
    created: datetime | None = None
    language: str | None = None


class _Package:
    """An office document's parts."""

    def __init__(self, raw: bytes, kind: str) -> None:
        self._kind = kind
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self._damaged(error) from None
        self._parts = {part.filename: part for part in self._zip.infolist()}
        self.names = frozenset(self._parts)
        if "META-INF/encryption.xml" in self.names and "META-INF/rights.xml" in self.names:
            raise ExtractionError(f"{kind} with copy protection cannot be read")

    def read(self, name: str) -> bytes:
        part = self._parts.get(name)
        if part is None:
            raise self._damaged(f"it has no part {name or 'of that name'}")
        if part.flag_bits & 1:
            raise ExtractionError(f"{self._kind} that is encrypted: save it without a password")
        try:
            with self._zip.open(part) as stream:
                return read_capped(stream, PART_BYTES, part.compress_size)  # type: ignore[arg-type]
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise self._damaged(error) from None

    def tree(self, name: str) -> etree._Element:
        """A part's XML; nothing outside of it is ever read, and no entity of its own is expanded."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        try:
            root = etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self._damaged(error) from None
        if root is None:
            raise self._damaged(f"{name} is no XML")
        return root

    def about(self, name: str) -> _About:
        """A damaged description is none: the text counts."""
        try:
            return _about(self.tree(name)) if name in self.names else _About()
        except ExtractionError:
            return _About()

    def _damaged(self, why: object) -> ExtractionError:
        return ExtractionError(f"{self._kind} that is damaged or not completely written ({why})")


def _about(root: etree._Element) -> _About:
    def texts(tag: str) -> list[str]:
        return [text for each in root.iter(f"{DUBLIN}{tag}") if (text := clean(each.text or ""))]

    dates = [each.text for each in root.iter() if each.tag in CREATED] + texts("date")
    created = next((moment for text in dates if (moment := _moment(text)) is not None), None)
    return _About(next(iter(texts("title")), None), texts("creator"), created, next(iter(texts("language")), None))


def _moment(text: str | None) -> datetime | None:
    """A whole date with its time or without; a year alone says nothing."""
    written = (text or "").strip()
    try:
        moment = isoparse(written) if len(written) >= len("2026-11-22") else None
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None


def _draft(blocks: list[Block], about: _About) -> Draft:
    """Blocks and what the document says of itself. A title among the blocks is the headline."""
    whole_text = "\n".join(block.text for block in blocks)
    if not whole_text:
        raise ExtractionError("there is no text in it")
    return Draft(
        blocks=tuple(blocks),
        body_from=BodyFrom.FILE,
        title=about.title,
        byline=", ".join(about.authors) or None,
        language=about.language,
        published_at=about.created,
        published_from=PublishedFrom.FILE if about.created else PublishedFrom.NONE,
        whole_text=whole_text,
    )


def _word_blocks(root: etree._Element) -> Iterator[Block]:
    """Paragraphs that hold text; one inside another (a text box) comes after it."""
    for paragraph in root.iter(f"{WORD}p"):
        if any(ancestor.tag == FALLBACK for ancestor in paragraph.iterancestors()):
            continue
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        zone = _word_zone("" if style is None else style.get(f"{WORD}val", ""))
        for line in "".join(_word_text(paragraph)).split("\n"):
            if text := clean(line):
                yield Block(text, zone)


def _word_zone(style: str) -> Zone:
    name = style.casefold()
    if name in ("title", "titel", "titre", "titolo"):
        return Zone.HEADLINE
    if name in ("subtitle", "untertitel", "sous-titre"):
        return Zone.STANDFIRST
    if name == "caption":
        return Zone.CAPTION
    return Zone.SUBHEAD if name.startswith(("heading", "berschrift", "überschrift", "titre")) else Zone.BODY


def _word_text(paragraph: etree._Element) -> Iterator[str]:
    """The text of runs, not that of paragraphs inside; what was deleted with changes tracked is gone."""
    for element in paragraph.iter(f"{WORD}t", f"{WORD}tab", f"{WORD}br", f"{WORD}cr", f"{WORD}noBreakHyphen"):
        owner = next(element.iterancestors(f"{WORD}p"), None)
        if owner is not paragraph:
            continue
        match etree.QName(element).localname:
            case "t":
                yield element.text or ""
            case "tab":
                yield "\t"
            case "noBreakHyphen":
                yield "-"
            case _:
                yield "\n"


def _odt_blocks(root: etree._Element) -> Iterator[Block]:
    dropped = {f"{TEXT}tracked-changes", f"{OFFICE}annotation"}
    for paragraph in root.iter(f"{TEXT}h", f"{TEXT}p"):
        if any(ancestor.tag in dropped for ancestor in paragraph.iterancestors()):
            continue
        style = (paragraph.get(f"{TEXT}style-name") or "").casefold()
        zone = Zone.SUBHEAD if paragraph.tag == f"{TEXT}h" else Zone.BODY
        if style in ("title", "subtitle"):
            zone = Zone.HEADLINE if style == "title" else Zone.STANDFIRST
        for line in "".join(_odt_text(paragraph)).split("\n"):
            if text := clean(line):
                yield Block(text, zone)


def _odt_text(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{TEXT}line-break":
            yield "\n"
        elif child.tag in (f"{TEXT}s", f"{TEXT}tab"):
            yield " "
        elif child.tag not in (f"{TEXT}p", f"{TEXT}h", f"{TEXT}note", f"{OFFICE}annotation"):
            yield from _odt_text(child)
        elif child.tag == f"{TEXT}note":
            pass  # its paragraphs are paragraphs of their own
        yield child.tail or ""
