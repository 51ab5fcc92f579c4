"""How the console shows things to people; scripts use `--json` instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wirewatch.model import Failure, FoundHit, Match, Visibility

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

MORE_PASSAGES = 1
"""Passages shown of a hit; the others are counted."""


def print_json(value: Any) -> None:
    """Print JSON with characters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def marked(match: Match) -> Text:
    """The passage with its matched words standing out; by asterisks where there are no colours."""
    text, end = Text(), 0
    for begin, stop in match.marks:
        text.append(match.passage[end:begin])
        words = match.passage[begin:stop]
        text.append(words if out.is_terminal else f"*{words}*", style="bold yellow")
        end = stop
    text.append(match.passage[end:])
    return text


def hits_table(found: Sequence[FoundHit], title: str) -> Table:
    """Hits, one row each: the term, its first passage and reason, and where it stands."""
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True, expand=True)
    table.add_column("term", ratio=2, overflow="fold")
    table.add_column("passage", ratio=6, overflow="fold")
    table.add_column("why", ratio=3, overflow="fold")
    table.add_column("article", ratio=3, overflow="fold")
    for each in found:
        table.add_row(_term_cell(each), _passage_cell(each), _reason_cell(each), _article_cell(each))
    return table


def _term_cell(found: FoundHit) -> Text:
    text = Text(found.hit.term, style="bold")
    if found.hit.visibility is Visibility.SUPPRESSED:
        text.append("\nsuppressed: only in furniture", style="dim")
    return text


def _passage_cell(found: FoundHit) -> Text:
    text = Text()
    for match in found.hit.matches[:MORE_PASSAGES]:
        text.append_text(marked(match))
    if (more := len(found.hit.matches) - MORE_PASSAGES) > 0:
        text.append(f"  (+{more})", style="dim")
    return text


def _reason_cell(found: FoundHit) -> Text:
    match = found.hit.matches[0]
    return Text(f"{match.zone.value}: {match.reason}")


def _article_cell(found: FoundHit) -> Text:
    article = found.article
    published = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else "published: unknown"
    text = Text(article.title)
    text.append(f"\n{article.source} · {published}\n{article.key.hex()[:12]}", style="dim")
    if article.note:
        text.append(f"\n{article.note}", style="dim italic")
    return text


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table of short texts."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def failures_table(failures: Sequence[Failure]) -> Table:
    """What failed, and where; equal failures are counted once."""
    counted: dict[tuple[str, str], int] = {}
    for failure in failures:
        counted[failure.where, failure.what] = counted.get((failure.where, failure.what), 0) + 1
    rows = [(where, what + (f" ({number} times)" if number > 1 else "")) for (where, what), number in counted.items()]
    return plain_table("Failed (the rest went on)", ["where", "what"], [(Text(a), Text(b)) for a, b in rows])
