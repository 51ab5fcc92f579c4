"""Sources of every kind: where items come from. The only room that fetches or reads watched folders."""

from connectors.discovery import Preview, preview
from connectors.doubts import network_doubts
from connectors.folder import files_in, is_archive, item_of_file, open_file
from connectors.http import Http, Response
from connectors.named_feeds import FoundFeed
from connectors.opml import opml_folders, read_opml, write_opml
from connectors.packages import package_location
from connectors.pages import fetch_page
from connectors.past import past
from connectors.reading import Connector, Reading, Settling
from connectors.registry import connector_for
from connectors.robots import Robots

__all__ = [
    "Connector",
    "FoundFeed",
    "Http",
    "Preview",
    "Reading",
    "Response",
    "Robots",
    "Settling",
    "connector_for",
    "fetch_page",
    "files_in",
    "is_archive",
    "item_of_file",
    "network_doubts",
    "open_file",
    "opml_folders",
    "package_location",
    "past",
    "preview",
    "read_opml",
    "write_opml",
]
