"""`wirewatch export`: what is written is what the programs that read it take."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import feedparser


def test_hits_leave_as_a_table_lines_or_a_feed(folder: Path, run: Any, without_engine: None) -> None:
    assert run("run", "--once").code == 0
    rows = list(csv.DictReader(io.StringIO(run("export", "--csv").out)))
    assert [(row["term"], row["title"], row["mentions"]) for row in rows if row["term"] == "Hmeimim"] == [
        ("Hmeimim", "Convoy reaches the base", "1")
    ]
    assert not any(row["term"] == "tariff*" for row in rows)  # furniture only: suppressed
    lines = [json.loads(line) for line in run("export", "--jsonl", "--term", "Hmeimim").out.splitlines()]
    assert lines == run("hits", "--term", "Hmeimim", "--json").json
    assert run("export", "--jsonl", "--until", "2020-01-01").out == ""
    feed = feedparser.parse(run("export", "--atom", "Hmeimim").out)
    assert (feed.bozo, [entry.title for entry in feed.entries]) == (False, ["Convoy reaches the base"])


def test_what_cannot_be_exported_is_said(folder: Path, run: Any, without_engine: None) -> None:
    assert run("run", "--once").code == 0
    for wanted in (["--atom", "Nobody"], ["--csv", "--term", "Nobody"]):
        assert "unknown term “Nobody”; known: " in run("export", *wanted).err
    assert "unknown source “inboks”; did you mean “inbox”?" in run("export", "--jsonl", "--source", "inboks").err
    assert run("export").code == 2
    assert run("export", "--csv", "--jsonl").code == 2
    assert "`public_url:` is not set" in run("export", "--atom", "Hmeimim", "--link").err


def test_no_cell_is_a_formula(folder: Path, run: Any, without_engine: None) -> None:
    story = folder / "inbox" / "b.txt"
    story.write_text("=cmd|'/c calc'!A1\n\nAnother convoy reached Hmeimim on Wednesday, the same spokesman said.\n")
    os.utime(story, (1_700_000_000, 1_700_000_000))
    assert run("run", "--once").code == 0
    titles = [row["title"] for row in csv.DictReader(io.StringIO(run("export", "--csv").out))]
    assert any(title.startswith("'=cmd|") for title in titles)
    assert not any(title.startswith("=") for title in titles)
