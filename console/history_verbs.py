"""`runs`: what the flows did lately."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from console.contract import run_form
from console.options import ConfigOption, JsonOption, settings_for
from console.show import counts_line, out, plain_table, print_json
from flows.opening import open_database
from storage import Run


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(runs)


def runs(
    kind: Annotated[str | None, typer.Option(help="Only those of this flow, e.g. poll.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the latest finished runs of the flows: when, what they counted, what failed."""
    found = open_database(settings_for(config)).last_runs(limit, kind)
    if as_json:
        print_json([run_form(run) for run in found])
        return
    rows = [
        (
            run.kind,
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            f"{(run.finished_at - run.started_at).total_seconds():.1f} s",
            Text(counts_line(run.counts)),
            Text(_failures(run)),
        )
        for run in found
    ]
    out.print(plain_table("Runs", ["flow", "began (UTC)", "took", "counts", "failures"], rows))


def _failures(run: Run) -> str:
    said = "; ".join(f"{failure.where}: {failure.what}" for failure in run.failures[:2])
    more = len(run.failures) - 2
    return f"{said}; and {more} more" if more > 0 else said
