"""The configuration file on its way into the database: checked and applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import alerts
import connectors
import watchlist
from flows.comparing import Change, Named, compare
from flows.source_notices import tell_of_sources
from storage import Store
from wirewatch.config import Configuration, LoadedFile, Problem, load_file
from wirewatch.definitions import definitions
from wirewatch.errors import QueryError
from wirewatch.model import Concept, SourceKind, Term

Hints: TypeAlias = Callable[[Configuration], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file whose usable part is `configuration`; `errors` were left out of it, `warnings` were not."""

    path: Path
    configuration: Configuration
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    """(section, name) of what cannot be used; a term whose `must_hit` fails is in error and yet watched."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply_checked` did: the configuration in force, and how it differs from the one before."""

    configuration: Configuration
    changes: tuple[Change, ...]
    file: CheckedFile
    requeried: tuple[str, ...] = ()
    """Terms added, or changed in what they match, where there is an archive to take them through."""
    kept: tuple[str, ...] = ()
    """Items with an error that stay in force as they were applied before."""

    @property
    def backfilled(self) -> tuple[str, ...]:
        """Those of `requeried` that are to be taken through the archive without being asked."""
        wanted = {term.name for term in self.configuration.terms if term.backfill_on_add}
        return tuple(name for name in self.requeried if name in wanted)


def check_file(path: Path, hints: Hints | None = None) -> CheckedFile:
    """Read and check a file with everything that is known about queries and channels; ConfigError if unreadable.

    `hints` gives warnings as (term, hint) that more is needed for than the file, such as the archive.
    """
    loaded = load_file(path)
    usable, wrong_sources = _with_places(loaded)
    wrong_channels = _channel_errors(loaded)
    errors = [*loaded.problems, *wrong_channels, *_template_errors(loaded), *wrong_sources]
    findings = [_located(finding, loaded) for finding in watchlist.check(usable.terms, usable.concepts)]
    errors += [problem for severity, problem in findings if severity == "error"]
    broken = {problem.item for problem in (*wrong_channels, *wrong_sources)} | _broken_queries(usable)
    broken |= {problem.item for severity, problem in findings if severity == "error" and problem.item[0] == "concepts"}
    return CheckedFile(
        path,
        _without(usable, broken),
        tuple(sorted(errors, key=lambda problem: problem.place.line)),
        (
            *(problem for severity, problem in findings if severity != "error"),
            *_hinted(loaded, hints),
            *_doubted(loaded),
        ),
        left_out=tuple(dict.fromkeys([*(problem.item for problem in loaded.problems), *sorted(broken)])),
    )


def apply_checked(store: Store, checked: CheckedFile, now: datetime) -> Applied:
    """Apply the usable part of a file; an item that is in error stays as it was applied before."""
    before = store.configuration()
    wanted, kept = _keeping(checked, before)
    after = store.apply(wanted, definitions(wanted), now)
    if before is not None and before.sources != after.sources:
        tell_of_sources(store, now)  # a source that was taken out, or has another address, is no trouble any more
    renamed = dict(after.renames)
    old_versions = {renamed.get(term.name, term.name): term.version for term in before.terms} if before else {}
    requeried = [term.name for term in after.terms if before and old_versions.get(term.name) != term.version]
    return Applied(after, tuple(compare(before, after)), checked, tuple(requeried), tuple(kept))


def proposed(before: Configuration | None, checked: CheckedFile) -> Configuration:
    """The configuration that applying the file would put in force, as far as that can be told without applying it."""
    wanted, _kept = _keeping(checked, before)
    old, new = definitions(before or Configuration()), definitions(wanted)
    renamed = {new_name: old_name for old_name, new_name in wanted.renames}
    versions = {term.name: term.version for term in before.terms} if before else {}

    def versioned(term: Term) -> Term:
        name = renamed.get(term.name, term.name)
        return replace(term, version=versions.get(name, 0) + (old.get(name) != new[term.name]))

    return replace(wanted, terms=tuple(versioned(term) for term in wanted.terms))


def _template_errors(loaded: LoadedFile) -> list[Problem]:
    """Templates that cannot be used; their channels can: they are told in the built-in way."""
    problems = []
    for channel in loaded.configuration.channels:
        if channel.template and (wrong := alerts.check_template(channel.template)):
            place = loaded.place_of("channels", channel.name, "template")
            said = f"channel {channel.name}: its template is not used, as it cannot be: {wrong}"
            problems.append(Problem(place, said, ("channels", channel.name)))
    return problems


def _channel_errors(loaded: LoadedFile) -> list[Problem]:
    problems = []
    for channel in loaded.configuration.channels:
        if wrong := alerts.check_channel_url(channel.url):
            place = loaded.place_of("channels", channel.name, "url")
            problems.append(Problem(place, f"channel {channel.name}: {wrong}", ("channels", channel.name)))
    return problems


def _with_places(loaded: LoadedFile) -> tuple[Configuration, list[Problem]]:
    """The file's configuration, with the places of sources that only an installed package knows."""
    sources, problems = [], []
    for source in loaded.configuration.sources:
        try:
            place = connectors.package_location(source) if source.kind is SourceKind.OTHER else source.location
            sources.append(replace(source, location=place))
        except ValueError as error:
            at = loaded.place_of("sources", source.name, "kind")
            problems.append(Problem(at, f"source {source.name}: {error}", ("sources", source.name)))
            sources.append(source)
    return replace(loaded.configuration, sources=tuple(sources)), problems


def _doubted(loaded: LoadedFile) -> list[Problem]:
    return [
        Problem(loaded.place_of("network", key), f"network, {key}: {doubt}", ("network", key))
        for key, doubt in connectors.network_doubts(loaded.configuration.network)
    ]


def _hinted(loaded: LoadedFile, hints: Hints | None) -> list[Problem]:
    return [
        Problem(loaded.place_of("terms", term, "query"), f"term {term}: {hint}", ("terms", term))
        for term, hint in (hints(loaded.configuration) if hints else ())
    ]


def _located(finding: watchlist.Finding, loaded: LoadedFile) -> tuple[str, Problem]:
    concept = finding.term.startswith("@")
    section, name = ("concepts", finding.term[1:]) if concept else ("terms", finding.term)
    place = loaded.place_of(section, name, None if concept else "query")
    label = f"concept {name}" if concept else f"term {name}"
    return finding.severity, Problem(place, f"{label}: {finding.message}", (section, name))


def _broken_queries(configuration: Configuration) -> set[tuple[str, str]]:
    """The terms that cannot be watched at all."""
    try:
        watchlist.Watchlist.compile(configuration.terms, configuration.concepts)
    except QueryError:
        return {("terms", term.name) for term in configuration.terms if not _compiles(term, configuration.concepts)}
    return set()


def _compiles(term: Term, concepts: Iterable[Concept]) -> bool:
    try:
        watchlist.Watchlist.compile([term], concepts)
    except QueryError:
        return False
    return True


def _without(configuration: Configuration, broken: set[tuple[str, str]]) -> Configuration:
    return replace(
        configuration,
        channels=tuple(item for item in configuration.channels if ("channels", item.name) not in broken),
        sources=tuple(item for item in configuration.sources if ("sources", item.name) not in broken),
        concepts=tuple(item for item in configuration.concepts if ("concepts", item.name) not in broken),
        terms=tuple(item for item in configuration.terms if ("terms", item.name) not in broken),
    )


def _consistent(configuration: Configuration) -> Configuration:
    """The configuration without what refers to something that is not in it."""
    usable = _without(configuration, _broken_queries(configuration))
    there = {channel.name for channel in usable.channels}
    terms = (replace(term, channels=tuple(name for name in term.channels if name in there)) for term in usable.terms)
    return replace(usable, terms=tuple(terms), policy=usable.policy.among(there))


def _keeping(checked: CheckedFile, before: Configuration | None) -> tuple[Configuration, list[str]]:
    """The usable part, completed by what was applied before under the names that are in error now."""
    if before is None:
        return _consistent(checked.configuration), []
    usable, left_out = checked.configuration, set(checked.left_out)
    kept: list[str] = []

    def complete(section: str, old: tuple[Named, ...], new: tuple[Named, ...]) -> tuple[Named, ...]:
        present = {item.name for item in new}
        stay = tuple(item for item in old if item.name not in present and (section, item.name) in left_out)
        kept.extend(f"{section[:-1]} {item.name}" for item in stay)
        return new + stay

    terms = complete("terms", before.terms, usable.terms)
    if len(terms) > len(usable.terms):  # they need the concepts that they were written with
        left_out |= {("concepts", concept.name) for concept in before.concepts}
    completed = replace(
        usable,
        channels=complete("channels", before.channels, usable.channels),
        sources=complete("sources", before.sources, usable.sources),
        concepts=complete("concepts", before.concepts, usable.concepts),
        terms=terms,
    )
    return _consistent(completed), kept
