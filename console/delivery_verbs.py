"""`deliveries` and `test-alert`: what was told to whom, and whether a channel works."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from console.contract import attempt_form, delivery_form
from console.options import ConfigOption, JsonOption, settings_for
from console.show import out, plain_table, print_json, print_standing
from flows import applying
from flows.opening import open_database
from flows.outbox import send_test
from storage import Breaker
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError
from wirewatch.model import Delivery, DeliveryState
from wirewatch.wording import counted

deliveries_app = typer.Typer(
    help="List what was sent, show what became of it, or send again what was given up.", no_args_is_help=False
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(deliveries_app, name="deliveries")
    app.command("test-alert")(test_alert)


@deliveries_app.callback(invoke_without_command=True)
def deliveries(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List messages and their fate: when, which attempt, what the server said."""
    if context.invoked_subcommand:
        return
    store = open_database(settings_for(config))
    found = store.deliveries(
        states=[state] if state else None, channels=[channel] if channel else None, limit=limit or None
    )
    if as_json:
        print_json([delivery_form(delivery) for delivery in found])
        return
    rows = [
        (
            delivery.key.hex()[:12],
            Text(delivery.channel),
            Text(_terms(delivery)),
            delivery.state.value + (" (possible repeat)" if delivery.maybe_repeat else ""),
            str(delivery.attempts),
            Text(_fate(delivery)),
        )
        for delivery in found
    ]
    out.print(plain_table("Deliveries", ["id", "channel", "terms", "state", "attempts", "what happened"], rows))
    for breaker in store.breakers():
        out.print(Text(_trouble(breaker), style="yellow"), soft_wrap=True)
    print_standing(store)


@deliveries_app.command("show")
def show(
    delivery: Annotated[str, typer.Argument(help="An id as `deliveries` shows it, or its beginning.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a message and every attempt to send it: when, what became of it, what the server said."""
    store = open_database(settings_for(config))
    found = store.delivery(delivery)
    attempts = store.delivery_attempts(found.key)
    if as_json:
        print_json({**delivery_form(found), "every_attempt": [attempt_form(each) for each in attempts]})
        return
    state = found.state.value + (" (possible repeat)" if found.maybe_repeat else "")
    out.print(Text(f"{found.key.hex()[:12]}: {found.kind.value} to {found.channel}, {state}", style="bold"))
    out.print(Text(f"  made {_second(found.created_at)}, tells of {_terms(found)}"), soft_wrap=True)
    for key in dict.fromkeys(key for key, _term in found.hits):
        out.print(f"  article {key.hex()[:12]}", markup=False, highlight=False)
    if found.state is DeliveryState.PENDING and found.next_at:
        out.print(f"  next try not before {_second(found.next_at)}", markup=False, highlight=False)
    rows = [
        (
            str(each.attempt),
            _second(each.claimed_at),
            _second(each.finished_at) if each.finished_at else "",
            each.outcome.value,
            Text(each.detail or ""),
        )
        for each in attempts
    ]
    columns = ["attempt", "began", "ended", "outcome", "what the server said"]
    out.print(plain_table("Attempts", columns, rows) if rows else "  not tried as yet")


@deliveries_app.command("retry")
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, or their beginnings [default: all given up].")] = None,
    config: ConfigOption = None,
) -> None:
    """Send dead letters again, with the next delivery run."""
    store = open_database(settings_for(config))
    dead = store.deliveries(states=[DeliveryState.DEAD])
    keys = [delivery.key for delivery in dead if not ids or any(delivery.key.hex().startswith(each) for each in ids)]
    if ids and not keys:
        raise WirewatchError(f"no delivery that was given up begins with {', '.join(ids)}")
    number = store.retry_deliveries(keys, now=utc_now())
    out.print(f"{counted(number, 'delivery', 'deliveries')} will be tried again")
    for channel in {delivery.channel for delivery in dead if delivery.key in keys}:
        store.note_success(channel)  # who asks for it has mended the channel


def test_alert(channel: Annotated[str, typer.Argument(help="A channel's name.")], config: ConfigOption = None) -> None:
    """Send a test message to a channel and show what the server said."""
    configuration = applying.check_file(settings_for(config).config).configuration
    channels = {each.name: each for each in configuration.channels}
    if channel not in channels:
        known = ", ".join(channels) or "none"
        raise WirewatchError(f"unknown channel “{channel}”; known: {known}")
    answer = send_test(channels[channel], os.environ, utc_now())
    out.print(f"channel {channel}: {answer}", markup=False)


def _trouble(breaker: Breaker) -> str:
    """A channel's failures in a row, and whether it is paused for them."""
    times = "once" if breaker.failures == 1 else f"{breaker.failures} times in a row"
    said = f"channel {breaker.channel} has failed {times} since {breaker.failing_since:%Y-%m-%d %H:%M:%S} UTC"
    if breaker.open_until:
        said += f"; paused, one message is tried at {breaker.open_until:%H:%M:%S} UTC"
    return f"{said}: {breaker.last_error}"


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _terms(delivery: Delivery) -> str:
    if delivery.subject:
        return f"notice: {delivery.subject}"
    names = list(dict.fromkeys(term for _key, term in delivery.hits))
    return ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")


def _fate(delivery: Delivery) -> str:
    if delivery.state is DeliveryState.SENT and delivery.sent_at:
        return f"{_second(delivery.sent_at)}: {delivery.response}"
    when = f"next try {_second(delivery.next_at)}" if delivery.next_at else ""
    return "; ".join(part for part in (delivery.last_error, when) if part)
