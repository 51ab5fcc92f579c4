"""Connectors that other packages bring, under the entry point group `wirewatch.connectors`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from connectors.http import Http
from connectors.reading import Connector
from wirewatch.errors import FetchError
from wirewatch.model import Source

GROUP = "wirewatch.connectors"


class PackageKind(Protocol):
    """What an entry point names, as a rule a class: called with the network, it gives a connector."""

    def __call__(self, http: Http, /) -> Connector: ...

    def location(self, options: Mapping[str, Any], /) -> str:
        """Where a source with these options is, as listings show it; ValueError where they are not right."""
        ...


def package_location(source: Source) -> str:
    """Where a source of a package's kind is; ValueError says what is wrong with its settings."""
    return _kind(source.connector or "").location(source.options)


def package_connector(source: Source, http: Http) -> Connector:
    """The connector of a package's kind; FetchError where this machine does not have it."""
    try:
        return _kind(source.connector or "")(http)
    except ValueError as error:
        raise FetchError(str(error), temporary=False) from None


@lru_cache(maxsize=64)
def _kind(name: str) -> PackageKind:
    found: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise ValueError(f"no package installed here brings the kind “{name}” (there are: {known}); install it")
    try:
        kind: PackageKind = found[name].load()
    except Exception as error:  # whatever a package does when it is imported must not stop the other sources
        raise ValueError(f"the package of the kind “{name}” cannot be used: {type(error).__name__}: {error}") from None
    return kind
