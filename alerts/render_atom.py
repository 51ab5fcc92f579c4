"""Hits as an Atom feed (RFC 4287), for feed readers: one item a hit, newest first, its passages marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree

from alerts.cleaning import clean_text, safe_link, shorten
from alerts.passages import show_passage
from wirewatch.identity import digest
from wirewatch.model import FoundHit, Match

ATOM = "http://www.w3.org/2005/Atom"
SHOWN_PASSAGES = 5
_TITLE_LENGTH = 140


def render_atom(term: str, found: Sequence[FoundHit], now: datetime, address: str | None = None) -> bytes:
    """The feed of a term's hits, in the order given; `address` is where it is served."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    name = clean_text(term)
    _add(feed, "id", f"tag:wirewatch,2026:term/{digest('feed', term).hex()}")
    _add(feed, "title", f"wirewatch: {name}")
    _add(feed, "updated", _moment(max((each.hit.found_at for each in found), default=now)))
    if address:
        _add(feed, "link", rel="self", href=address)
    for each in found:
        _entry(feed, each)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ElementTree.Element, found: FoundHit) -> None:
    hit, article = found.hit, found.article
    entry = ElementTree.SubElement(feed, f"{{{ATOM}}}entry")
    _add(entry, "id", f"tag:wirewatch,2026:hit/{article.key.hex()}/{digest('feed', hit.term).hex()}")
    _add(entry, "title", shorten(clean_text(article.title), _TITLE_LENGTH) or "(no title)")
    if link := safe_link(article.url):
        _add(entry, "link", href=link)
    _add(entry, "updated", _moment(hit.found_at))
    if article.published_at:
        _add(entry, "published", _moment(article.published_at))
    author = ElementTree.SubElement(entry, f"{{{ATOM}}}author")
    _add(author, "name", clean_text(article.source))
    _add(entry, "category", term=clean_text(hit.term))
    shown = "".join(map(_passage, hit.matches[:SHOWN_PASSAGES]))
    more = len(hit.matches) - SHOWN_PASSAGES
    also = ", ".join(dict.fromkeys(clean_text(each.source) for each in found.also_in))
    notes = [f"and {more} more mentions"] if more > 0 else []
    notes += [f"also in: {also}"] if also else []
    shown += "".join(f"<p>{escape(note)}</p>" for note in notes)
    _add(entry, "content", shown, type="html")


def _passage(match: Match) -> str:
    runs = ((escape(run.text), run.marked) for run in show_passage(match))
    text = "".join(f"<b>{said}</b>" if marked else said for said, marked in runs)
    return f"<p>“{text}” <i>{escape(clean_text(match.reason))}</i></p>"


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes).text = text


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
