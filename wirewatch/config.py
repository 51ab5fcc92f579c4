"""The reviewed file, `wirewatch.yaml`: its shape, its checks, and the values it gives.

What is wrong with one item leaves that item out and is reported with its place; the rest is usable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wirewatch.access_settings import adaptive_between
from wirewatch.config_mistakes import described, mistake
from wirewatch.errors import ConfigError
from wirewatch.model import Channel, Concept, NetworkPolicy, Retention, Source, SourceKind, Term
from wirewatch.places import Place, PlacedYaml, YamlPath, read_placed_yaml
from wirewatch.policy import Policy
from wirewatch.policy_reading import channel_of, channels_of, pace_of, policy_of, references_in_vain
from wirewatch.schema import FileSettings, SourceSettings, TermSettings
from wirewatch.wording import unknown_name


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is applied: the file's values, with folders absolute and secrets still as `${NAME}`."""

    channels: tuple[Channel, ...] = ()
    sources: tuple[Source, ...] = ()
    concepts: tuple[Concept, ...] = ()
    terms: tuple[Term, ...] = ()
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    policy: Policy = field(default_factory=Policy)
    retention: Retention = field(default_factory=Retention)
    renames: tuple[tuple[str, str], ...] = ()
    """(old name, new name) of terms with `was:`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one item of the file; `item` is its section and name, e.g. ("terms", "Hmeimim")."""

    place: Place
    message: str
    item: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A read file: the usable part of it, what is wrong with the rest, and where things stand."""

    path: Path
    configuration: Configuration
    problems: tuple[Problem, ...]
    yaml: PlacedYaml

    def place_of(self, section: str, name: str, key: str | None = None) -> Place:
        """Where an item of a section stands, or one of its keys' values."""
        path = _path_of(self.yaml.values, section, name)
        return self.yaml.value_place((*path, key) if key else path)


def load_file(path: Path) -> LoadedFile:
    """Read `wirewatch.yaml`; ConfigError where nothing of it is usable."""
    yaml = read_placed_yaml(path)
    values = yaml.values
    if not isinstance(values, dict):
        raise ConfigError([f"{yaml.file}:1:1: expected sections such as `sources:` and `terms:`"])
    settings, problems = _validate(values, yaml)
    problems += _twice(yaml)
    settings = _without_twins(settings)
    problems += _unknown_channels(settings, yaml)
    problems += [
        Problem(yaml.value_place(_placed(path, yaml)), f"{described(path)}: {what}", item)
        for path, what, item in references_in_vain(settings, _channel_names(settings, yaml))
    ]
    base = path.absolute().parent
    return LoadedFile(path, _configuration(settings, base, _channel_names(settings, yaml)), tuple(problems), yaml)


def _validate(values: dict[str, Any], yaml: PlacedYaml) -> tuple[FileSettings, list[Problem]]:
    """Validate; leave out the items that are wrong and validate the rest. Ends, as each round drops something."""
    problems: list[Problem] = []
    while True:
        try:
            return FileSettings.model_validate(values), problems
        except ValidationError as error:
            found = [(tuple(detail["loc"]), detail) for detail in error.errors()]
            problems += [
                Problem(_error_place(path, detail, yaml), mistake(path, detail), _item_of(path, yaml.values))
                for path, detail in found
            ]
            values = _without(values, {path[:2] for path, _ in found})


def _without(values: dict[str, Any], broken: set[YamlPath]) -> dict[str, Any]:
    """The values without broken items; a section that is itself of the wrong shape goes as a whole."""
    kept: dict[str, Any] = {}
    for section, content in values.items():
        if (section,) in broken:
            continue
        if isinstance(content, dict):
            kept[section] = {key: item for key, item in content.items() if (section, key) not in broken}
        elif isinstance(content, list):
            kept[section] = [item for index, item in enumerate(content) if (section, index) not in broken]
        else:
            kept[section] = content
    return kept


def _error_place(path: YamlPath, detail: Any, yaml: PlacedYaml) -> Place:
    return yaml.key_place(path) if detail["type"] == "extra_forbidden" else yaml.value_place(path)


def _item_of(path: YamlPath, values: Any) -> tuple[str, str]:
    section = str(path[0]) if path else ""
    if len(path) < 2:
        return section, ""
    item: Any = values.get(section) if isinstance(values, dict) else None
    if isinstance(path[1], int) and isinstance(item, list) and path[1] < len(item):
        return section, _name_of(item[path[1]])
    return section, str(path[1])


def _name_of(item: Any) -> str:
    """The name of a source or term as the file gives it; a plain text names itself."""
    named = item.get("name") if isinstance(item, dict) else item
    return "" if named is None else str(named)


def _path_of(values: Any, section: str, name: str) -> YamlPath:
    content = values.get(section) if isinstance(values, dict) else None
    if isinstance(content, dict) and name in content:
        return (section, name)
    for index, item in enumerate(content if isinstance(content, list) else []):
        if _name_of(item) == name:
            return (section, index)
    return (section,)


def _twice(yaml: PlacedYaml) -> list[Problem]:
    problems = []
    for section in ("sources", "terms"):
        seen: set[str] = set()
        for index, item in enumerate(yaml.values.get(section) or ()):
            name = _name_of(item)
            if not name:
                continue  # that it needs one has been said
            if name in seen:
                place = yaml.value_place((section, index))
                problems.append(
                    Problem(place, f"{section}: “{name}” is there twice; the first is used", (section, name))
                )
            seen.add(name)
    return problems


def _without_twins(settings: FileSettings) -> FileSettings:
    sources = list({item.name: item for item in reversed(settings.sources)}.values())[::-1]
    terms = list({item.name: item for item in reversed(settings.terms)}.values())[::-1]
    return settings.model_copy(update={"sources": sources, "terms": terms})


def _named_channels(settings: FileSettings) -> Iterator[tuple[str, YamlPath, str]]:
    for index, channel in enumerate(settings.defaults.channels):
        yield "defaults", ("defaults", "channels", index), channel
    for index, channel in enumerate(settings.notices.channels):
        yield "notices", ("notices", "channels", index), channel
    for term in settings.terms:
        for index, channel in enumerate(term.channels or ()):
            yield term.name, ("terms", term.name, index), channel


def _placed(path: YamlPath, yaml: PlacedYaml) -> YamlPath:
    """A path that names a term, as the file numbers it."""
    return (*_path_of(yaml.values, "terms", str(path[1])), *path[2:]) if path[0] == "terms" else path


def _channel_names(settings: FileSettings, yaml: PlacedYaml) -> set[str]:
    """The channels of the file, those that cannot be used among them."""
    written = yaml.values.get("channels") if isinstance(yaml.values, dict) else None
    return {*settings.channels, *(written if isinstance(written, dict) else ())}


def _unknown_channels(settings: FileSettings, yaml: PlacedYaml) -> list[Problem]:
    problems = []
    there = _channel_names(settings, yaml)
    for owner, path, channel in _named_channels(settings):
        if channel in there:
            continue
        section = str(path[0])
        base = _path_of(yaml.values, section, owner) if section == "terms" else (section,)
        wrong = f"{owner}: {unknown_name('channel', channel, settings.channels)}"
        place = yaml.value_place((*base, "channels", path[-1]))
        problems.append(Problem(place, wrong, (section, owner)))
    return problems


def _location(item: SourceSettings, base: Path) -> tuple[SourceKind, str]:
    """What a source is, and where; of a kind that is not ours, only its package knows the place."""
    if item.folder is not None:
        return SourceKind.FOLDER, str((base / Path(item.folder).expanduser()).resolve())
    own = ((SourceKind(key), getattr(item, key)) for key in ("feed", "sitemap", "page", "mailbox"))
    return next(((kind, place) for kind, place in own if place), (SourceKind.OTHER, str(item.kind)))


def _fields(item: SourceSettings) -> tuple[tuple[str, str], ...]:
    """(field, column), a pair for each column where a field has several."""
    named = ((field, columns if isinstance(columns, list) else [columns]) for field, columns in item.fields.items())
    return tuple((field, column) for field, columns in named for column in columns)


def _configuration(settings: FileSettings, base: Path, known: set[str]) -> Configuration:
    defaults = settings.defaults

    def source(item: SourceSettings) -> Source:
        kind, location = _location(item, base)
        every = item.every or defaults.every
        return Source(
            name=item.name,
            kind=kind,
            location=location,
            every=every,
            language=item.language or defaults.language,
            pages=item.pages or defaults.pages,
            first_poll=item.first_poll or defaults.first_poll,
            select=item.select,
            after=item.after,
            host=item.host,
            connector=item.kind,
            options=item.options,
            files=tuple(item.files),
            fields=_fields(item),
            keep_raw=item.keep_raw,
            archive=item.archive,
            adaptive=adaptive_between(defaults.adaptive if item.adaptive is None else item.adaptive, every),
            access=item.access(),
            robots=defaults.robots if item.robots is None else item.robots,
        )

    def term(item: TermSettings) -> Term:
        channels = channels_of(item, settings)
        group = settings.groups.get(item.group or "")
        return Term(
            name=item.name,
            query=item.query,
            version=0,
            channels=tuple(dict.fromkeys(channel for channel in channels if channel in known)),
            must_hit=tuple(item.must_hit),
            must_not_hit=tuple(item.must_not_hit),
            aliases=tuple(item.aliases),
            exclude=tuple(item.exclude),
            min_matches=item.min_matches,
            zones=tuple(item.zones),
            languages=tuple(item.languages),
            sources=tuple(item.sources),
            group=item.group,
            pace=pace_of(item, group, defaults.timezone),
            backfill_on_add=defaults.backfill_on_add if item.backfill_on_add is None else item.backfill_on_add,
        )

    network = settings.network
    return Configuration(
        channels=tuple(channel_of(name, item, defaults.timezone) for name, item in settings.channels.items()),
        sources=tuple(source(item) for item in settings.sources),
        concepts=tuple(Concept(name, query) for name, query in settings.concepts.items()),
        terms=tuple(term(item) for item in settings.terms),
        retention=Retention(**settings.retention.model_dump()),
        network=NetworkPolicy(
            allow=tuple(network.allow),
            ports=tuple(network.ports),
            per_site_delay=network.per_site_delay,
            per_site_limit=network.per_site_limit,
            contact=network.contact,
        ),
        policy=policy_of(settings, known),
        renames=tuple((item.was, item.name) for item in settings.terms if item.was),
    )
