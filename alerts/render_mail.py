"""Messages for mail: a subject, a text part and an HTML part that say the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from alerts.message import REPEAT_NOTICE, Address, ArticleSection, Message, TermLine
from alerts.passages import Run
from alerts.render_text import more_text, render_text_part

_BODY = "font-family:sans-serif;font-size:15px;line-height:1.45;color:#1a1a1a;max-width:46em"
_SMALL = "color:#595959;font-size:13px"
_MARK = "background:#fff3b0;font-weight:bold"


@dataclass(frozen=True, slots=True)
class MailBody:
    """What a mail says; `subject` is one clean line."""

    subject: str
    text: str
    html: str


def render_mail(message: Message) -> MailBody:
    """The message as a mail: addresses visible, matched words marked, nothing loaded from elsewhere."""
    return MailBody(subject=message.subject, text=render_text_part(message) + "\n", html=_page(message))


def _page(message: Message) -> str:
    parts = [_paragraph(REPEAT_NOTICE, bold=True)] if message.maybe_repeat else []
    if message.text is not None:
        return _html(message.subject, [*parts, f'<p style="white-space:pre-wrap">{escape(message.text)}</p>\n'])
    if message.opening:
        parts.append(f"<h2>{escape(message.heading)}</h2>\n")
    if message.count_lines:
        counted = "".join(f"<li>{escape(line)}</li>\n" for line in message.count_lines)
        parts.append(f"<ul>\n{counted}</ul>\n")
    parts += map(_paragraph, message.remarks)
    if not message.opening and not message.articles:
        parts.append(_paragraph(message.heading))
    parts += map(_section, message.articles)
    if rest := message.rest(len(message.articles)):
        parts.append(_paragraph(rest))
    return _html(message.subject, parts)


def _html(subject: str, parts: Iterable[str]) -> str:
    head = f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
    return f'<!DOCTYPE html>\n<html>{head}\n<body style="{_BODY}">\n{"".join(parts)}</body></html>\n'


def _section(section: ArticleSection) -> str:
    place = escape(f"{section.source} · {section.times}")
    lines = "".join(f"<li>{_line(line)}</li>\n" for line in section.lines)
    addresses = [f"{escape(one.label)}: {_address(one)}" for one in section.addresses]
    footers = "<br>\n".join([*map(escape, section.notes), *addresses, *([escape(section.why)] if section.why else [])])
    listed = f"<ul>\n{lines}</ul>\n" if lines else ""
    return (
        f'<h3 style="margin-bottom:0">{escape(section.title)}</h3>\n<div style="{_SMALL}">{place}</div>\n'
        f'{listed}<p style="{_SMALL}">{footers}</p>\n'
    )


def _line(line: TermLine) -> str:
    said = f"<b>{escape(line.term)}</b><br>“{_passage(line.passage)}” {more_text(line)}".rstrip()
    return f'{said}<br><span style="{_SMALL}">{escape(line.reason)}</span>' if line.reason else said


def _passage(runs: Iterable[Run]) -> str:
    return "".join(
        f'<span style="{_MARK}">{escape(run.text)}</span>' if run.marked else escape(run.text) for run in runs
    )


def _address(address: Address) -> str:
    shown = escape(address.text)
    return f'<a href="{shown}">{shown}</a>' if address.is_link else shown


def _paragraph(text: str, *, bold: bool = False) -> str:
    return f"<p><b>{escape(text)}</b></p>\n" if bold else f"<p>{escape(text)}</p>\n"
