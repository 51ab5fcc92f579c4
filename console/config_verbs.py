"""`init`, `check` and `apply`: the configuration file from first draft to in force."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from console.backfill_verbs import backfill_requeried
from console.options import ConfigOption, JsonOption, settings_for
from console.show import err, out, print_json
from flows import applying, linting
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.config import Problem
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings
from wirewatch.wording import counted

STARTER = """\
# What wirewatch watches. `wirewatch check` tests this file, `wirewatch apply` puts it in force.
channels:
  screen: {url: "screen://"}                    # prints alerts
  # wire: {url: "${SLACK_URL}"}                 # slack://TokenA/TokenB/TokenC, kept in the environment
  # desk: {url: "${DESK_MAIL_URL}"}             # mailtos://user:password@smtp.example.org?to=desk@example.org

defaults: {channels: [screen]}

sources:
  - {name: inbox, folder: ./inbox, every: 1m}   # text, HTML, PDF and other files dropped here
  - {name: bbc-world, feed: "https://feeds.bbci.co.uk/news/world/rss.xml", every: 15m}

terms:
  - Hmeimim                                     # short form: the name is the query
  - name: Taliban delisting
    query: taliban NEAR/20 (delist* OR (remov* OR drop*) NEAR/12 (list OR lists OR listing*))
    must_hit: ["Kazakhstan removed the Taliban from its terror list."]
    must_not_hit: ["The Taliban dropped out; listen to the interview."]
"""


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(init)
    app.command()(check)
    app.command()(apply)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write wirewatch.yaml and inbox/.")] = Path(),
) -> None:
    """Write a first wirewatch.yaml, and a folder to drop articles into."""
    target = folder / "wirewatch.yaml"
    if target.exists():
        err.print(f"{target} is there already; it was left as it is")
        raise typer.Exit(1)
    try:
        (folder / "inbox").mkdir(parents=True, exist_ok=True)
        target.write_text(STARTER, encoding="utf-8")
    except OSError as error:
        raise WirewatchError(f"{target} cannot be written: {error.strerror or error}; name another folder") from None
    out.print(
        f"wrote {target} and {folder / 'inbox'}/. Next: edit it, then `wirewatch check` and `wirewatch run --once`"
    )


def check(
    config: ConfigOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 with warnings too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Test the configuration: keys, queries, must_hit and must_not_hit, channels. Nothing is changed.

    Where there is an archive, it also tells which wildcards catch too much of it and which terms nothing.
    """
    settings = settings_for(config)
    checked = applying.check_file(settings.config, _archive_hints(settings))
    if as_json:
        print_json(
            [_form("error", each) for each in checked.errors] + [_form("warning", each) for each in checked.warnings]
        )
    else:
        print_problems(checked)
        usable = checked.configuration
        out.print(
            f"{checked.path}: {counted(len(usable.sources), 'source')}, {counted(len(usable.terms), 'term')}, "
            f"{counted(len(usable.channels), 'channel')}; "
            f"{counted(len(checked.errors), 'error')}, {counted(len(checked.warnings), 'warning')}"
        )
    if checked.errors or (strict and checked.warnings):
        raise typer.Exit(1)


def apply(
    config: ConfigOption = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Take new and changed terms through the archive at once.")
    ] = False,
) -> None:
    """Put the configuration in force: show the difference, keep versions of terms."""
    settings = settings_for(config)
    checked = applying.check_file(settings.config)
    print_problems(checked)
    store = open_database(settings, must_exist=False)
    applied = applying.apply_checked(store, checked, utc_now())
    print_applied(applied, told_of_backfill=not backfill)
    backfill_requeried(store, applied, all_terms=backfill)
    if backfill and not applied.requeried:
        out.print(
            "No term is new or changed, so none was backfilled; to do it all the same: wirewatch backfill --term NAME"
        )
    if applied.file.errors:
        raise typer.Exit(1)


def print_problems(checked: applying.CheckedFile) -> None:
    """Print errors and warnings with their places, to standard error."""
    for problem in checked.errors:
        err.print(f"[bold red]error[/] {escape(str(problem))}", soft_wrap=True)
    for problem in checked.warnings:
        err.print(f"[yellow]warning[/] {escape(str(problem))}", soft_wrap=True)


def print_applied(applied: applying.Applied, *, told_of_backfill: bool = True) -> None:
    """Print what an apply changed."""
    colours = {"+": "green", "~": "yellow", "-": "red"}
    for change in applied.changes:
        out.print(f"[{colours[change.sign]}]{escape(str(change))}[/]", soft_wrap=True)
    for name in applied.kept:
        out.print(f"[yellow]  {escape(name)} has an error and stays as applied before[/]")
    if not applied.changes:
        out.print("configuration unchanged")
    by_hand = [name for name in applied.requeried if name not in applied.backfilled]
    if by_hand and told_of_backfill:
        terms = " ".join(f"--term {shlex.quote(name)}" for name in by_hand)
        out.print(f"To take what is new through the archive: wirewatch backfill {terms}", soft_wrap=True, markup=False)


def _archive_hints(settings: Settings) -> applying.Hints | None:
    if not settings.database_exists():
        return None
    store = open_database(settings)
    return lambda configuration: linting.archive_hints(store, configuration, utc_now())


def _form(severity: str, problem: Problem) -> dict[str, str | int]:
    place = problem.place
    return {
        "severity": severity,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "message": problem.message,
    }
