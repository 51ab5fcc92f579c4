"""`db`: the database itself: brought up to date, checked, copied, restored, and kept in size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from console.options import ConfigOption, settings_for
from console.show import counts_line, failures_table, out
from flows import keeping
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.wording import counted

db_app = typer.Typer(help="The database: upgrade, check, backup, restore, upkeep.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(db_app, name="db")


@db_app.command("upgrade")
def upgrade(config: ConfigOption = None) -> None:
    """Bring the database up to this program's schema; every other command that opens it does so, too."""
    store = open_database(settings_for(config), must_exist=False)
    out.print(f"database {store.place}: schema {store.revision}", markup=False)


@db_app.command("check")
def check(config: ConfigOption = None) -> None:
    """Look for damage: the file, the schema, and what points at nothing. Exit 1 where something is wrong."""
    store = open_database(settings_for(config))
    problems = store.check()
    for problem in problems:
        out.print(Text(problem, style="red"))
    if problems:
        out.print(
            f"database {store.place}: not whole; restore a backup, or run `wirewatch db backup` first", markup=False
        )
        raise typer.Exit(1)
    counts = store.counts()
    hits = counts.live_hits + counts.suppressed_hits
    out.print(
        f"database {store.place}: whole (schema {store.revision}, "
        f"{counted(counts.articles, 'article')}, {counted(hits, 'hit')})",
        markup=False,
    )


@db_app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    config: ConfigOption = None,
) -> None:
    """Copy a SQLite database while it is in use; Postgres has pg_dump."""
    store = open_database(settings_for(config))
    store.backup(file)
    out.print(f"wrote {file} ({file.stat().st_size / 2**20:.1f} MiB)", markup=False)


@db_app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in the database's place, while nothing else runs; what was there is kept beside it."""
    settings = settings_for(config)
    kept = open_database(settings, must_exist=False).restore(file)
    store = open_database(settings)
    out.print(f"database {store.place}: restored from {file}; what was there is in {kept}", markup=False)


@db_app.command("upkeep")
def upkeep(config: ConfigOption = None) -> None:
    """Let go of what is older than `retention:` says, and index again what an earlier version has indexed."""
    report = keeping.keep(open_database(settings_for(config)), utc_now)
    if report.failures:
        out.print(failures_table(report.failures))
    out.print(Text(counts_line(report.counts), style="bold"))
