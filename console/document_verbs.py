"""`reextract` and `quarantine`: documents read again, and those that cannot be read."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from console.contract import hit_form, moment
from console.options import ConfigOption, JsonOption, SinceOption, SourcesOption, UntilOption, settings_for
from console.show import counts_line, failures_table, out, plain_table, print_hits, print_json
from flows import reextracting
from flows.opening import open_database
from flows.request import read_moment
from storage import SetAside
from wirewatch.clock import utc_now
from wirewatch.wording import counted


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(reextract)
    app.command()(quarantine)


def reextract(
    sources: SourcesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what this very version of wirewatch has read.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, store nothing.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read again, after an upgrade, the pages and files of sources with `keep_raw`, and say which hits that changes.

    Hits that the new texts have are stored and not alerted; hits that they have lost are kept. A run that was stopped
    goes on where it was.
    """
    store = open_database(settings_for(config))
    wanted = reextracting.Range(tuple(sources or ()), read_moment(since), read_moment(until, end=True), everything)
    columns = (SpinnerColumn(), TextColumn("{task.completed} articles read again"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True, disable=as_json or not out.is_terminal) as bar:
        task = bar.add_task("reextract", total=None)
        report = reextracting.reextract(
            store, wanted, utc_now, dry_run=dry_run, progress=lambda articles: bar.advance(task, articles)
        )
    if as_json:
        failures = [{"where": failure.where, "what": failure.what} for failure in report.failures]
        gained, lost = ([hit_form(each) for each in found] for found in (report.gained, report.lost))
        print_json({"counts": report.counts, "gained": gained, "lost": lost, "failures": failures})
        return
    if report.gained:
        print_hits(report.gained, f"Gained (first {len(report.gained)})")
    if report.lost:
        print_hits(report.lost, f"Lost by the new texts, and kept (first {len(report.lost)})")
    if report.failures:
        out.print(failures_table(report.failures))
    if not report.counts["read"]:
        articles, size = store.count_raw()
        out.print(
            f"Nothing to read again: of {counted(articles, 'article')} with their bytes "
            f"({size / 2**20:.1f} MiB) all are new."
        )
    out.print(Text(counts_line(report.counts), style="bold"))


def quarantine(
    sources: SourcesOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Let the next poll try all that are listed again.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the pages, files and members of archives that cannot be read, with the reason; or try them again."""
    store = open_database(settings_for(config))
    found = store.documents_set_aside(sources or None)
    if retry:
        store.try_again(found, utc_now())
    if as_json:
        print_json([aside_form(each) for each in found])
    elif not found:
        out.print("nothing is in quarantine")
    else:
        rows = [
            (Text(each.source), Text(_document(each)), Text(each.reason), _fate(each), f"{each.at:%Y-%m-%d %H:%M}")
            for each in found
        ]
        out.print(plain_table("Quarantine", ["source", "document", "reason", "tries", "last (UTC)"], rows))
        if retry:
            out.print(f"The next poll tries {'it' if len(found) == 1 else f'all {len(found)}'} again.")


def aside_form(each: SetAside) -> dict[str, Any]:
    """A document that cannot be read; `given_up` until it changes or is retried."""
    return {
        "source": each.source,
        "url": each.url,
        "reason": each.reason,
        "tries": each.strikes,
        "given_up": each.given_up,
        "last_tried_at": moment(each.at),
    }


def _document(each: SetAside) -> str:
    """A file's path in its folder, with the member it is about; a page's address."""
    if each.path is None:
        return each.url
    return each.path.encode(errors="backslashreplace").decode() + unquote(
        each.url[each.url.find("#") :] if "#" in each.url else ""
    )


def _fate(each: SetAside) -> str:
    return f"{each.strikes}, given up" if each.given_up else f"{each.strikes}, will be tried again"
