"""`backfill`, `backfills`, `apply --backfill`: what people are told, and how they go on after a stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flows import backfilling

NEW_TERM = "\n  - lorries\n"


def add_term(folder: Path, text: str = NEW_TERM) -> None:
    file = folder / "wirewatch.yaml"
    file.write_text(file.read_text().rstrip() + text)


def test_apply_prints_the_command_that_does_it(polled: Path, run: Any) -> None:
    add_term(polled)
    ended = run("apply")
    assert "wirewatch backfill --term lorries" in ended.out
    assert run("backfills").out.strip() == "no backfills"
    ended = run("backfill", "--term", "lorries")
    assert "1 hit · " in ended.out
    assert "Digest" in ended.out  # the screen is a channel


def test_apply_backfill_does_it_at_once(polled: Path, run: Any) -> None:
    add_term(polled)
    ended = run("apply", "--backfill")
    assert "taking through the archive: lorries" in ended.out
    assert "wirewatch backfill" not in ended.out
    [listed] = run("backfills", "--json").json
    assert (listed["number"], listed["state"], listed["counts"]["hits"]) == (1, "done", 1)
    assert (listed["request"]["terms"], listed["request"]["notify"]) == (["lorries"], "digest")


def test_apply_backfill_says_that_nothing_is_new(polled: Path, run: Any) -> None:
    ended = run("apply", "--backfill")
    assert "wirewatch backfill --term NAME" in " ".join(ended.out.split())


def test_a_term_may_ask_for_it(polled: Path, run: Any) -> None:
    add_term(polled, "\n  - {name: lorries, query: lorries, backfill_on_add: true}\n  - harbour\n")
    ended = run("apply")
    assert "taking through the archive: lorries" in ended.out
    assert "wirewatch backfill --term harbour" in ended.out
    [listed] = run("backfills", "--json").json
    assert listed["request"]["terms"] == ["lorries"]


def test_stopped_it_says_how_to_go_on(polled: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add_term(polled)
    run("apply")
    with monkeypatch.context() as patch:

        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(backfilling, "finish", interrupt)
        ended = run("backfill", "--term", "lorries")
    assert ended.code == 130
    assert "what backfill 1 has found is stored; `wirewatch backfill --resume 1` goes on with it" in " ".join(
        ended.err.split()
    )
    assert "--resume 1" in run("backfills").out
    refused = run("backfill", "--resume", "1", "--term", "lorries")
    assert (refused.code, "--resume takes no other options" in " ".join(refused.err.split())) == (1, True)
    assert run("backfill", "cancel", "1").code == 0
    assert run("backfill", "cancel", "1").code == 1
    ended = run("backfill", "--resume", "1")
    assert (ended.code, "1 hit · " in ended.out) == (0, True)


def test_a_dry_run_leaves_no_trace(polled: Path, run: Any) -> None:
    add_term(polled)
    run("apply")
    form = run("backfill", "--dry-run", "--json").json
    assert (form["backfill"], form["counts"]["hits"]) == (None, 1)
    assert run("backfills", "--json").json == []


STORIES = 300


@pytest.mark.parametrize(
    ("number", "on_interrupt"),
    [
        (signal.SIGTERM, "default_int_handler"),
        (signal.SIGTERM, "SIG_IGN"),  # as shells start what is to run in the background
        (signal.SIGINT, "default_int_handler"),
        (signal.SIGKILL, "default_int_handler"),
    ],
)
def test_a_signal_in_the_middle_and_then_resumed(
    polled: Path, run: Any, number: signal.Signals, on_interrupt: str
) -> None:
    with zipfile.ZipFile(polled / "old.zip", "w") as archive:
        for story in range(STORIES):
            archive.writestr(
                f"{story}.txt", f"Report {story}\n\nThe drivers of lorries number {story} rest at Hmeimim.\n"
            )
    code = f"import signal; signal.signal(signal.SIGINT, signal.{on_interrupt}); from console.main import main; main()"
    command = [sys.executable, "-c", code, "backfill", "--from", "old.zip", "--term", "Hmeimim", "--json"]
    started = subprocess.Popen(command, cwd=polled, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while started.poll() is None and not stored(run):
        time.sleep(0.05)
    asked = time.monotonic()
    started.send_signal(number)
    _, said = started.communicate(timeout=30)
    assert time.monotonic() - asked < 30  # three times what is promised
    assert "Traceback" not in said
    [listed] = run("backfills", "--json").json
    assert listed["state"] == "stopped", said
    ended = run("backfill", "--resume", "1", "--json")
    assert (ended.code, ended.json["counts"]["hits"], ended.json["counts"]["digests_queued"]) == (0, STORIES, 1)
    digests = [one for one in run("deliveries", "--json").json if one["kind"] == "digest"]
    assert [len(one["hits"]) for one in digests] == [STORIES]


def stored(run: Any) -> int:
    """How many articles a backfill has taken by now."""
    ended = run("backfills", "--json")
    listed = json.loads(ended.out) if ended.code == 0 else []
    return listed[0]["counts"].get("evaluated", 0) if listed else 0


def test_how_far_is_said_in_articles(polled: Path, run: Any) -> None:
    run("backfill", "--notify", "none")
    [row] = [line for line in run("backfills").out.splitlines() if "--notify none" in line]
    assert "done" in row
    assert "1 article" in row
