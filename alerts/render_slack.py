"""Messages for Slack: Block Kit, and a text that holds the passages where blocks are not shown.

Passages are `rich_text` elements, in which Slack interprets nothing: only our own marks are bold, and only our own
links are links. https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from alerts.cleaning import shorten
from alerts.message import REPEAT_NOTICE, ArticleSection, Message, TermLine
from alerts.render_text import footer_lines, marked_text, more_text, render_plain
from wirewatch.model import DeliveryKind

HEADER_LENGTH = 150
MOST_BLOCKS = 50
FALLBACK_LENGTH = 3000
TEXT_LENGTH = 12_000
"""Characters of a template's text."""
BLOCKS_LENGTH = 24_000
"""Characters of JSON in all articles' blocks: Slack refuses a message whose texts, about half of it, exceed 13,000."""

_CONTROL = re.compile(r"<(?=[!@#]|[A-Za-z][\w+.-]*:)")

Element = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What is posted: `text` is shown in notifications and by readers that know no blocks."""

    text: str
    blocks: tuple[Element, ...]

    def payload(self, *, blocks: bool = True) -> Element:
        """The JSON that Slack takes; nothing in the text is formatted, expanded or turned into a mention."""
        said: Element = {
            "text": self.text,
            "mrkdwn": False,
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return {**said, "blocks": list(self.blocks)} if blocks else said


def render_slack(message: Message) -> SlackMessage:
    """The message as Slack shows it, within Slack's limits."""
    blocks = [_header(message.heading)]
    if message.maybe_repeat:
        blocks.append(_rich_text(_section([_text(REPEAT_NOTICE, bold=True)])))
    if message.text is not None:
        said = _shorten_lines(message.text, TEXT_LENGTH)
        return SlackMessage(
            _shorten_lines(_escape(f"{message.subject}\n{render_plain(message)}"), FALLBACK_LENGTH),
            (*blocks, _rich_text(_section([_text(said)]))),
        )
    if message.count_lines:
        blocks.append(_rich_text(_bullets([_section([_text(line)]) for line in message.count_lines])))
    if message.remarks:
        blocks.append(_rich_text(*[_section([_text(line)]) for line in message.remarks]))
    shown, room = 0, BLOCKS_LENGTH
    for section in message.articles:
        block = _article(section, titled=message.kind is not DeliveryKind.ALERT)
        room -= len(json.dumps(block, ensure_ascii=False))
        if room < 0 or len(blocks) == MOST_BLOCKS - 1:
            break
        blocks.append(block)
        shown += 1
    if rest := message.rest(shown):
        blocks.append(_rich_text(_section([_text(rest)])))
    return SlackMessage(_shorten_lines(_escape(_fallback(message)), FALLBACK_LENGTH), tuple(blocks))


def _shorten_lines(text: str, limit: int) -> str:
    """The text, cut at a line's end where it is too long; a first line that is too long is cut itself."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept[: kept.rfind("\n")] if "\n" in kept else kept) + "\n…"


def _header(text: str) -> Element:
    # `plain_text` is a text object: &, < and > are decoded for display, nothing else is interpreted.
    room = HEADER_LENGTH
    while len(escaped := _escape(shorten(text, room))) > HEADER_LENGTH:
        room -= 10
    return {"type": "header", "text": {"type": "plain_text", "text": escaped, "emoji": False}}


def _article(section: ArticleSection, *, titled: bool) -> Element:
    elements: list[Element] = []
    place = f"{section.source} · {section.times}"
    opening = [_text(section.title, bold=True), _text(f" · {place}")] if titled else [_text(place, italic=True)]
    elements.append(_section(opening))
    if section.lines:
        elements.append(_bullets([_section(_term(line)) for line in section.lines]))
    elements.append(_section(list(_footer(section))))
    return _rich_text(*[element for element in elements if element["elements"]])


def _term(line: TermLine) -> list[Element]:
    elements = [_text(line.term, bold=True), _text("  “")]
    elements += [_text(run.text, bold=run.marked) for run in line.passage]
    elements.append(_text(f"”  {more_text(line)}".rstrip()))
    if line.reason:
        elements.append(_text(f"  {line.reason}", italic=True))
    return elements


def _footer(section: ArticleSection) -> Iterator[Element]:
    for address in section.addresses:
        if address.is_link:
            yield {"type": "link", "url": address.text, "text": address.label}
            # The label never hides where a link leads.
            yield _text(f" ({urlsplit(address.text).hostname})  ")
        else:
            yield _text(f"{address.label}: {address.text}  ")
    notes = [*section.notes, *([section.why] if section.why else [])]
    if notes:
        yield _text("\n" + "\n".join(notes))


def _fallback(message: Message) -> str:
    lines = [message.subject]
    if message.maybe_repeat:
        lines.append(REPEAT_NOTICE)
    lines += [*message.count_lines, *message.remarks]
    for section in message.articles:
        lines.append(f"{section.title} · {section.source} · {section.times}")
        for line in section.lines:
            lines.append(f"• {line.term}: “{marked_text(line.passage)}” {more_text(line)}".rstrip())
        lines += footer_lines(section)
    if rest := message.rest(len(message.articles)):
        lines.append(rest)
    return "\n".join(lines)


def _text(text: str, *, bold: bool = False, italic: bool = False) -> Element:
    element: Element = {"type": "text", "text": _disarm(text) or " "}
    if bold or italic:
        element["style"] = {"bold": True} if bold else {"italic": True}
    return element


def _section(elements: list[Element]) -> Element:
    return {"type": "rich_text_section", "elements": elements}


def _bullets(sections: list[Element]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": sections}


def _rich_text(*elements: Element) -> Element:
    return {"type": "rich_text", "elements": list(elements)}


def _disarm(text: str) -> str:
    """Text without the beginnings of Slack's control sequences (`<!channel>`, `<@U1>`, `<https://…|label>`)."""
    return _CONTROL.sub("‹", text)


def _escape(text: str) -> str:
    """Text for fields in which &, < and > are read as control characters."""
    return _disarm(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
