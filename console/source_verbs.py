"""`sources` and `extract`: where articles come from, and what is read out of them."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from console import source_lists, source_states
from console.contract import article_form
from console.options import ConfigOption, JsonOption, settings_for
from console.show import err, out, print_json, print_json_line
from flows.files import articles_of_file
from flows.opening import open_database
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, Zone

sources_app = typer.Typer(help="List the sources, or test an address before it is watched.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    source_states.register(sources_app)
    source_lists.register(sources_app)
    app.add_typer(sources_app, name="sources")
    app.command()(extract)


@sources_app.callback(invoke_without_command=True)
def sources(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the sources: how they are, what they usually publish, when they were and will be polled."""
    if context.invoked_subcommand:
        return
    source_states.list_sources(open_database(settings_for(config)), as_json=as_json)


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
    published = f"{article.published_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if article.published_at else "unknown"
    out.print(Text(article.title, style="bold"))
    out.print(Text(f"by {article.byline or 'unknown'} · published: {published} ({article.published_from.value})"))
    if article.note:
        out.print(Text(article.note, style="italic"))
    for block in article.blocks:
        style = "dim" if block.zone is Zone.FURNITURE else ""
        out.print(Text(f"{block.zone.value:>10}  {block.text}", style=style))
