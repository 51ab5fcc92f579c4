"""Which connector reads which kind of source: a new one is a file of its own and a line here, or a package."""

from __future__ import annotations

from collections.abc import Callable

from connectors.feeds import FeedReader
from connectors.folder import FolderReader
from connectors.http import Http
from connectors.mailbox import MailboxReader
from connectors.packages import package_connector
from connectors.page_links import PageReader
from connectors.reading import Connector
from connectors.sitemaps import SitemapReader
from wirewatch.model import Source, SourceKind

CONNECTORS: dict[SourceKind, Callable[[Http], Connector]] = {
    SourceKind.FEED: FeedReader,
    SourceKind.SITEMAP: SitemapReader,
    SourceKind.PAGE: PageReader,
    SourceKind.MAILBOX: MailboxReader.of,
    SourceKind.FOLDER: lambda _http: FolderReader(),
}


def connector_for(source: Source, http: Http) -> Connector:
    """The connector that reads this source; FetchError where its kind is of a package that is not there."""
    if source.kind is SourceKind.OTHER:
        return package_connector(source, http)
    return CONNECTORS[source.kind](http)
