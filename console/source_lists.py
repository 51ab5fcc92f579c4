"""`sources test`, `import` and `export`: from an address or a list to lines of wirewatch.yaml, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer
from rich.text import Text

import connectors
from console.options import ConfigOption, settings_for
from console.show import err, out
from flows.previewing import SourcePreview, preview_source
from wirewatch.access_settings import adaptive_between
from wirewatch.config import load_file
from wirewatch.errors import ConfigError, WirewatchError
from wirewatch.model import Item, Source, SourceKind
from wirewatch.schema import DefaultSettings
from wirewatch.settings import Settings
from wirewatch.source_checks import check_selector
from wirewatch.source_lines import duration_text, source_line, with_sources
from wirewatch.wording import counted

SHOWN_ITEMS = 10


def register(sources_app: typer.Typer) -> None:
    """Add the verbs to `sources`."""
    sources_app.command("test")(test_source)
    sources_app.command("import")(import_sources)
    sources_app.command("export")(export_sources)


def test_source(
    address: Annotated[
        str, typer.Argument(help="The address of a feed, sitemap, site or mailbox, or a folder's path.")
    ],
    select: Annotated[
        str | None, typer.Option(help="Watch a web page: the CSS selector of its links to articles.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Look at an address: what it is, its last items, whether their texts are found, and the lines that watch it."""
    if select is not None:
        try:
            check_selector(select)
        except ValueError as error:
            raise WirewatchError(str(error)) from None
    _print_preview(asyncio.run(preview_source(settings_for(config), address, select)))


def _print_preview(found: SourcePreview) -> None:
    seen = found.preview
    lines = [": ".join(filter(None, (seen.kind, seen.title))) + (f" · {seen.language}" if seen.language else "")]
    lines.append(f"  {seen.source.location}")
    lines += [f"  also named there: {each.url}" for each in seen.named if each.url != seen.source.location]
    lines += [f"  {problem}" for problem in seen.problems]
    count_of_items = f"{len(seen.items)} item{'s' * (len(seen.items) != 1)}"
    has_text = f", {seen.full_text} of them with their full text" if seen.source.kind is SourceKind.FEED else ""
    lines.append(f"  {count_of_items}{has_text}")
    for item in seen.items[:SHOWN_ITEMS]:
        when = f"{item.published_at:%Y-%m-%d %H:%M} UTC" if item.published_at else "no date"
        lines.append(f"  {when:>20}  {_shown(item)}")
    lines.append("" if found.bodies else "  nothing in it yet")
    for body in found.bodies:
        said = " · ".join(filter(None, (f"{counted(body.words, 'word')}" if body.words else "", body.problem)))
        lines.append(f"  text: {said}  ({_shown(body.item)})")
    lines.append(f"\nTo watch it, every {duration_text(found.source.every)} as it seems to publish:\n\nsources:")
    out.print(Text("\n".join(lines)))
    typer.echo(f"  {source_line(found.source)}")


def _shown(item: Item) -> str:
    return item.path or item.title or item.url


def import_sources(
    file: Annotated[Path, typer.Argument(help="An OPML file, as other readers export it.")],
    append: Annotated[
        bool, typer.Option("--append", help="Put the lines into the configuration, at the end of its `sources:`.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Turn a list of feeds (OPML) into lines of `sources:`; print them, or put them into the configuration.

    Feeds that the configuration has already are left out. Exit 1 where the file is no OPML or has no feed.
    """
    settings = settings_for(config)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise WirewatchError(f"{file}: cannot be read: {error.strerror}") from None
    present, defaults = _present(settings)
    unsaid = Source(
        "",
        SourceKind.FEED,
        "",
        every=defaults.every,
        pages=defaults.pages,
        first_poll=defaults.first_poll,
        adaptive=adaptive_between(defaults.adaptive, defaults.every),
        robots=defaults.robots,
    )
    read = connectors.read_opml(text, str(file), unsaid)
    if not read:
        raise WirewatchError(f"{file}: there is no feed in it (no outline with an xmlUrl)")
    new = _new(read, present)
    lines = [source_line(source, defaults) for source in new]
    if folders := connectors.opml_folders(text):
        _note(f"folders are not kept: {', '.join(folders)}")
    if len(new) < len(read):
        _note(f"{len(read) - len(new)} left out: {settings.config} has them already")
    if new and not append:
        typer.echo("\n".join(["sources:", *(f"  {line}" for line in lines)]))
    elif new:
        _append(settings.config, lines)
        added = (
            f"{counted(len(new), 'source')} added; `wirewatch apply` puts {'it' if len(new) == 1 else 'them'} in force"
        )
        out.print(f"{settings.config}: {added}", markup=False)
    _note(counted(len(new), "feed"))


def _present(settings: Settings) -> tuple[tuple[Source, ...], DefaultSettings]:
    if not settings.config.exists():
        return (), DefaultSettings()
    loaded = load_file(settings.config)
    written = loaded.yaml.values.get("defaults") if isinstance(loaded.yaml.values, dict) else None
    try:
        return loaded.configuration.sources, DefaultSettings.model_validate(written or {})
    except ValueError:  # an error of the file that `check` tells of
        return loaded.configuration.sources, DefaultSettings()


def _new(read: Sequence[Source], present: Sequence[Source]) -> list[Source]:
    """Those whose address is not there yet, under names that are free."""
    places, names = {source.location for source in present}, {source.name for source in present}
    new = []
    for source in read:
        if source.location in places:
            continue
        others = (f"{source.name} {number}" for number in count(2))
        free = next(name for name in chain([source.name], others) if name not in names)
        names.add(free)
        new.append(replace(source, name=free))
    return new


def _append(config: Path, lines: Sequence[str]) -> None:
    """Put lines into the file; ConfigError, and an untouched file, where that would not work."""
    before = config.read_text("utf-8") if config.exists() else ""
    try:
        after = with_sources(before, lines)
    except ValueError as error:
        raise ConfigError([f"{config}: {error}; without --append they are printed"]) from None
    with NamedTemporaryFile("w", encoding="utf-8", dir=config.parent, prefix=f".{config.name}.", delete=False) as file:
        file.write(after)
    new = Path(file.name)
    try:
        problems = {str(problem.message) for problem in load_file(new).problems}
        known = {str(problem.message) for problem in load_file(config).problems} if config.exists() else set()
        if wrong := problems - known:
            raise ConfigError(
                [f"{config}: not changed, since it would then be wrong: {text}" for text in sorted(wrong)]
            )
        if config.exists():
            new.chmod(config.stat().st_mode & 0o7777)
        new.replace(config)
    finally:
        new.unlink(missing_ok=True)


def export_sources(config: ConfigOption = None) -> None:
    """Print the feeds of the configuration as OPML, for other readers; `sources import` reads them back equal."""
    sources = load_file(settings_for(config).config).configuration.sources
    typer.echo(connectors.write_opml(sources).decode(), nl=False)
    others = [source.name for source in sources if source.kind is not SourceKind.FEED]
    if others:
        _note(f"left out, since OPML lists feeds only: {', '.join(others)}")
    if private := [source.name for source in sources if source.kind is SourceKind.FEED and source.access]:
        _note(f"logins, headers, cookies and proxies stay in the configuration, of: {', '.join(private)}")


def _note(text: str) -> None:
    err.print(text, markup=False, soft_wrap=True)
