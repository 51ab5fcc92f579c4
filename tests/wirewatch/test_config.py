"""The configuration file: what it gives, and how it says where it is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from wirewatch.config import LoadedFile, load_file
from wirewatch.definitions import definitions
from wirewatch.errors import ConfigError
from wirewatch.model import FirstPoll, Pages, SourceKind


def load(folder: Path, text: str) -> LoadedFile:
    path = folder / "wirewatch.yaml"
    path.write_text(text, encoding="utf-8")
    return load_file(path)


def problems(folder: Path, text: str) -> list[str]:
    prefix = str(folder / "wirewatch.yaml") + ":"
    return [str(problem).removeprefix(prefix) for problem in load(folder, text).problems]


GOOD = """\
channels:
  desk: {url: "${DESK_MAIL_URL}"}
  screen: {url: "screen://"}
defaults: {channels: [screen], every: 10m}
network: {allow: [127.0.0.0/8], ports: [80, 443, 8080], per_site_delay: 2s, per_site_limit: 1}
sources:
  - {name: world, feed: "https://news.example/rss.xml", every: 1h, pages: never, first_poll: all}
  - {name: inbox, folder: ./inbox}
concepts:
  delisting: delist* OR @off
  off: remov* NEAR/3 list
terms:
  - {name: T, query: taliban NEAR/20 @delisting, channels: [desk], must_hit: [a], must_not_hit: [b], was: Old}
  - Hmeimim
  - 2024
  - NO
"""


def test_gives_the_values_of_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    assert loaded.problems == ()
    configuration = loaded.configuration
    world, inbox = configuration.sources
    assert (world.kind, world.every, world.pages, world.first_poll) == (
        SourceKind.FEED,
        timedelta(hours=1),
        Pages.NEVER,
        FirstPoll.ALL,
    )
    assert (inbox.kind, inbox.location, inbox.every) == (
        SourceKind.FOLDER,
        str(tmp_path / "inbox"),
        timedelta(minutes=10),
    )
    assert [(term.name, term.query, term.channels) for term in configuration.terms] == [
        ("T", "taliban NEAR/20 @delisting", ("desk",)),
        ("Hmeimim", "Hmeimim", ("screen",)),
        ("2024", "2024", ("screen",)),
        ("NO", "NO", ("screen",)),
    ]
    assert configuration.network.per_site_limit == 1
    assert configuration.renames == (("Old", "T"),)


def test_a_terms_definition_follows_its_concepts(tmp_path: Path) -> None:
    before = definitions(load(tmp_path, GOOD).configuration)
    after = definitions(load(tmp_path, GOOD.replace("remov* NEAR/3 list", "remov* NEAR/4 list")).configuration)
    assert before["T"] != after["T"]
    assert before["Hmeimim"] == after["Hmeimim"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources:\n  - {name: a, fed: x}\n", "2:15: unknown key `fed:`; did you mean `feed:`?"),
        ("sorces: []\n", "1:1: unknown key `sorces:`; did you mean `sources:`?"),
        ("terms:\n  - {query: x}\n", "2:5: terms number 1 needs `name:`"),
        (
            "sources:\n  - {name: a, folder: x, every: soon}\n",
            "2:33: sources number 1, every: “soon” is not a duration; write 30s, 15m, 1h or 2d",
        ),
        (
            "sources:\n  - {name: a, feed: x.example}\n",
            "2:5: sources number 1: “x.example” is not a web address; it begins with https:// or http://",
        ),
        (
            "sources:\n  - {name: a}\n",
            "2:5: sources number 1: a source has exactly one of `feed:`, `sitemap:`, `page:`, "
            "`mailbox:`, `folder:`, `kind:`; here: none",
        ),
        (
            "sources:\n  - {name: a, feed: https://a.example, folder: x}\n",
            "2:5: sources number 1: a source has exactly one of `feed:`, `sitemap:`, `page:`, "
            "`mailbox:`, `folder:`, `kind:`; here: `feed:` and `folder:`",
        ),
        (
            "sources:\n  - {name: a, feed: https://a.example, after: archive}\n",
            "2:5: sources number 1: `after:` goes with `folder:` or `mailbox:`, not with `feed:`",
        ),
        (
            "sources:\n  - {name: a, folder: x, after: seen}\n",
            "2:5: sources number 1: `after:` is `leave` or `archive` for a folder, `leave` or `seen` for a mailbox",
        ),
        (
            "sources:\n  - {name: a, mailbox: 'imap://u:${P}@a.example'}\n",
            "2:5: sources number 1: a mailbox is reached over TLS only, by an address like imaps://",
        ),
        (
            "sources:\n  - {name: a, mailbox: 'imaps://a.example'}\n",
            "2:5: sources number 1: the address needs a user, a password and a host",
        ),
        (
            "sources:\n  - {name: a, mailbox: 'imaps://u:hunter2@a.example'}\n",
            "2:5: sources number 1: a password does not belong in this file: write ${NAME}",
        ),
        (
            "sources:\n  - {name: a, page: https://a.example}\n",
            "2:5: sources number 1: a `page:` needs `select:`, the CSS selector of its links to articles",
        ),
        (
            "sources:\n  - {name: a, page: https://a.example, select: 'a['}\n",
            "2:49: sources number 1, select: “a[” is no CSS selector that can be used",
        ),
        (
            "sources:\n  - {name: a, folder: x, pages: sometimes}\n",
            "2:33: sources number 1, pages: expected 'auto', 'always' or 'never', not “sometimes”",
        ),
        (
            'channels: {desk: {url: "screen://"}}\nterms:\n  - {name: T, query: x, channels: [dest]}\n',
            "3:36: T: unknown channel “dest”; did you mean “desk”?",
        ),
        ("terms: [A, B, A]\n", "1:15: terms: “A” is there twice; the first is used"),
        ("terms: [null, A, null]\n", "1:9: terms number 1 is empty; write its value, or take it out"),
        ("terms: [{name: A, query: }]\n", "1:25: terms number 1, query is empty; write its value, or take it out"),
        (
            "terms: [{name: A, query: A, must_hit: A}]\n",
            "1:39: terms number 1, must_hit: expected a list: [one, another]",
        ),
        ("concepts: [a]\n", "1:11: concepts: expected names with values under it, `name: value`, without dashes"),
        (
            "terms: [{name: A, min_matches: 0}]\n",
            "1:32: terms number 1, min_matches: expected greater than or equal to 1, not “0”",
        ),
        (
            "alarms: {schedule: 5m}\n",
            "1:20: alarms, schedule: the poll and the watchdog run every five minutes; write 10m",
        ),
        ("network: {allow: [everything]}\n", "1:18: network, allow: “everything” is not a network"),
    ],
)
def test_says_where_and_what_to_write_instead(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text)[0].startswith(expected)


def test_one_broken_item_leaves_the_others(tmp_path: Path) -> None:
    loaded = load(tmp_path, "terms:\n  - A\n  - {name: B, qery: b}\n  - C\nsources:\n  - {name: x}\n")
    assert [term.name for term in loaded.configuration.terms] == ["A", "C"]
    assert {problem.item for problem in loaded.problems} == {("terms", "B"), ("sources", "x")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"terms: [a\n", "this is not YAML"),
        (b"terms: {a: 1, a: 2}\n", "“a” is given twice"),
        (b"\xff\xfe\x00t", "not UTF-8"),
        (b"- just\n- a list\n", "expected sections"),
        (b"# nothing yet\n", "expected sections"),
        (b"terms: !!python/object:os.system [x]\n", "is not understood"),
    ],
)
def test_an_unusable_file_is_refused_with_its_place(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "wirewatch.yaml"
    path.write_bytes(content)
    try:
        loaded = load_file(path)
    except ConfigError as error:
        assert str(path) in str(error)
        assert expected in str(error)
    else:
        assert any(expected in str(problem) for problem in loaded.problems)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="wirewatch init"):
        load_file(tmp_path / "nothing.yaml")
