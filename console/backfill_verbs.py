"""`backfill` and `backfills`: terms through what is old, and how far that has come."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from contextlib import nullcontext, redirect_stdout
from datetime import datetime
from types import FrameType
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from console.contract import backfill_form
from console.options import ConfigOption, JsonOption, SinceOption, SourcesOption, TermsOption, UntilOption, settings_for
from console.show import counts_line, err, failures_table, out, plain_table, print_hits, print_json
from flows import backfilling, outbox
from flows.applying import Applied
from flows.backfilling import BackfillReport, Pace
from flows.opening import open_database
from flows.outbox import DeliveryReport
from flows.request import ARCHIVE, Notify, Request, Runner, flow_parameters, make_request, request_from
from storage import BackfillState, Store, StoredBackfill
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError
from wirewatch.settings import Settings
from wirewatch.wording import counted

backfill_app = typer.Typer(help="Take terms through what is old.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(backfill_app, name="backfill")
    app.command()(backfills)


@backfill_app.callback(invoke_without_command=True)
def backfill(
    context: typer.Context,
    terms: TermsOption = None,
    sources: SourcesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    material: Annotated[
        str,
        typer.Option("--from", help="`archive`, `past` (what sources still show), or a folder or file of old news."),
    ] = ARCHIVE,
    notify: Annotated[
        Notify, typer.Option(help="Tell nobody, each channel in one digest, or as a poll would.")
    ] = Notify.DIGEST,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and show, store nothing.")] = False,
    resume: Annotated[int | None, typer.Option(help="Go on with the backfill of this number.")] = None,
    runner: Annotated[Runner, typer.Option(help="This process, or a Dask cluster.")] = Runner.LOCAL,
    deployment: Annotated[
        bool, typer.Option("--deployment", help="Start the Prefect deployment instead of running here.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take terms through the archive, old files, or the past of sources; what is known already is not told again."""
    if context.invoked_subcommand:
        return
    settings = settings_for(config)
    request = make_request(terms, sources, since, until, notify, dry_run, material)
    if resume is not None and request != Request():
        raise WirewatchError(f"backfill {resume} goes on with what it was asked; --resume takes no other options")
    if deployment:
        from flows import deploying

        run_name = deploying.start_backfill(settings, request, resume, runner)
        out.print(f"started the deployment backfill/backfill as run {run_name}", markup=False)
        return
    if runner is Runner.DASK:
        report, delivered = _spread(settings, request, resume), DeliveryReport()
    else:
        report, delivered = run_backfill(open_database(settings), request, resume, quiet=as_json)
    if as_json:
        counts = report.counts | delivered.counts
        failures = [{"where": each.where, "what": each.what} for each in [*report.failures, *delivered.failures]]
        print_json({"backfill": report.number, "counts": counts, "failures": failures, "notes": report.notes})
        return
    print_backfill(report, delivered)


def run_backfill(
    store: Store, request: Request, resume: int | None = None, *, quiet: bool = False
) -> tuple[BackfillReport, DeliveryReport]:
    """Work off a backfill here, with its progress on the screen, and deliver what it queued."""
    with _Progress(quiet) as progress:
        if resume is None:
            report = backfilling.backfill(store, request, utc_now, progress.heard)
        else:
            report = backfilling.resume(store, resume, utc_now, progress.heard)
    if report.number is None:
        return report, DeliveryReport()
    # A channel may be the screen, and scripts read standard output.
    with redirect_stdout(sys.stderr) if quiet else nullcontext():
        return report, asyncio.run(outbox.deliver(store, os.environ, utc_now))


def _spread(settings: Settings, request: Request, resume: int | None) -> BackfillReport:
    """Run the flow here, as only a flow run can give tasks to Dask."""
    from flows import engine, scaling

    scaling.need_prefect_and_dask()
    engine.prepare(settings)

    async def run() -> DeliveryReport:
        from flows.backfill import backfill as flow

        async with engine.connected():
            report: DeliveryReport = await flow(**flow_parameters(request, resume, Runner.DASK))
            return report

    done = asyncio.run(run())
    number = open_database(settings).backfills(1)[0].id if resume is None else resume
    return BackfillReport(done.counts, done.failures, number)


def print_backfill(report: BackfillReport, delivered: DeliveryReport) -> None:
    """Print what a backfill found, what it could not do, and its figures in the last line."""
    dry_run = report.number is None
    if report.samples:
        title = "Would be found" if dry_run else "Found"
        print_hits(report.samples, f"{title} (first {len(report.samples)})")
    for note in report.notes:
        out.print(Text(f"Note: {note}", style="yellow"))
    failures = [*report.failures, *delivered.failures]
    if failures:
        out.print(failures_table(failures))
    counts = report.counts | delivered.counts
    out.print(Text(counts_line(counts), style="bold"))


def backfill_requeried(store: Store, applied: Applied, *, all_terms: bool = False) -> None:
    """Take terms that were applied new or changed through the archive, in one digest: those that say so, or all."""
    names = applied.requeried if all_terms else applied.backfilled
    if not names:
        return
    out.print(f"taking through the archive: {', '.join(names)}", markup=False)
    print_backfill(*run_backfill(store, Request(terms=names)))


class _Progress:
    """A bar with an estimate, and what to do when it is stopped; SIGTERM stops it as Ctrl-C does."""

    def __init__(self, quiet: bool) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("articles"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=err if quiet else out, transient=True)
        self._task = self._bar.add_task("backfill: looking up candidates", total=None)
        self._number: int | None = None
        self._before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def heard(self, pace: Pace) -> None:
        self._number = pace.number
        name = "dry run" if pace.number is None else f"backfill {pace.number}"
        self._bar.update(self._task, description=name, completed=pace.evaluated, total=pace.total)

    def __enter__(self) -> _Progress:
        signal.signal(signal.SIGTERM, _interrupt)
        if self._before[signal.SIGINT] is signal.SIG_IGN:  # in the background of a script: SIGTERM would stop nothing
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: object) -> None:
        self._bar.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._number is not None and error is not None:
            err.print(
                f"what backfill {self._number} has found is stored; `wirewatch backfill --resume {self._number}` "
                "goes on with it",
                markup=False,
            )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """An event loop may be running, which has a Ctrl-C of its own."""
    signal.raise_signal(signal.SIGINT)


@backfill_app.command("cancel")
def cancel(
    number: Annotated[int, typer.Argument(help="As `wirewatch backfills` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Stop a backfill, wherever it runs; what it has found stays stored, and nobody is told."""
    open_database(settings_for(config)).cancel_backfill(number, utc_now())
    out.print(f"backfill {number} is cancelled; `wirewatch backfill --resume {number}` would go on with it")


def backfills(
    limit: Annotated[int, typer.Option(help="At most so many, newest first; 0 for all.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List backfills: what they were asked, and how far they came."""
    found = open_database(settings_for(config)).backfills(limit or None)
    if as_json:
        print_json([backfill_form(each) for each in found])
        return
    if not found:
        out.print("no backfills")
        return
    rows = [(str(each.id), Text(asked(each)), each.state.value, came(each), Text(_fate(each))) for each in found]
    out.print(plain_table("Backfills", ["number", "what", "state", "how far", "what came of it"], rows))


def asked(stored: StoredBackfill) -> str:
    """A backfill's request as it would be typed."""
    request = request_from(stored.request)
    words = [word for name in request.terms for word in ("--term", shlex.quote(name))]
    words += [word for name in request.sources for word in ("--source", shlex.quote(name))]
    moments = {"--since": request.since, "--until": request.until}
    words += [word for option, moment in moments.items() if moment for word in (option, _moment(moment))]
    if request.material != ARCHIVE:
        words += ["--from", shlex.quote(request.material)]
    return " ".join([*words, "--notify", request.notify.value])


def came(stored: StoredBackfill) -> str:
    """How far a backfill came, in articles."""
    done = stored.counts.get("evaluated", 0)
    if stored.state is BackfillState.DONE or stored.total is None:
        return counted(done, "article")
    return f"{done:,} of {counted(stored.total, 'article')}"


def _fate(stored: StoredBackfill) -> str:
    if stored.error:
        return f"{stored.error}; --resume {stored.id} goes on"
    return f"{counted(stored.counts.get('hits', 0), 'hit')}, {stored.counts.get('suppressed', 0):,} suppressed"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
