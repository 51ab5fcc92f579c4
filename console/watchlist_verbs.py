"""`preview`, `diff`, `names`, `near-misses` and `import`: terms before they go live, and what they nearly hit."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.text import Text

from console.contract import family_form, hit_form, near_miss_form
from console.options import ConfigOption, JsonOption, SinceOption, TermsOption, settings_for
from console.show import err, marked, out, plain_table, print_hits, print_json
from flows import applying, archive, trying
from flows.comparing import compare
from flows.opening import open_database
from flows.request import read_moment
from watchlist.families import family
from watchlist.importing import Import, import_terms
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError
from wirewatch.model import Term
from wirewatch.wording import counted

SHOWN_CHANGES = 20
WEEK = timedelta(days=7)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(preview)
    app.command()(diff)
    app.command()(names)
    app.command("near-misses")(near_misses)
    app.command("import")(import_list)


def preview(
    query: Annotated[str, typer.Argument(help="A query, or the name of a term in the configuration.")],
    limit: Annotated[int, typer.Option(help="Show at most so many.")] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a query would find: counted over the archive, the newest shown, and how many a day to expect."""
    settings = settings_for(config)
    store = open_database(settings)
    configuration = applying.check_file(settings.config).configuration if settings.config.exists() else None
    configuration = configuration or store.configuration() or Configuration()
    named = {term.name: term for term in configuration.terms}
    term = named.get(query, Term(name=query, query=query))
    seen = trying.preview(store, term, configuration.concepts, utc_now(), limit=limit)
    if as_json:
        found = [hit_form(each) for each in seen.found]
        print_json({"live": seen.live, "suppressed": seen.suppressed, "a_day": seen.a_day, "found": found})
        return
    if seen.found:
        print_hits(seen.found, f"Newest {len(seen.found)} of {seen.live + seen.suppressed}")
    expected = "too young an archive to say how many a day" if seen.a_day is None else f"about {seen.a_day:.1f} a day"
    out.print(Text(f"{counted(seen.live, 'live hit')}, {seen.suppressed} suppressed; {expected}", style="bold"))


def diff(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What applying the configuration would change: items, and the articles that new and edited terms gain and lose."""
    settings = settings_for(config)
    store = open_database(settings)
    before = store.configuration() or Configuration()
    after = applying.proposed(store.configuration(), applying.check_file(settings.config))
    changes = compare(before, after)
    found = trying.differences(store, before, after, utc_now())
    if as_json:
        print_json(
            {
                "changes": [{"sign": each.sign, "what": each.what, "detail": each.detail} for each in changes],
                "terms": [
                    {
                        "term": each.term,
                        "gained": [hit_form(hit) for hit in each.gained],
                        "lost": [hit_form(hit) for hit in each.lost],
                    }
                    for each in found
                ],
            }
        )
        return
    for change in changes:
        out.print(str(change), markup=False, soft_wrap=True)
    for each in found:
        out.print(
            Text(f"\n{each.term}: gains {counted(len(each.gained), 'article')}, loses {len(each.lost)}", style="bold")
        )
        for hits, what in ((each.gained, "gained"), (each.lost, "lost")):
            if hits:
                shown = hits[:SHOWN_CHANGES]
                print_hits(
                    shown, f"{what} ({len(hits)})" if len(shown) == len(hits) else f"{what} (first {len(shown)})"
                )
    if not changes:
        out.print("the configuration is in force as it is")


def names(
    name: Annotated[str, typer.Argument(help="A name, with or without ~.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """How `~` reads a name, and the spellings of it that the archive holds, with a passage of each."""
    read = family(name)
    settings = settings_for(config)
    store = open_database(settings) if settings.database_exists() else None
    spellings = trying.spellings(store, read.query, utc_now()) if store else []
    if as_json:
        print_json(family_form(read, spellings))
        return
    for word in read.words:
        said = (
            "passed over: spellings add it and leave it out"
            if word.particle
            else f"sounds like {' or '.join(word.sounds)}"
        )
        out.print(Text(f"{word.word}: {said}"))
    if read.article_needed:
        out.print("found only with its article: without it, too many other words look like it")
    rows = [(Text(each.spelling), str(each.articles), marked(each.example)) for each in spellings]
    if rows:
        out.print(plain_table(f"{read.query} in the archive", ["spelling", "articles", "for example"], rows))
        out.print("a spelling that is not the name: add it to the term's `exclude:`")
    else:
        out.print(f"the archive holds no {read.query} yet")


def near_misses(
    terms: TermsOption = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(help="Show at most so many; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Articles of the last week that a term nearly hit, and what stood in the way."""
    store = open_database(settings_for(config))
    configuration = store.configuration() or Configuration()
    wanted = archive.chosen(configuration.terms, terms or (), "term")
    begin = read_moment(since) or utc_now() - WEEK
    found = list(islice(trying.near_misses(store, wanted, configuration.concepts, begin), limit or None))
    if as_json:
        print_json([near_miss_form(article, miss) for article, miss in found])
        return
    rows = [
        (Text(miss.term.name), Text(f"{article.title}\n{article.key.hex()[:12]}"), Text(miss.explanation.short))
        for article, miss in found
    ]
    out.print(plain_table(f"Near misses since {begin:%Y-%m-%d} ({len(rows)})", ["term", "article", "why not"], rows))


def import_list(
    file: Annotated[Path, typer.Argument(help="A keyword list (one a line), or a CSV with a heading: name, query.")],
    as_json: JsonOption = False,
) -> None:
    """Turn a keyword list, or booleans of another tool, into `terms:`; say what was changed and what was refused."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WirewatchError(f"{file}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise WirewatchError(f"{file}: cannot be read: {error.strerror}") from None
    result = import_terms(text)
    if as_json:
        terms = [
            {"line": term.line, "name": term.name, "query": term.query, "notes": list(term.notes)}
            for term in result.terms
        ]
        print_json({"terms": terms, "refused": [{"line": line, "why": why} for line, why in result.refused]})
    else:
        _print_import(file, result)
    if result.refused:
        raise typer.Exit(1)


def _print_import(file: Path, result: Import) -> None:
    terms = [
        term.name if term.name == term.query else {"name": term.name, "query": term.query} for term in result.terms
    ]
    typer.echo(yaml.safe_dump({"terms": terms}, allow_unicode=True, sort_keys=False, width=1000), nl=False)
    for term in result.terms:
        for note in term.notes:
            err.print(f"{file}:{term.line}: {note}", markup=False, soft_wrap=True)
    for line, why in result.refused:
        err.print(f"{file}:{line}: not imported: {why}", markup=False, soft_wrap=True)
    changed = sum(bool(term.notes) for term in result.terms)
    err.print(f"{counted(len(result.terms), 'term')}, {changed} of them changed, {len(result.refused)} refused")
