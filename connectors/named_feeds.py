"""The feeds that a web page names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from connectors.page_tree import base_of, href_of, tree_of

FEED_MEDIA_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
        "application/rss",
        "application/atom",
    }
)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed or sitemap that a site names."""

    url: str
    title: str | None
    media_type: str


def named_feeds(page: bytes, page_url: str) -> tuple[FoundFeed, ...]:
    """The feeds that a page names in its link elements, in order, each once."""
    tree = tree_of(page)
    if tree is None:
        return ()
    base = base_of(tree, page_url)
    found: dict[str, FoundFeed] = {}
    for link in tree.iter("link", "a"):
        rel = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").split(";")[0].strip().lower()
        if "feed" not in rel and not ("alternate" in rel and media_type in FEED_MEDIA_TYPES):
            continue
        href = href_of(link)
        if not href:
            continue
        try:
            url = urljoin(base, href)
        except ValueError:
            continue
        if "wp-json" not in url and "oembed" not in url:  # typed as JSON and XML, but about the page itself
            found.setdefault(url, FoundFeed(url, (link.get("title") or "").strip() or None, media_type))
    return tuple(found.values())
