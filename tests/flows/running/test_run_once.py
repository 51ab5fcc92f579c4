"""`wirewatch run --once` as a user sees it: real flow runs on Prefect's embedded engine."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

OFFLINE = """
  - {name: blocked, feed: "http://127.0.0.1:1/feed.xml"}
  - {name: nowhere, feed: "http://nosuchhost.invalid/feed.xml"}
"""
BROKEN = """
  - {name: broken, query: "taliban NEAR/"}
"""


@dataclass
class Runs:
    """What three runs in a row said, and the hits after each."""

    said: list[subprocess.CompletedProcess[str]]
    hits: list[set[tuple[bytes, str]]]
    keys: list[bytes]


@pytest.fixture(scope="module")
def locked_out(installation, tmp_path_factory) -> Iterator[subprocess.Popen[str]]:
    """A run on a database that another process keeps locked: it waits for half a minute, beside the other runs."""
    database = tmp_path_factory.mktemp("locked") / "wirewatch.db"
    url = f"sqlite:///{database}"
    assert installation.run("apply", WIREWATCH_DATABASE_URL=url).returncode == 0
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with subprocess.Popen(
            installation.command("run", "--once"),
            cwd=installation.folder,
            env=installation.environ | {"WIREWATCH_DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as run:
            yield run
            run.kill()


@pytest.fixture(scope="module")
def runs(installation, locked_out) -> Runs:
    """A first run, one with nothing new, and one with a new article and a broken term."""
    offline = installation.configuration.replace("terms:", OFFLINE.strip("\n") + "\nterms:")
    installation.configure(offline)
    runs = Runs([], [], [installation.drop("fleet.txt", installation.fleet)])
    for number in range(3):
        if number == 2:
            installation.configure(offline + BROKEN.strip("\n") + "\n")
            runs.keys.append(installation.drop("orchards.txt", installation.orchards))
        runs.said.append(installation.run("run", "--once"))
        runs.hits.append(installation.hits())
    return runs


def first_hits(runs: Runs) -> set[tuple[bytes, str]]:
    return {(runs.keys[0], "Hmeimim"), (runs.keys[0], "Tartus pier")}


def test_the_first_run_shows_hits_alerts_and_what_failed(runs, installation):
    run = runs.said[0]
    assert run.returncode == 0, run.stdout + run.stderr
    assert runs.hits[0] == first_hits(runs)
    assert "Hits (2 new)" in run.stdout
    assert "*Hmeimim*" in run.stdout
    assert "1 sent" in " ".join(run.stdout.split())
    assert ("screen", "alert", "sent", sorted(first_hits(runs))) in installation.told()


def test_a_feed_that_cannot_be_reached_is_named_with_the_reason(runs):
    said = " ".join(runs.said[0].stdout.replace("│", " ").split())
    assert "source blocked refused to connect to 127.0.0.1: not a public address" in said
    assert "source nowhere could not find the host nosuchhost.invalid (DNS)" in said


def test_a_second_run_finds_nothing_new_and_says_so(runs):
    run = runs.said[1]
    assert run.returncode == 0
    assert "Nothing new" in run.stdout
    assert runs.hits[1] == first_hits(runs)


def test_a_broken_term_costs_only_itself_and_the_exit_code(runs, installation):
    run = runs.said[2]
    assert run.returncode == 1
    assert "term broken: column" in run.stderr
    assert runs.hits[2] == first_hits(runs) | {(runs.keys[1], "Tartus pier")}
    assert installation.told() == sorted(
        [
            ("screen", "alert", "sent", [(runs.keys[1], "Tartus pier")]),
            ("screen", "alert", "sent", sorted(first_hits(runs))),
        ]
    )


def test_prefect_stays_in_the_background(runs):
    for run in runs.said[:2]:
        assert run.stderr == ""
    for run in runs.said:
        for noise in ("Traceback", "flow run", "Flow run", "PREFECT_", "ERROR", "Error"):
            assert noise not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_text("no database"), "not a SQLite database"),
        (lambda path: path.mkdir(), "wirewatch.db"),
    ],
    ids=["not a database", "a folder"],
)
def test_a_database_that_cannot_be_opened_ends_the_run_with_the_reason(installation, tmp_path, spoil, reason):
    database = tmp_path / "wirewatch.db"
    spoil(database)
    run = installation.run("run", "--once", WIREWATCH_DATABASE_URL=f"sqlite:///{database}")
    assert run.returncode == 1
    assert reason in " ".join(run.stderr.split())
    assert str(database) in "".join(run.stderr.split())
    assert "Traceback" not in run.stderr


def test_a_locked_database_ends_the_run_with_the_reason(locked_out, runs):
    _, said = locked_out.communicate(timeout=120)
    assert locked_out.returncode == 1
    assert "locked by another process" in " ".join(said.split())
    assert "Traceback" not in said
