"""How the console shows things to people; scripts use `--json` instead."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import alerts
from storage import Store
from wirewatch.clock import utc_now
from wirewatch.model import Failure, FoundHit, Match, Visibility

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

WHOLE_PASSAGE = 2_000
"""Characters: a passage is a sentence or two, but of a page without any it may be all of the page."""
MORE_PASSAGES = 1
"""Passages shown of a hit; the others are counted."""


def print_json(value: Any) -> None:
    """Print JSON with characters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_json_line(value: Any) -> None:
    """Print JSON as one line: one of many, as they come."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def marked(match: Match) -> Text:
    """The passage with its matched words standing out; by asterisks where there are no colours."""
    text = Text()
    for run in alerts.show_passage(match, WHOLE_PASSAGE):
        if run.marked:
            text.append(run.text if out.is_terminal else f"*{run.text}*", style="bold yellow")
        else:
            text.append(run.text)
    return text


def print_hits(found: Sequence[FoundHit], title: str) -> None:
    """Print hits by article, in the given order of articles: the term, its first passage, and why."""
    out.print(Text(f"\n{title}", style="bold underline"))
    by_article: dict[bytes, list[FoundHit]] = {}
    for each in found:
        by_article.setdefault(each.article.key, []).append(each)
    for hits in by_article.values():
        out.print(_article_line(hits))
        out.print(_terms_table(hits))


def _article_line(hits: Sequence[FoundHit]) -> Text:
    article = hits[0].article
    published = f"{article.published_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if article.published_at else "unknown"
    text = Text(f"\n{article.title}", style="bold")
    text.append(f"\n{article.source} · published: {published} · id {article.key.hex()[:12]}", style="not bold dim")
    if article.note:
        text.append(f"\n{article.note}", style="not bold italic")
    for line in alerts.history_lines(hits, utc_now()):
        text.append(f"\n{line}", style="not bold")
    return text


def _terms_table(hits: Sequence[FoundHit]) -> Table:
    table = Table(expand=True, show_lines=True)
    table.add_column("term", ratio=2, overflow="fold")
    table.add_column("passage", ratio=6, overflow="fold")
    table.add_column("why", ratio=4, overflow="fold")
    for each in hits:
        table.add_row(Text(each.hit.term, style="bold"), _passage_cell(each), _reason_cell(each))
    return table


def _passage_cell(found: FoundHit) -> Text:
    text = Text()
    for match in found.hit.matches[:MORE_PASSAGES]:
        text.append_text(marked(match))
    if (more := len(found.hit.matches) - MORE_PASSAGES) > 0:
        text.append(f"  (+{more})", style="dim")
    return text


def _reason_cell(found: FoundHit) -> Text:
    match = found.hit.matches[0]
    suppressed = found.hit.visibility is Visibility.SUPPRESSED
    return Text(f"only in furniture: {match.reason}" if suppressed else f"{match.zone.value}: {match.reason}")


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table of short texts."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def counts_line(counts: Mapping[str, int]) -> str:
    """What was counted, on one line: `1 new article · 2 hits · 0 sent`."""
    return " · ".join(f"{amount:,} {_one_or_more(name, amount)}" for name, amount in counts.items())


def _one_or_more(name: str, amount: int) -> str:
    said = name.replace("_", " ")
    return re.sub(r"\b(source|item|article|hit|digest)s\b", r"\1", said) if amount == 1 else said


def print_waiting(store: Store) -> None:
    """Say how many hits wait, and till when; nothing where none does."""
    due = store.next_due()
    if due:
        number, first = due
        waits = f"{number} hit{'s wait' if number != 1 else ' waits'} for a digest, a group or the end of quiet hours"
        out.print(
            Text(f"{waits}; the first is due {first:%d %b %H:%M} UTC (`wirewatch explain` says why)", style="dim")
        )


def print_standing(store: Store) -> None:
    """Say which notices stand; nothing where none does."""
    standing = store.notices()
    for notice in standing:
        since = f"since {notice.raised_at:%d %b %H:%M} UTC"
        out.print(Text(f"! {notice.subject} ({since})", style="yellow"), soft_wrap=True)
    if standing:
        out.print(Text("`wirewatch notices` says more", style="dim"))


def failures_table(failures: Sequence[Failure]) -> Table:
    """What failed, and where; equal failures are counted once."""
    counted: dict[tuple[str, str], int] = {}
    for failure in failures:
        counted[failure.where, failure.what] = counted.get((failure.where, failure.what), 0) + 1
    rows = [(where, what + (f" ({number} times)" if number > 1 else "")) for (where, what), number in counted.items()]
    return plain_table("Failed (the rest went on)", ["where", "what"], [(Text(a), Text(b)) for a, b in rows])
