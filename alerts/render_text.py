"""Messages as plain text: for the screen, for channels that take nothing better, for the text part of a mail."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len

from alerts.message import REPEAT_NOTICE, ArticleSection, Message, TermLine
from alerts.passages import Run

_WIDEST_TERM = 24
_NARROWEST_PASSAGE = 40
_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"
_OPEN, _CLOSE = "\x02", "\x03"  # where a mark begins and ends while lines are broken; clean text holds neither

_MENTION = re.compile(r"(?<!\w)@(?=[\w!&])")


def marked_text(runs: Iterable[Run], mark: str = "*") -> str:
    """A passage with its marks between asterisks."""
    return "".join(f"{mark}{run.text}{mark}" if run.marked else run.text for run in runs)


def more_text(line: TermLine) -> str:
    """How many more mentions there are, as `(+2)`; empty where there are none."""
    return f"(+{line.more})" if line.more else ""


def footer_lines(section: ArticleSection) -> list[str]:
    """What stands under an article's passages, a line each."""
    places = [f"{address.label}: {address.text}" for address in section.addresses]
    return [*section.notes, *places, *([section.why] if section.why else [])]


def render_plain(message: Message) -> str:
    """The message as text for any channel that apprise knows.

    Such channels read mentions, angle brackets and Markdown links in their own ways: in what comes from articles
    these are written so that none of them is one.
    """
    parts = [REPEAT_NOTICE] if message.maybe_repeat else []
    if message.text is not None:
        return "\n\n".join([*parts, message.text])
    opening = "\n".join(map(disarm, message.opening)) or message.heading
    parts += [opening] if message.opening or not message.articles else []
    parts += [_plain_section(section) for section in message.articles]
    parts += [rest] if (rest := message.rest(len(message.articles))) else []
    return "\n\n".join(parts)


def render_text_part(message: Message) -> str:
    """The message as the text part of a mail, which shows text as it is."""
    return render_screen(message, width=0)


def render_screen(message: Message, width: int, *, bold: bool = False) -> str:
    """The message for a terminal of `width` columns; 0 wraps nothing. `bold` marks words by ANSI bold, not `*`."""
    parts = [REPEAT_NOTICE] if message.maybe_repeat else []
    if message.text is not None:
        return "\n\n".join([*parts, message.text])
    opening = [_wrap([Run(line)], width, first="", other="  ", bold=False) for line in message.opening]
    if opening or not message.articles:
        parts.append("\n".join(line for lines in opening for line in lines) or message.heading)
    parts += [_screen_section(section, width, bold) for section in message.articles]
    parts += [rest] if (rest := message.rest(len(message.articles))) else []
    return "\n\n".join(parts)


def disarm(text: str) -> str:
    """Text in which no chat system finds a mention, a tag or a link with a false label."""
    text = _MENTION.sub("＠", text)
    return text.replace("<", "‹").replace(">", "›").replace("](", "] (")


def _plain_section(section: ArticleSection) -> str:
    lines = [f"{disarm(section.title)} · {disarm(section.source)}", section.times]
    for line in section.lines:
        said = f"• {disarm(line.term)}: “{disarm(marked_text(line.passage))}” {more_text(line)}".rstrip()
        lines.append(f"{said} – {disarm(line.reason)}" if line.reason else said)
    lines += map(disarm, section.notes)
    # A link stays as it is: it was checked, and altered it would lead elsewhere.
    lines += [f"{one.label}: {one.text if one.is_link else disarm(one.text)}" for one in section.addresses]
    lines += [disarm(section.why)] if section.why else []
    return "\n".join(lines)


def _screen_section(section: ArticleSection, width: int, bold: bool) -> str:
    lines = [_heading(section, width)]
    column = min(_WIDEST_TERM, max((cell_len(line.term) for line in section.lines), default=0))
    stacked = 0 < width < column + _NARROWEST_PASSAGE
    for line in section.lines:
        said = [Run("“"), *line.passage, Run("”")]
        if line.more:
            said.append(Run(f"  {more_text(line)}"))
        if line.reason:
            said.append(Run(f"  – {line.reason}"))
        if stacked or cell_len(line.term) > column:
            lines.append(f"• {line.term}")
            lines += _wrap(said, width, first="    ", other="    ", bold=bold)
        else:
            term = line.term + " " * (column - cell_len(line.term))
            lines += _wrap(said, width, first=f"• {term}  ", other=" " * (column + 4), bold=bold)
    lines += [f"  {footer}" for footer in footer_lines(section)]
    return "\n".join(lines)


def _heading(section: ArticleSection, width: int) -> str:
    left = f"{section.title} · {section.source}"
    gap = width - cell_len(left) - cell_len(section.times)
    if gap >= 2:
        return f"{left}{' ' * gap}{section.times}"
    return "\n".join([*_wrap([Run(left)], width, first="", other="  ", bold=False), f"  {section.times}"])


def _wrap(runs: Iterable[Run], width: int, *, first: str, other: str, bold: bool) -> list[str]:
    """Lines of at most `width` columns (0: one line), broken between words."""
    text = "".join(f"{_OPEN}{run.text}{_CLOSE}" if run.marked else run.text for run in runs)
    lines: list[str] = []
    line, used, indent = first, cell_len(first), cell_len(first)
    for word in text.split():
        needed = _columns(word, bold)
        if width and used > indent and used + 1 + needed > width:
            lines.append(line)
            line, used = other, cell_len(other)
            indent = used
        gap = " " if used > indent else ""
        line += gap + word
        used += len(gap) + needed
    opened, closed = (_BOLD, _NORMAL) if bold else ("*", "*")
    return [line.replace(_OPEN, opened).replace(_CLOSE, closed) for line in [*lines, line]]


def _columns(word: str, bold: bool) -> int:
    marks = word.count(_OPEN) + word.count(_CLOSE)
    return cell_len(word.replace(_OPEN, "").replace(_CLOSE, "")) + (0 if bold else marks)
