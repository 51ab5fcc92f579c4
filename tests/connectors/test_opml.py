"""OPML in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors import opml_folders, read_opml, write_opml
from wirewatch.cadence import Adaptive
from wirewatch.errors import ConfigError
from wirewatch.model import Archiving, FirstPoll, Pages, Source, SourceKind


def feed(name: str, url: str, **more: object) -> Source:
    return Source(name, SourceKind.FEED, url, **more)


def test_what_is_written_is_read_back_equal() -> None:
    sources = (
        feed("bbc-world", "https://news.example/rss?a=1&b=2"),
        feed('Ünï <desk> "&"', "https://news.example/2", language="de-AT", every=timedelta(seconds=90)),
        feed("quiet", "https://news.example/3", pages=Pages.NEVER, first_poll=FirstPoll.ALL),
        feed("paced", "https://news.example/4", adaptive=Adaptive(timedelta(minutes=5), timedelta(hours=6))),
        feed("much", "https://news.example/5", archive=Archiving.HITS, keep_raw=True, robots=False),
    )
    written = write_opml((*sources, Source("inbox", SourceKind.FOLDER, "/srv/inbox")))
    assert read_opml(written) == sources
    assert write_opml(read_opml(written)) == written


def test_what_a_file_does_not_say_is_as_it_is_elsewhere() -> None:
    unsaid = feed("", "", every=timedelta(hours=1), pages=Pages.ALWAYS)
    of_others = b'<opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>'
    [read] = read_opml(of_others, unsaid=unsaid)
    assert (read.every, read.pages) == (timedelta(hours=1), Pages.ALWAYS)
    [own] = read_opml(write_opml([feed("A", "https://a.example/")]), unsaid=unsaid)
    assert own == feed("A", "https://a.example/")


def test_folders_are_told() -> None:
    text = b"""<opml><body><outline title="World">
    <outline text="A" xmlUrl="x"/><outline text="Asia"><outline/></outline>
    </outline><outline text="Empty"/><outline text="World"><outline/></outline></body></opml>"""
    assert opml_folders(text) == ("World", "Asia")
    assert opml_folders(b"no OPML") == ()


def test_lists_of_other_readers_are_read() -> None:
    text = """<?xml version="1.0"?>
    <opml version="1.1"><head><title>Mine</title></head><body>
      <outline text="World" title="World">
        <outline title="One" type="rss" xmlUrl="https://one.example/rss" htmlUrl="https://one.example/"/>
        <outline text="Two" xmlurl=" feed://two.example/rss "/>
        <outline text="Deep"><outline text="" xmlUrl="https://three.example/rss"/></outline>
      </outline>
      <outline text="One" xmlUrl="feed:https://four.example/rss"/>
      <outline text="One again" xmlUrl="https://one.example/rss"/>
      <outline text="A link" type="link" url="https://five.example/"/>
    </body></opml>"""
    assert read_opml(text.encode()) == (
        feed("One", "https://one.example/rss"),
        feed("Two", "http://two.example/rss"),
        feed("three.example", "https://three.example/rss"),
        feed("One 2", "https://four.example/rss"),
    )


def test_broken_xml_gives_what_can_be_read() -> None:
    text = b'<opml version="2.0"><body><outline text="AT&T" xmlUrl="https://a.example/?x=1&y=2"/><outline text="B" xmlUrl="https://b.ex'
    assert [source.location for source in read_opml(text)][:1] == ["https://a.example/?x=1&y=2"]


@pytest.mark.parametrize("text", [b"", b"  ", b"<rss/>", b"words", b"\x00\x01", b'{"a": 1}'])
def test_what_is_no_opml_is_named(text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^feeds\.opml:1:1: not an OPML file"):
        read_opml(text, place="feeds.opml")
