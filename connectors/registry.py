"""Which connector reads which kind of source: a new one is a file of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable

from connectors.feeds import FeedReader
from connectors.folder import FolderReader
from connectors.http import Http
from connectors.reading import Connector
from wirewatch.model import SourceKind

CONNECTORS: dict[SourceKind, Callable[[Http], Connector]] = {
    SourceKind.FEED: FeedReader,
    SourceKind.FOLDER: lambda _http: FolderReader(),
}


def connector_for(kind: SourceKind, http: Http) -> Connector:
    """The connector that reads this kind of source."""
    return CONNECTORS[kind](http)
