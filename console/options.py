"""Options that many verbs share."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from wirewatch.settings import Settings
from wirewatch.shapes import parse_duration

ConfigOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration file [default: $WIREWATCH_CONFIG or ./wirewatch.yaml]"),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
TermsOption: TypeAlias = Annotated[list[str] | None, typer.Option("--term", "-t", help="Only this term (repeatable).")]
SourcesOption: TypeAlias = Annotated[
    list[str] | None, typer.Option("--source", "-s", help="Only this source (repeatable).")
]
SinceOption: TypeAlias = Annotated[str | None, typer.Option(help="From this day or moment, e.g. 2026-11-01.")]
UntilOption: TypeAlias = Annotated[str | None, typer.Option(help="Up to and with this day, or before this moment.")]
MutedForOption: TypeAlias = Annotated[
    str | None, typer.Option("--for", help="How long, e.g. 2d [default: until unmuted].")
]
WhyOption: TypeAlias = Annotated[str, typer.Option(help="Why, for those who ask `explain`.")]


def read_duration(text: str | None) -> timedelta | None:
    """Read what `--for` was given, such as `2d`; wrong usage where it is no time."""
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None


def settings_for(config: Path | None) -> Settings:
    """Settings from the environment; a named configuration must be readable by the flows too."""
    return Settings.from_environment(config)
