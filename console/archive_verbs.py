"""`hits`, `search`, `match` and `explain`: what was found, and why."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import watchlist
from console.contract import found_form, hit_form
from console.options import ConfigOption, JsonOption, SinceOption, SourcesOption, TermsOption, UntilOption, settings_for
from console.show import err, marked, out, print_hits, print_json
from console.term_verbs import register_hits
from flows import judging
from flows.archive import check_names, search_archive
from flows.files import article_of_file, articles_of_file
from flows.opening import open_database
from flows.places_in_stories import story_lines
from flows.request import read_moment
from wirewatch.clock import utc_now
from wirewatch.config import Configuration, load_file
from wirewatch.errors import ExtractionError, QueryError, WirewatchError
from wirewatch.model import Article, Concept, Term, Visibility
from wirewatch.settings import Settings

hits_app = typer.Typer(help="List stored hits, or mark them as seen or not relevant.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(hits_app, name="hits")
    register_hits(hits_app)
    app.command()(search)
    app.command()(match)
    app.command()(explain)


@hits_app.callback(invoke_without_command=True)
def hits(
    context: typer.Context,
    terms: TermsOption = None,
    sources: SourcesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    suppressed: Annotated[
        bool | None,
        typer.Option("--suppressed/--live", help="Only suppressed hits, or only live ones [default: both]."),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List stored hits, newest first."""
    if context.invoked_subcommand:
        return
    store = open_database(settings_for(config))
    check_names(store, terms=terms or (), sources=sources or ())
    wanted = None if suppressed is None else Visibility.SUPPRESSED if suppressed else Visibility.LIVE
    found = store.hits(
        terms=terms or None,
        sources=sources or None,
        since=read_moment(since),
        until=read_moment(until, end=True),
        visibility=wanted,
        limit=limit or None,
    )
    if as_json:
        print_json([hit_form(each) for each in found])
    elif found:
        print_hits(found, f"Hits ({len(found)})")
    else:
        out.print("no hits")


def search(
    query: Annotated[str, typer.Argument(help="In the language of the watchlist.")],
    sources: SourcesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the archive; nothing is stored."""
    store = open_database(settings_for(config))
    check_names(store, sources=sources or ())
    found = search_archive(
        store,
        query,
        utc_now(),
        since=read_moment(since),
        until=read_moment(until, end=True),
        sources=sources,
        limit=limit or None,
    )
    if as_json:
        print_json([hit_form(each) for each in found])
    elif found:
        print_hits(found, f"Found ({len(found)})")
    else:
        out.print("nothing found")


def match(
    query: Annotated[str, typer.Argument(help="In the language of the watchlist.")],
    files: Annotated[list[Path], typer.Argument(help="Documents or archives of any kind that folders are read for.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a query on files; `@concepts` come from the applied configuration or the file, where there is one."""
    compiled = watchlist.Watchlist.compile([Term(name=query, query=query)], _concepts(settings_for(config)))
    forms, failed = [], False
    for place, article in chain.from_iterable(map(articles_of_file, files)):
        if isinstance(article, ExtractionError):
            err.print(f"{place}: {article}", markup=False)
            failed = True
            continue
        found = next(iter(compiled.match(article)), None)
        forms.append(found_form(place, found))
        if not as_json:
            _print_found(place, article, found)
    if as_json:
        print_json(forms)
    if failed:
        raise typer.Exit(1)


def explain(
    article: Annotated[
        str, typer.Argument(help="An article's id as `hits` shows it (its beginning will do), or a file.")
    ],
    term: Annotated[str, typer.Argument(help="A term's name, or a query.")],
    config: ConfigOption = None,
) -> None:
    """Say why a term does or does not hit an article."""
    settings = settings_for(config)
    configuration = _applied(settings)
    known = {each.name: each for each in configuration.terms} if configuration else {}
    try:
        wanted = known.get(term) or Term(name=term, query=term)
        concepts = configuration.concepts if configuration else ()
        shown = _article(settings, article)
        explanation = watchlist.explain(wanted, concepts, shown)
    except QueryError as error:
        names = ", ".join(known) or "none"
        raise WirewatchError(f"“{term}” is neither a term (known: {names}) nor a query: {error}") from None
    out.print(str(explanation), markup=False)
    if configuration and term in known:
        store = open_database(settings)
        for line in (*story_lines(store, shown, term), *judging.fate_lines(store, shown, term)):
            out.print(line, markup=False, soft_wrap=True)


def _article(settings: Settings, name: str) -> Article:
    if Path(name).is_file():
        return article_of_file(Path(name))
    found = open_database(settings).article_by_prefix(name)
    if found is None:
        raise WirewatchError(f"no article {name}; `wirewatch hits` and `wirewatch search` show articles' ids")
    return found


def _applied(settings: Settings) -> Configuration | None:
    return open_database(settings).configuration() if settings.database_exists() else None


def _concepts(settings: Settings) -> tuple[Concept, ...]:
    configuration = _applied(settings)
    if configuration is None and settings.config.exists():
        configuration = load_file(settings.config).configuration
    return configuration.concepts if configuration else ()


def _print_found(place: str, article: Article, found: watchlist.Found | None) -> None:
    out.print(Text(f"{place}: {article.title}", style="bold"))
    if found is None:
        out.print("  no match")
        return
    if found.visibility is Visibility.SUPPRESSED:
        out.print("  only in furniture: would be suppressed", style="dim")
    for mention in found.matches:
        out.print(Text(f"  {mention.zone.value}: ").append_text(marked(mention)))
        out.print(Text(f"    {mention.reason}", style="dim"))
