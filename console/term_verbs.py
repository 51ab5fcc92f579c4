"""`terms`, and what people say of hits: muted, paused, seen, not relevant."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from alerts import AlertPolicy
from console.contract import moment
from console.options import (
    ConfigOption,
    JsonOption,
    MutedForOption,
    TermsOption,
    WhyOption,
    read_duration,
    settings_for,
)
from console.show import out, plain_table, print_json
from flows import judging
from flows.opening import open_database
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.telling import Judgement, Mute, MuteKind

WEEK = timedelta(days=7)

terms_app = typer.Typer(help="List the terms, or mute and pause them.", no_args_is_help=False)

NameArgument = Annotated[str, typer.Argument(help="A term's name.")]
ArticlesArgument = Annotated[list[str], typer.Argument(help="Ids as `hits` shows them.", metavar="ARTICLE...")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(terms_app, name="terms")


def register_hits(hits_app: typer.Typer) -> None:
    """Add the verbs to `hits`."""
    hits_app.command()(ack)
    hits_app.command()(irrelevant)
    hits_app.command()(unmark)


@terms_app.callback(invoke_without_command=True)
def terms(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the terms: who hears of them, their hits of the last week, and which are muted or paused."""
    if context.invoked_subcommand:
        return
    store, now = open_database(settings_for(config)), utc_now()
    configuration = store.configuration() or Configuration()
    figures, last = store.term_figures(now - WEEK), store.last_hits()
    mutes = {(mute.kind, mute.name): mute for mute in store.mutes(now)}
    told_to = AlertPolicy(configuration, now).may_hear_of()
    if as_json:
        print_json(
            [
                {
                    "name": term.name,
                    "query": term.query,
                    "group": term.group,
                    "severity": term.pace.severity.value,
                    "channels": told_to[term.name],
                    "hits_of_week": figures[term.name].hits if term.name in figures else 0,
                    "irrelevant_of_week": figures[term.name].irrelevant if term.name in figures else 0,
                    "last_hit_at": moment(last.get(term.name)),
                    "muted": (MuteKind.TERM, term.name) in mutes,
                    "paused": (MuteKind.PAUSE, term.name) in mutes,
                }
                for term in configuration.terms
            ]
        )
        return
    rows = []
    for term in configuration.terms:
        seen = figures.get(term.name)
        hits = (f"{seen.hits}" + (f", {seen.irrelevant} not relevant" if seen.irrelevant else "")) if seen else "0"
        latest = f"{last[term.name]:%Y-%m-%d %H:%M}" if term.name in last else "never"
        how = [_mute_text(mutes[kind, term.name]) for kind in MuteKind if (kind, term.name) in mutes]
        channels = ", ".join(told_to[term.name]) or "nobody"
        rows.append((Text(term.name), Text(channels), term.pace.severity.value, hits, latest, Text("; ".join(how))))
    columns = ["name", "told to", "severity", "hits of a week", "last hit (UTC)", "how it is"]
    out.print(plain_table("Terms", columns, rows))
    for mute in mutes.values():
        if mute.kind is MuteKind.STORY:
            out.print(f"story {mute.name[:12]}: {_mute_text(mute)}", markup=False)


@terms_app.command("mute")
def mute_term(
    name: NameArgument,
    lasting: MutedForOption = None,
    why: WhyOption = "",
    config: ConfigOption = None,
) -> None:
    """Store a term's hits, and tell nobody."""
    store = open_database(settings_for(config))
    out.print(judging.mute_term(store, name, utc_now(), read_duration(lasting), why), markup=False)


@terms_app.command("unmute")
def unmute_term(name: NameArgument, config: ConfigOption = None) -> None:
    """Tell of a term's hits again."""
    out.print(judging.unmute_term(open_database(settings_for(config)), name), markup=False)


@terms_app.command("pause")
def pause_term(name: NameArgument, config: ConfigOption = None) -> None:
    """Do not look for a term until it is resumed."""
    out.print(judging.pause_term(open_database(settings_for(config)), name, utc_now()), markup=False)


@terms_app.command("resume")
def resume_term(name: NameArgument, config: ConfigOption = None) -> None:
    """Look for a term again; says how to find what came meanwhile."""
    out.print(judging.resume_term(open_database(settings_for(config)), name, utc_now()), markup=False)


@terms_app.command("ack")
def ack_term(name: NameArgument, config: ConfigOption = None) -> None:
    """Mark all hits of a term so far as seen: no digest tells them any more."""
    store = open_database(settings_for(config))
    out.print(judging.judge(store, store.hit_names(term=name), Judgement.ACKNOWLEDGED, utc_now()), markup=False)


def ack(articles: ArticlesArgument, terms: TermsOption = None, config: ConfigOption = None) -> None:
    """Mark the hits in articles as seen: no digest tells them any more."""
    _judge(articles, terms, config, Judgement.ACKNOWLEDGED)


def irrelevant(articles: ArticlesArgument, terms: TermsOption = None, config: ConfigOption = None) -> None:
    """Mark the hits in articles as not relevant: they are told no more, and counted against their terms."""
    _judge(articles, terms, config, Judgement.IRRELEVANT)


def unmark(articles: ArticlesArgument, terms: TermsOption = None, config: ConfigOption = None) -> None:
    """Take back what was said of the hits in articles."""
    store = open_database(settings_for(config))
    out.print(judging.take_back(store, judging.hits_in(store, articles, terms or ())), markup=False)


def _judge(articles: list[str], terms: list[str] | None, config: ConfigOption, judgement: Judgement) -> None:
    store = open_database(settings_for(config))
    names = judging.hits_in(store, articles, terms or ())
    out.print(judging.judge(store, names, judgement, utc_now()), markup=False)


def _mute_text(mute: Mute) -> str:
    what = "paused" if mute.kind is MuteKind.PAUSE else "muted"
    until = f" until {mute.until:%Y-%m-%d %H:%M} UTC" if mute.until else ""
    return f"{what} since {mute.since:%Y-%m-%d}{until}" + (f" ({mute.why})" if mute.why else "")
