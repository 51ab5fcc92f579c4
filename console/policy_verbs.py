"""`notices`: what the operator should know of the watch itself; `pages`: where readers answer alerts."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.text import Text

import alerts
from console.contract import notice_form
from console.options import ConfigOption, JsonOption, settings_for
from console.show import out, print_json
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(notices)
    app.command()(pages)


def notices(
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, newest first; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the troubles of the watch itself: silent sources, channels that fail, a schedule that stopped."""
    found = open_database(settings_for(config)).notices(standing=not every, limit=limit or None)
    if as_json:
        print_json([notice_form(notice) for notice in found])
        return
    for notice in found:
        until = f" to {notice.cleared_at:%d %b %H:%M} UTC, over" if notice.cleared_at else ""
        out.print(Text(f"{notice.subject}", style="dim" if notice.cleared_at else "bold yellow"), soft_wrap=True)
        heard = f"told {', '.join(notice.channels)}" if notice.channels else "no channel hears of it (see `notices:`)"
        out.print(Text(f"  {notice.raised_at:%d %b %H:%M} UTC{until} · {heard} · {notice.key}", style="dim"))
        for line in notice.text.splitlines():
            out.print(Text(f"  {line}"), soft_wrap=True)
    if not found:
        out.print("no notice stands")


def pages(
    host: Annotated[str, typer.Option(help="Where the pages are served.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 4280,
    config: ConfigOption = None,
) -> None:
    """Serve the pages that links in alerts lead to; `up` does so by itself. Ctrl-C stops it."""
    store = open_database(settings_for(config))
    public_url = (store.configuration() or Configuration()).policy.public_url
    links = alerts.answer_links(public_url, os.environ)
    if links is None:
        raise WirewatchError(f"there is nothing to serve: {alerts.why_no_links(public_url, os.environ)}")

    from console import pages as server

    out.print(f"serving {public_url} at http://{host}:{port}  (Ctrl-C stops it)", markup=False)
    server.serve(store, links, utc_now, host, port)
