"""The difference between two configurations, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from wirewatch.config import Configuration
from wirewatch.model import Channel, Concept, Source, Term


class HasName(Protocol):
    """A channel, source, concept or term."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=HasName)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the difference between two configurations."""

    sign: str
    """`+` added, `~` changed, `-` removed."""
    what: str
    """The item, e.g. `term Hmeimim`."""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}" + (f": {self.detail}" if self.detail else "")


def compare(before: Configuration | None, after: Configuration) -> list[Change]:
    """The difference between two configurations, in the order of the file."""
    old = before or Configuration()
    renamed = dict(after.renames)
    changes = [
        *_compare("channel", old.channels, after.channels),
        *_compare("source", old.sources, after.sources),
        *_compare("concept", old.concepts, after.concepts),
        *_compare("term", old.terms, after.terms, renamed),
    ]
    if old.network != after.network and before is not None:
        changes.append(Change("~", "network"))
    if old.policy != after.policy and before is not None:
        changes.append(Change("~", "policy", _difference(old.policy, after.policy)))
    if old.retention != after.retention and before is not None:
        changes.append(Change("~", f"retention: {_difference(old.retention, after.retention)}"))
    return changes


def _compare(
    kind: str, old: Iterable[Named], new: Iterable[Named], renamed: Mapping[str, str] | None = None
) -> list[Change]:
    before = {(renamed or {}).get(item.name, item.name): item for item in old}
    after = {item.name: item for item in new}
    changes = []
    for name, item in after.items():
        if name not in before:
            changes.append(Change("+", f"{kind} {name}", _detail(item)))
        elif before[name] != item:
            changes.append(Change("~", f"{kind} {name}", _difference(before[name], item)))
    return changes + [Change("-", f"{kind} {name}") for name in before if name not in after]


def _detail(item: HasName) -> str:
    match item:
        case Source():
            return item.location
        case Term():
            return f"{item.query}  → {', '.join(item.channels) or 'no channel'}  (version {item.version})"
        case Concept():
            return item.query
        case Channel():
            return item.url
        case _:
            return ""


def _difference(old: Any, new: Any) -> str:
    names = [name for name in new.__dataclass_fields__ if getattr(old, name) != getattr(new, name)]
    return "; ".join(f"{name}: {_shown(getattr(old, name))} → {_shown(getattr(new, name))}" for name in names)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value) or "none"
    if is_dataclass(value) and not isinstance(value, type) and "__str__" not in vars(type(value)):
        said = ((each.name, getattr(value, each.name), each) for each in fields(value))
        return " ".join(f"{name}: {_shown(one)}" for name, one, each in said if one != each.default) or "as usual"
    return str(value)
