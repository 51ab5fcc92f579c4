"""How the sources are: the listing, and pausing and resuming them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from console.contract import source_form
from console.options import ConfigOption, read_duration, settings_for
from console.show import out, plain_table, print_json, print_standing
from flows.opening import open_database
from flows.source_notices import tell_of_sources
from storage import Health, SourceHealth, SourceState, Store, health_of
from wirewatch.cadence import rate_in_words
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError
from wirewatch.wording import unknown_name

_STYLES = {
    Health.OK: "",
    Health.FAILING: "yellow",
    Health.QUIET: "yellow",
    Health.PAUSED: "dim",
    Health.GONE: "red",
}

NamesArgument = Annotated[list[str], typer.Argument(help="Names of sources.", metavar="NAME...")]


def register(sources_app: typer.Typer) -> None:
    """Add the verbs to `sources`."""
    sources_app.command()(pause)
    sources_app.command()(resume)


def list_sources(store: Store, *, as_json: bool) -> None:
    """Print all sources and how they are."""
    now = utc_now()
    states = [(state, health_of(state, now)) for state in store.sources()]
    if as_json:
        print_json([source_form(state, health) for state, health in states])
        return
    rows = [
        (_name(state), str(state.articles), _time(state.last_polled_at), _how(state, health))
        for state, health in states
    ]
    out.print(plain_table("Sources", ["source", "articles", "last poll (UTC)", "how it is"], rows))
    print_standing(store)


def pause(
    names: NamesArgument,
    during: Annotated[str | None, typer.Option("--for", help="How long: 30m, 2d; else until it is resumed.")] = None,
    config: ConfigOption = None,
) -> None:
    """Leave sources unpolled, for a time or until they are resumed. What they have published then comes later."""
    time = read_duration(during)
    store = open_database(settings_for(config))
    _check_names(store, names)
    now = utc_now()
    store.pause(names, now, during=time)
    tell_of_sources(store, now, names)
    until = f"until {now + time:%Y-%m-%d %H:%M} UTC" if time else "until `wirewatch sources resume`"
    for name in names:
        out.print(Text(f"{name} is paused {until}"))


def resume(names: NamesArgument, config: ConfigOption = None) -> None:
    """Poll sources again that were paused, by hand or by a site's 410, beginning with the next poll."""
    store = open_database(settings_for(config))
    _check_names(store, names)
    now = utc_now()
    store.resume(names, now)
    tell_of_sources(store, now, names)
    for name in names:
        out.print(Text(f"{name} is polled again, from the next poll on"))


def _check_names(store: Store, names: Sequence[str]) -> None:
    there = [state.source.name for state in store.sources()]
    for name in names:
        if name not in there:
            raise WirewatchError(unknown_name("source", name, there))


def _name(state: SourceState) -> Text:
    name = Text(state.source.name + ("" if state.active else " (removed)"))
    return name.append(f"\n{state.source.location}", style="dim")


def _how(state: SourceState, health: SourceHealth) -> Text:
    """What there is to say of a source, then when it is polled and what it usually has."""
    text = Text(health.says, style=_STYLES[health.health])
    if state.moved is not None and state.moved.is_learnt:
        text.append(f"\nhas moved for good: write {state.moved.url} in wirewatch.yaml")
    facts = [f"next {_time(health.next_due)}"] if health.next_due and state.active else []
    if health.a_day is not None:
        facts.insert(0, f"usually {rate_in_words(health.a_day)}")
    return text.append("\n" + ", ".join(facts), style="dim") if facts else text


def _time(moment: datetime | None) -> str:
    return f"{moment:%d %b %H:%M}" if moment else "never"
