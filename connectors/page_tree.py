"""A web page as a tree, and the address that its relative links start from."""

from __future__ import annotations

from urllib.parse import urljoin

import lxml.html
from lxml.etree import LxmlError


def tree_of(page: bytes) -> lxml.html.HtmlElement | None:
    """The page; None for what is none."""
    try:
        return lxml.html.document_fromstring(page)
    except (LxmlError, ValueError):
        return None


def base_of(tree: lxml.html.HtmlElement, page_url: str) -> str:
    """The address that relative ones in a page are relative to."""
    try:
        return next((urljoin(page_url, href) for href in map(href_of, tree.iter("base")) if href), page_url)
    except ValueError:
        return page_url


def href_of(element: lxml.html.HtmlElement) -> str:
    """The address that an element names; empty where it names none."""
    return (element.get("href") or "").strip()
