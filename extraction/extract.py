"""Items to articles: the one way into this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from extraction.cleaning import clean, raw_lines
from extraction.decoding import decode
from extraction.drafts import Draft, WordIndex
from extraction.files.kinds import ARCHIVES, BEGINNING, Format, format_of
from extraction.files.mail import message_draft
from extraction.files.packages import docx_draft, epub_draft, odt_draft
from extraction.files.pdf import pdf_draft
from extraction.files.texts import markdown_draft, row_draft, rtf_draft
from extraction.files.unpacking import name_of
from extraction.fragments import fragment_blocks
from extraction.languages import NeedsClassifier, language_of
from extraction.markup import declared_charset, stripped_lines
from extraction.paragraph_model import ParagraphModel
from extraction.sniffing import Kind, kind_of, refuse_binary
from extraction.text_article import text_draft
from wirewatch.errors import ExtractionError
from wirewatch.folding import fold_text
from wirewatch.identity import digest, fingerprint, url_key
from wirewatch.model import FEED_FRAGMENT, Article, Block, BodyFrom, Item, PublishedFrom, Zone

MOST_CHARACTERS = 2_000_000
"""Of an article's text; what is beyond is left out, and the article's note says so."""
LONGEST_TITLE = 500
LONGEST_OPENING = 100
"""Characters of an article without a headline that stand for one."""
LIGHT_FRAGMENT = 10_000
LIGHT_TEXT = 65_536
"""Bytes of what is read on the spot: the HTML fragment of a feed, a plain text."""
FARTHEST_FUTURE = timedelta(days=1)

READERS: Mapping[Format, Callable[[Item], Draft]] = {
    Format.PDF: pdf_draft,
    Format.DOCX: docx_draft,
    Format.ODT: odt_draft,
    Format.EPUB: epub_draft,
    Format.RTF: rtf_draft,
    Format.MARKDOWN: markdown_draft,
    Format.MESSAGE: message_draft,
    Format.ROW: row_draft,
}
"""Documents that are neither a page nor plain text."""


def extract(item: Item, model: ParagraphModel | None = None) -> Article:
    """The article of an item: zoned text, and what is known of it. `model` stands in for the one that judges pages.

    Raises ExtractionError, saying what is wrong and what to do, for what holds no text: empty, binary, undecodable.
    """
    return _article(_draft(item, model), item)


def extract_lightly(item: Item) -> Article | None:
    """As `extract`, of a light item; None where its language takes more than a look, which is for a worker to give."""
    try:
        return _article(_draft(item), item, may_classify=False)
    except NeedsClassifier:
        return None


def _article(draft: Draft, item: Item, *, may_classify: bool = True) -> Article:
    draft = _undoubted(_with_item(draft, item, may_classify=may_classify), item)
    blocks, cut = _capped(draft.blocks)
    if not blocks:
        raise ExtractionError("there is no text in it")
    if cut:
        draft = replace(draft, note=_joined(draft.note, f"only its first {MOST_CHARACTERS:,} characters are kept"))
    url = draft.url or item.url
    return Article(
        key=_key(item, draft, url),
        url=url,
        title=_title(draft, blocks, item),
        blocks=blocks,
        source=item.source,
        fetched_at=item.fetched_at,
        fingerprint=fingerprint(blocks),
        byline=draft.byline,
        language=draft.language,
        published_at=draft.published_at,
        published_from=draft.published_from,
        body_from=draft.body_from,
        note=draft.note,
    )


def is_light(item: Item) -> bool:
    """Whether an item is read so fast, and by so little code of others, that it needs no worker of its own."""
    if item.media_type == FEED_FRAGMENT:
        return len(item.raw) <= LIGHT_FRAGMENT
    found = format_of(item.raw[:BEGINNING], name_of(item), item.media_type)
    if len(item.raw) > LIGHT_TEXT or found not in (None, Format.TEXT, Format.ROW):
        return False
    return found is Format.ROW or kind_of(item.raw, item.media_type) is Kind.TEXT


def extract_whole(item: Item, why: str) -> Article:
    """The article of an item whose structure was too hard to read: all its text, in time that grows with its length.

    Raises ExtractionError where its text cannot be had without its structure, as in a PDF.
    """
    if format_of(item.raw[:BEGINNING], name_of(item), item.media_type) in READERS:
        raise ExtractionError("its text cannot be had in a simpler way")
    refuse_binary(item.raw)
    text = decode(item.raw, declared=declared_charset(item.raw, item.media_type))
    is_page = kind_of(item.raw, item.media_type) is Kind.PAGE or item.media_type.startswith(FEED_FRAGMENT)
    lines = stripped_lines(text) if is_page else [line for raw in raw_lines(text) if (line := clean(raw))]
    feed = [line for line in stripped_lines(item.feed_html or "") if line not in set(lines)]
    blocks = tuple(Block(line, Zone.BODY) for line in (*feed, *lines))
    note = f"{why}: whole text, nothing in it is taken for furniture"
    return _article(Draft(blocks, BodyFrom.WHOLE, note=note, whole_text="\n".join(lines)), item)


def _draft(item: Item, model: ParagraphModel | None = None) -> Draft:
    if item.media_type.startswith(FEED_FRAGMENT):
        return _feed_draft(item)
    found = format_of(item.raw[:BEGINNING], name_of(item), item.media_type)
    if found is not None and found in READERS:
        return READERS[found](item)
    if found in ARCHIVES:
        raise ExtractionError(f"this is an archive ({found.value}): it holds articles, but is none")
    refuse_binary(item.raw)
    if kind_of(item.raw, item.media_type) is Kind.PAGE:
        from extraction.page_article import page_draft  # trafilatura takes a third of a second to load

        return page_draft(item, model)
    return text_draft(decode(item.raw, declared=declared_charset(b"", item.media_type)))


def _feed_draft(item: Item) -> Draft:
    """What the feed carries: its title is the headline, added with everything else the source said."""
    blocks = fragment_blocks(decode(item.raw)) if item.raw.strip() else []
    note = None if blocks else "the feed carries no text for it, only a title"
    return Draft(tuple(blocks), BodyFrom.FEED, note=note)


def _with_item(draft: Draft, item: Item, *, may_classify: bool) -> Draft:
    """The draft with what the source said, where it says it better or says it alone."""
    blocks = draft.blocks
    title = clean(item.title or "")
    if title and not WordIndex(block.text for block in blocks if block.zone is Zone.HEADLINE).holds(title):
        has_headline = any(block.zone is Zone.HEADLINE for block in blocks)
        at = 1 if has_headline and blocks[0].zone is Zone.HEADLINE else 0
        blocks = (*blocks[:at], Block(title, Zone.HEADLINE), *blocks[at:])
    byline = draft.byline or clean(item.byline or "") or None
    shown = WordIndex(block.text for block in blocks if block.zone is Zone.BYLINE)
    if byline and not all(shown.holds(name) for name in byline.split(", ")):
        headlines = sum(block.zone is Zone.HEADLINE for block in blocks[:2])
        blocks = (*blocks[:headlines], Block(byline, Zone.BYLINE), *blocks[headlines:])
    if tags := clean(", ".join(item.categories)):  # searchable, and no reason to alert
        blocks = (*blocks, Block(tags, Zone.FURNITURE))
    published_at, published_from = draft.published_at, draft.published_from
    if published_at is None and item.published_at is not None:
        published_at = item.published_at
        published_from = PublishedFrom.FEED if item.path is None else PublishedFrom.FILE
    return replace(
        draft,
        blocks=blocks,
        byline=byline,
        language=language_of(blocks, draft.language or item.language, may_classify=may_classify),
        published_at=published_at,
        published_from=published_from,
    )


def _undoubted(draft: Draft, item: Item) -> Draft:
    """The draft without a date of publication that has not come yet: it is a mistake, or the date of an event."""
    if draft.published_at is None or draft.published_at <= item.fetched_at + FARTHEST_FUTURE:
        return draft
    note = _joined(draft.note, f"its date, {draft.published_at:%Y-%m-%d}, had not come yet when it was read: left out")
    return replace(draft, published_at=None, published_from=PublishedFrom.NONE, note=note)


def _capped(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], bool]:
    """As many blocks as the limit allows, the last one cut; and whether anything was left out."""
    left = MOST_CHARACTERS
    kept: list[Block] = []
    for block in blocks:
        if len(block.text) > left:
            if left:
                kept.append(Block(block.text[:left].rstrip(), block.zone))
            return tuple(kept), True
        kept.append(block)
        left -= len(block.text)
    return tuple(kept), False


def _key(item: Item, draft: Draft, url: str) -> bytes:
    """A page's key is its address. A file's is its whole text in order, so that no change of zoning changes it."""
    if item.url.partition(":")[0].lower() in ("http", "https"):
        return url_key(url)
    text = draft.whole_text if draft.whole_text is not None else "\n".join(block.text for block in draft.blocks)
    return digest("file", fold_text(text))


def _title(draft: Draft, blocks: tuple[Block, ...], item: Item) -> str:
    headline = next((block.text for block in blocks if block.zone is Zone.HEADLINE), None)
    said = headline or draft.title or clean(item.title or "")
    return (said or _opening(draft, blocks) or clean(name_of(item)) or item.url)[:LONGEST_TITLE]


def _opening(draft: Draft, blocks: tuple[Block, ...]) -> str:
    """The first words of an article that has no headline; none where it is not known what its text is."""
    if draft.body_from is BodyFrom.WHOLE:
        return ""
    first = next((block.text for block in blocks if block.zone in (Zone.STANDFIRST, Zone.BODY)), "")
    return first if len(first) <= LONGEST_OPENING else f"{first[:LONGEST_OPENING].rpartition(' ')[0] or first[:30]} …"


def _joined(note: str | None, more: str) -> str:
    return f"{note}; {more}" if note else more
