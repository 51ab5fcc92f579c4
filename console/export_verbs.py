"""`export`: hits for other programs, as a table, as lines of JSON, or as a feed."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, TextIO

import typer

import alerts
from console.contract import hit_form, moment
from console.options import ConfigOption, SinceOption, SourcesOption, TermsOption, UntilOption, settings_for
from console.show import out
from flows.archive import check_names
from flows.opening import open_database
from flows.request import read_moment
from storage import Store
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError
from wirewatch.model import FoundHit, Visibility

COLUMNS = ("found_at", "term", "title", "source", "published_at", "url", "passage", "reason", "mentions", "story")


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(export)


def export(
    as_csv: Annotated[bool, typer.Option("--csv", help="A table: one hit a row, with its first passage.")] = False,
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line, as of `hits --json`.")] = False,
    atom: Annotated[str | None, typer.Option("--atom", metavar="TERM", help="A term's hits as an Atom feed.")] = None,
    link: Annotated[
        bool, typer.Option("--link", help="With --atom: print the address at which `up` and `pages` serve the feed.")
    ] = False,
    terms: TermsOption = None,
    sources: SourcesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first; 0 for all.")] = 0,
    config: ConfigOption = None,
) -> None:
    """Write live hits to the standard output, newest first."""
    if (as_csv, as_lines, atom is not None).count(True) != 1:
        raise typer.BadParameter("one of --csv, --jsonl and --atom TERM says what to write")
    store = open_database(settings_for(config))
    check_names(store, terms=[atom] if atom is not None else terms or (), sources=sources or ())
    if atom is not None and link:
        out.print(_address(store, atom), markup=False, soft_wrap=True)
        return
    found = store.hits(
        terms=[atom] if atom is not None else terms or None,
        sources=sources or None,
        since=read_moment(since),
        until=read_moment(until, end=True),
        visibility=Visibility.LIVE,
        limit=limit or None,
    )
    if atom is not None:
        sys.stdout.write(alerts.render_atom(atom, found, utc_now()).decode() + "\n")
    elif as_csv:
        write_table(found, sys.stdout)
    else:
        for each in found:
            sys.stdout.write(json.dumps(hit_form(each), ensure_ascii=False) + "\n")


def write_table(found: Sequence[FoundHit], file: TextIO) -> None:
    """CSV with a line of names; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(each)] for each in found)


def _row(found: FoundHit) -> Iterator[str]:
    hit, article = found.hit, found.article
    first = hit.matches[0] if hit.matches else None
    yield moment(hit.found_at) or ""
    yield from (hit.term, article.title, article.source, moment(article.published_at) or "", article.url)
    yield from (first.passage if first else "", first.reason if first else "", str(len(hit.matches)))
    yield hit.story.hex() if hit.story else ""


def _cell(text: str) -> str:
    cleaned = " ".join(text.split())
    return f"'{cleaned}" if cleaned.startswith(("=", "+", "-", "@")) else cleaned


def _address(store: Store, term: str) -> str:
    public_url = (store.configuration() or Configuration()).policy.public_url
    links = alerts.answer_links(public_url, os.environ)
    if links is None:
        raise WirewatchError(f"feeds are not served: {alerts.why_no_links(public_url, os.environ)}")
    return links.feed_of(term)
