"""`sources` and `extract`: where articles come from, and what is read out of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from console.contract import article_form, source_form
from console.options import ConfigOption, JsonOption, settings_for
from console.show import err, out, plain_table, print_json, print_json_line, print_standing
from flows.files import articles_of_file
from flows.opening import open_database
from flows.previewing import preview_source
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, Zone

sources_app = typer.Typer(help="List the sources, or test an address before it is watched.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(sources_app, name="sources")
    app.command()(extract)


@sources_app.callback(invoke_without_command=True)
def sources(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the sources and how their last polls went."""
    if context.invoked_subcommand:
        return
    store = open_database(settings_for(config))
    states = store.sources()
    if as_json:
        print_json([source_form(state) for state in states])
        return
    rows = []
    for state in states:
        polled = f"{state.last_polled_at:%Y-%m-%d %H:%M}" if state.last_polled_at else "never"
        fate = state.last_error or ("ok" if state.last_polled_at else "not polled yet")
        name = state.source.name + ("" if state.active else " (removed)")
        rows.append((Text(name), Text(state.source.location), str(state.articles), polled, Text(fate)))
    out.print(plain_table("Sources", ["name", "location", "articles", "last poll (UTC)", "result"], rows))
    print_standing(store)


@sources_app.command("test")
def test_source(
    address: Annotated[str, typer.Argument(help="A feed's address, or a site's that names its feeds.")],
    config: ConfigOption = None,
) -> None:
    """Fetch an address and say what it is: feed or site, last items, whether they carry the full text."""
    settings = settings_for(config)
    preview = asyncio.run(preview_source(settings, address))
    out.print(str(preview), markup=False)


def extract(
    file: Annotated[Path, typer.Argument(help="A document or an archive of any kind that folders are read for.")],
    as_json: JsonOption = False,
) -> None:
    """Show what is read out of a file: title, byline, date, and its text by zones; of an archive, article by article.

    With --json, an article is an object; those of an archive are one a line.
    """
    failed = False
    for place, article in articles_of_file(file):
        if isinstance(article, ExtractionError):
            err.print(f"{place}: {article}", markup=False)
            failed = True
        elif as_json and place == str(file):
            print_json(article_form(article))
        elif as_json:
            print_json_line(article_form(article))
        else:
            _print_article(article, place if place != str(file) else None)
    if failed:
        raise typer.Exit(1)


def _print_article(article: Article, place: str | None) -> None:
    if place:
        out.print(Text(f"\n{place}", style="dim"))
    published = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else "unknown"
    out.print(Text(article.title, style="bold"))
    out.print(Text(f"by {article.byline or 'unknown'} · published: {published} ({article.published_from.value})"))
    if article.note:
        out.print(Text(article.note, style="italic"))
    for block in article.blocks:
        style = "dim" if block.zone is Zone.FURNITURE else ""
        out.print(Text(f"{block.zone.value:>10}  {block.text}", style=style))
