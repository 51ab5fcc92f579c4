"""Markdown, RTF and the rows of tables."""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.cleaning import clean
from extraction.decoding import decode
from extraction.drafts import Draft
from extraction.files.extras import needed
from extraction.fragments import fragment_blocks
from extraction.text_article import text_draft
from wirewatch.errors import ExtractionError
from wirewatch.model import BodyFrom, Item

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,10000}?)^---[ \t]*\n", re.S | re.M)
FRONT_LINE = re.compile(r"^(title|author|lang|language)\s*:\s*[\"']?(.*?)[\"']?\s*$", re.I | re.M)
PICTURE_OR_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\([^()\s]*(?:\s+\"[^\"\n]*\")?\)|\[[^\[\]\n]*\])")
EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)([^\n*_]+?)(?<=\S)\1(?!\w)")
CODE = re.compile(r"`+([^`\n]+)`+")

UNSEEN_GROUPS = re.compile(r"\{\\(?:\*\\)?(?:footnote|header[lrf]?|footer[lrf]?|shptxt|annotation)\b")
"""Parts of an RTF document that its reader would drop, text and all."""


def markdown_draft(item: Item) -> Draft:
    """A Markdown text without its marks; the head of a static page may say title, author and language."""
    text = decode(item.raw).replace("\r\n", "\n")
    said: dict[str, str] = {}
    if front := FRONT_MATTER.match(text):
        said = {name.lower(): clean(value) for name, value in FRONT_LINE.findall(front[1])}
        text = text[front.end() :]
    text = CODE.sub(r"\1", EMPHASIS.sub(r"\2", PICTURE_OR_LINK.sub(r"\1", text)))
    draft = text_draft(f"# {said['title']}\n\n{text}" if said.get("title") else text)
    language = said.get("lang") or said.get("language")
    return replace(draft, byline=draft.byline or said.get("author") or None, language=draft.language or language)


def rtf_draft(item: Item) -> Draft:
    """The text of an RTF document; notes, running heads and feet stand where the document has them."""
    to_text = needed("striprtf.striprtf", "RTF documents").rtf_to_text
    source = UNSEEN_GROUPS.sub(r"{\\par ", item.raw.decode("latin-1"))
    try:
        text = to_text(source, encoding="cp1252", errors="replace")
    except (ValueError, LookupError, IndexError, RecursionError, UnicodeError) as error:
        raise ExtractionError(f"an RTF document that is damaged or not completely written ({error})") from None
    return text_draft(text)


def row_draft(item: Item) -> Draft:
    """One line of a table: its text is the body; all else the item says."""
    return Draft(tuple(fragment_blocks(decode(item.raw))), BodyFrom.FILE)
