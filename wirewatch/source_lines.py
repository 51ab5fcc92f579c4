"""Sources as lines of `wirewatch.yaml`, and putting such lines into a file that people keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import yaml

from wirewatch.access_settings import adaptive_between
from wirewatch.cadence import Adaptive
from wirewatch.model import AfterReading, Archiving, Source, SourceKind
from wirewatch.schema import DefaultSettings

UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))
DEFAULTS = DefaultSettings()


def duration_text(duration: timedelta) -> str:
    """`15m` for 15 minutes: the shortest that says the same."""
    for name, unit in UNITS:
        if duration >= unit and not duration % unit:
            return f"{duration // unit}{name}"
    return f"{duration.total_seconds():g}s"


def source_line(source: Source, defaults: DefaultSettings = DEFAULTS) -> str:
    """The source as one line of `sources:`, with what differs from the defaults."""
    said = yaml.safe_dump(
        dict(_said(source, defaults)), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return f"- {said.strip()}"


def _said(source: Source, defaults: DefaultSettings) -> Iterator[tuple[str, Any]]:
    yield "name", source.name
    if source.kind is SourceKind.OTHER:
        yield "kind", source.connector
        yield "options", dict(source.options)
    else:
        yield source.kind.value, source.location
    if source.select:
        yield "select", source.select
    if source.every != defaults.every:
        yield "every", duration_text(source.every)
    for key, value, default in (
        ("pages", source.pages, defaults.pages),
        ("first_poll", source.first_poll, defaults.first_poll),
        ("after", source.after, AfterReading.LEAVE),
    ):
        if value is not default:
            yield key, value.value
    if source.language and source.language != defaults.language:
        yield "language", source.language
    if source.adaptive != adaptive_between(defaults.adaptive, source.every):
        yield "adaptive", _adaptive(source.adaptive)
    if source.robots is not defaults.robots:
        yield "robots", source.robots
    if source.archive is not Archiving.ALL:
        yield "archive", source.archive.value
    if source.keep_raw:
        yield "keep_raw", True


def _adaptive(adaptive: Adaptive | None) -> Any:
    if adaptive is None:
        return False
    return {"least": duration_text(adaptive.least), "most": duration_text(adaptive.most)}


def with_sources(text: str, lines: Sequence[str]) -> str:
    """The text of a `wirewatch.yaml` with these lines at the end of its `sources:`; nothing else of it is touched.

    ValueError where its sources are not written one below the other.
    """
    if text and not text.endswith("\n"):
        text += "\n"
    sources = _sources_of(yaml.compose(text, Loader=yaml.SafeLoader))
    if sources is None:
        return text + "".join(f"{line}\n" for line in ["", "sources:", *_indented(lines, 2)][not text :])
    if not isinstance(sources, yaml.SequenceNode) or sources.flow_style or not sources.value:
        raise ValueError("`sources:` is not a list with a line for each; put the lines in by hand")
    end = max(mark.line for mark in _ends(sources))
    kept = text.splitlines(keepends=True)
    return "".join(
        [*kept[: end + 1], *(f"{line}\n" for line in _indented(lines, sources.start_mark.column)), *kept[end + 1 :]]
    )


def _sources_of(root: yaml.Node | None) -> yaml.Node | None:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == "sources"), None)


def _ends(node: yaml.Node) -> Iterator[yaml.Mark]:
    """Where the texts in a node end: the end of a block is where the next one begins."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        yield node.end_mark
        return
    for each in node.value:
        for inner in each if isinstance(each, tuple) else (each,):
            yield from _ends(inner)


def _indented(lines: Iterable[str], columns: int) -> list[str]:
    return [" " * columns + line for line in lines]
