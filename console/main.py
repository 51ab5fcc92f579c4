"""The `wirewatch` command: every verb, and how errors reach people."""

from __future__ import annotations

import sys

import typer

from console import (
    archive_verbs,
    backfill_verbs,
    config_verbs,
    db_verbs,
    delivery_verbs,
    document_verbs,
    export_verbs,
    history_verbs,
    policy_verbs,
    run_verbs,
    source_verbs,
    story_verbs,
    term_verbs,
    watchlist_verbs,
)
from console.show import err
from wirewatch import __version__
from wirewatch.errors import WirewatchError

app = typer.Typer(
    name="wirewatch",
    help="A self-hosted news watch: feeds and folders in, matching articles stored, Slack and mail out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verbs in (
    config_verbs,
    run_verbs,
    backfill_verbs,
    archive_verbs,
    watchlist_verbs,
    source_verbs,
    story_verbs,
    term_verbs,
    delivery_verbs,
    document_verbs,
    export_verbs,
    db_verbs,
    policy_verbs,
    history_verbs,
):
    verbs.register(app)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"wirewatch {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command: exit 0 fine, 1 found a problem, 2 wrong usage; no traceback for what is a user's to mend."""
    try:
        app()
    except WirewatchError as error:
        err.print(f"[bold red]error:[/] {_escaped(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("stopped")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
