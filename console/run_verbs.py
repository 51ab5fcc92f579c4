"""`run`, `up` and `deploy`: the work itself."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from console.backfill_verbs import backfill_requeried
from console.config_verbs import print_applied, print_problems
from console.options import ConfigOption, settings_for
from console.show import counts_line, err, failures_table, out, plain_table, print_hits, print_standing, print_waiting
from flows import applying
from flows.opening import open_database
from flows.outbox import DeliveryReport
from flows.waking import FolderWatch
from storage import Store
from wirewatch.clock import utc_now
from wirewatch.model import Visibility
from wirewatch.settings import Settings

TICK_SECONDS = 60


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(run)
    app.command()(up)
    app.command()(deploy)
    app.command("setup-prefect")(setup_prefect)


def run(
    config: ConfigOption = None,
    once: Annotated[bool, typer.Option("--once", help="One tick, then stop; else one a minute until Ctrl-C.")] = False,
) -> None:
    """Apply the configuration, poll all sources (later only what is due), deliver the alerts, and show the hits.

    Exit 0 though single sources or channels failed (they are listed and tried again), 1 where the configuration has
    errors or the work could not be done.
    """
    settings = settings_for(config)
    checked = applying.check_file(settings.config)
    print_problems(checked)
    store = open_database(settings, must_exist=False)
    applied = applying.apply_checked(store, checked, utc_now())
    print_applied(applied)
    backfill_requeried(store, applied)
    store.make_due(utc_now())
    _run_and_show(settings, store)
    if not once:
        with FolderWatch(settings, say=lambda text: err.print(text, markup=False)) as folders:
            while True:
                folders.wait(TICK_SECONDS)
                _run_and_show(settings, store)
    if checked.left_out:
        names = ", ".join(f"{section} {name}".strip() for section, name in checked.left_out)
        out.print(Text(f"{checked.path} has errors (above) in: {names}. That part is not in force.", style="red"))
        raise typer.Exit(1)


def _run_and_show(settings: Settings, store: Store) -> None:
    started = utc_now()
    _print_run(store, _run_flows(settings), started)


def _run_flows(settings: Settings) -> DeliveryReport:
    """Poll and deliver once, as Prefect flow runs; the engine's start is most of the wait."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("starting Prefect's engine (10 to 20 s the first time)")
        if not out.is_terminal:
            out.print("starting Prefect's engine (10 to 20 s the first time) …")

        from flows import engine

        engine.prepare(settings)
        return asyncio.run(engine.run_once(lambda text: progress.update(task, description=text)))


def _print_run(store: Store, report: DeliveryReport, started: datetime) -> None:
    found = store.hits(since=started)
    live = [each for each in found if each.hit.visibility is Visibility.LIVE]
    suppressed = [each for each in found if each.hit.visibility is Visibility.SUPPRESSED]
    if live:
        print_hits(live, f"Hits ({len(live)} new)")
    if report.sent:
        rows = [(Text(sent.channel), Text(sent.subject), Text(sent.outcome)) for sent in report.sent]
        out.print(plain_table("Alerts", ["channel", "message", "what became of it"], rows))
    if suppressed:
        print_hits(suppressed, f"Suppressed ({len(suppressed)}): stored and searchable, not alerted")
    if report.failures:
        out.print(failures_table(report.failures))
    if not found:
        out.print("Nothing new: no hit that was not known already.")
    print_waiting(store)
    print_standing(store)
    out.print(Text(summary(report), style="bold"))


def summary(report: DeliveryReport) -> str:
    """The run in one line."""
    return counts_line(report.counts)


def up(
    config: ConfigOption = None,
    host: Annotated[str, typer.Option(help="Where Prefect's server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 4200,
    pages_port: Annotated[int, typer.Option(help="The port of the pages that links in alerts lead to.")] = 4280,
) -> None:
    """Everything on one machine: Prefect's server, the schedules and a worker. Ctrl-C stops it."""
    settings = settings_for(config)
    checked = applying.check_file(settings.config)
    print_problems(checked)
    applied = applying.apply_checked(open_database(settings, must_exist=False), checked, utc_now())
    print_applied(applied)

    from flows import service

    raise typer.Exit(
        service.run(
            settings, host, port, pages_port, applied.backfilled, say=lambda text: out.print(text, markup=False)
        )
    )


def deploy(
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Another prefect.yaml, e.g. with other intervals.")
    ] = None,
    shards: Annotated[
        int, typer.Option(min=1, help="Polls side by side, each for its share of the sites: one for each worker.")
    ] = 1,
    config: ConfigOption = None,
) -> None:
    """Register the deployments of prefect.yaml with the Prefect server of PREFECT_API_URL."""
    settings = settings_for(config)

    from flows import deploying

    deploying.deploy(settings, lambda text: out.print(text, markup=False), file, shards)


def setup_prefect(config: ConfigOption = None) -> None:
    """Give the Prefect server of PREFECT_API_URL what it needs once: work pool, and a rule that ends dead runs."""
    settings = settings_for(config)

    from flows import setting_up

    setting_up.set_up(settings, lambda text: out.print(text, markup=False))
