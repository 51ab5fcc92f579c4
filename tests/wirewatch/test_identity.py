"""One article, one identity."""

from __future__ import annotations

from itertools import product

import pytest

from wirewatch.identity import PLAIN_ADDRESS, canonical_url, cleaned_url, containment, fingerprint, url_key
from wirewatch.model import Block, Zone

ARTICLE = "https://news.example/world/2026/strike?id=7"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://news.example/world/2026/strike?id=7",
        "https://www.news.example/world/2026/strike?id=7",
        "https://news.example/world/2026/strike?id=7&utm_source=rss&utm_medium=feed",
        "https://news.example/world/2026/strike?id=7#comments",
        "https://NEWS.example:443/world/2026/strike/?id=7",
        " https://news.example/world/2026/strike?id=7&fbclid=abc ",
    ],
)
def test_spellings_of_an_address_are_one_article(spelling: str) -> None:
    assert url_key(spelling) == url_key(ARTICLE), canonical_url(spelling)


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/world/2026/strike?id=8",
        "https://news.example/world/2026/strikes?id=7",
        "https://other.example/world/2026/strike?id=7",
        "https://news.example:8443/world/2026/strike?id=7",
    ],
)
def test_other_addresses_are_other_articles(other: str) -> None:
    assert url_key(other) != url_key(ARTICLE)


def test_furniture_does_not_change_the_fingerprint() -> None:
    body = Block("A strike began in the harbour.", Zone.BODY)
    assert fingerprint([body]) == fingerprint([Block("Subscribe now", Zone.FURNITURE), body])
    assert fingerprint([body]) != fingerprint([Block("A strike ended in the harbour.", Zone.BODY)])


def test_containment_tells_a_revision_from_another_story() -> None:
    half = [Block("The council voted on the harbour plan after a", Zone.BODY)]
    whole = [Block("The council voted on the harbour plan after a long night of talks and two recesses", Zone.BODY)]
    other = [Block("rain is expected in the north from the early evening, forecasters said on Sunday", Zone.BODY)]
    assert containment(half, whole) == 1.0
    assert containment(other, whole) == 0.0


def test_a_plain_address_is_spelt_as_if_it_were_cleaned() -> None:
    sites = (
        "www.a.com",
        "www.www.a.com",
        "a.com.",
        "127.0.0.1",
        "a.com:80",
        "a.com:443",
        "a.com:8080",
        "a.com:65535",
        "www.:80",
    )
    paths = (
        "",
        "/",
        "//",
        "/a/",
        "/a//b",
        "/../a",
        "/a/../b",
        "/..",
        "/a;b",
        "/A,b=c:d!~-_.%2F",
        "/a?b",
        "/a#b",
        "/a&amp;b",
    )
    spellings = [f"{scheme}://{site}{path}" for scheme, site, path in product(("http", "https"), sites, paths)]
    assert sum(PLAIN_ADDRESS.fullmatch(url) is not None for url in spellings) > 50
    for url in (*spellings, "http://xn--nxasmq6b.com/a", "HTTP://A.com/a", "http://a.com:080/a", " http://a.com/a"):
        assert canonical_url(url) == cleaned_url(url), url
