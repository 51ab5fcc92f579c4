"""The verbs about documents, as people type them: archives, what cannot be read, what is read again."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

import extraction


@pytest.fixture
def archive(folder: Path) -> Path:
    path = folder / "inbox" / "week.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("b.pdf", b"%PDF-1.7 broken")
        packed.writestr(
            "press/c.txt", "Another convoy\n\nA convoy left the airbase of Hmeimim, drivers told reporters.\n"
        )
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_extract_shows_every_article_of_an_archive_and_names_what_is_broken(archive: Path, run: Any) -> None:
    shown = run("extract", archive)
    assert shown.code == 1
    assert "week.zip#press/c.txt" in shown.out
    assert "b.pdf: a PDF that is damaged" in " ".join(shown.err.split())
    [line] = run("extract", archive, "--json").out.splitlines()
    assert json.loads(line)["title"] == "Another convoy"


def test_match_names_the_member(archive: Path, run: Any) -> None:
    ended = run("match", "Hmeimim", archive, "--json")
    [form] = ended.json
    assert (form["file"], len(form["matches"])) == (f"{archive}#press/c.txt", 1)


def test_explain_takes_a_file_of_one_article_only(archive: Path, run: Any) -> None:
    ended = run("explain", archive, "Hmeimim")
    assert ended.code == 1
    assert "more than one article" in " ".join(ended.err.split())


def test_quarantine_lists_and_lets_try_again(archive: Path, run: Any, folder: Path, without_engine: None) -> None:
    run("run", "--once")
    listed = run("quarantine")
    assert "week.zip#b.pdf" in listed.out
    assert "given up" in listed.out
    [form] = run("quarantine", "--json").json
    assert (form["source"], form["tries"], form["given_up"]) == ("inbox", 1, True)
    assert run("quarantine", "--source", "other").out.strip() == "nothing is in quarantine"
    assert "tries it again" in run("quarantine", "--retry").out
    assert "nothing is in quarantine" in run("quarantine").out
    run("run", "--once")
    assert len(run("quarantine", "--json").json) == 1


def test_reextract_says_what_an_upgrade_changes(
    folder: Path, run: Any, without_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "wirewatch.yaml"
    config.write_text(config.read_text().replace("folder: ./inbox}", "folder: ./inbox, keep_raw: true}"))
    run("run", "--once")
    nothing = run("reextract")
    assert "Nothing to read again" in nothing.out
    monkeypatch.setattr(extraction, "version", lambda: "the next one")
    dry = run("reextract", "--dry-run", "--json")
    assert dry.json["counts"]["read"] >= 1
    assert "read" in run("reextract").out
    assert "Nothing to read again" in run("reextract").out
    assert run("reextract", "--all", "--json").json["counts"]["changed"] == 0
    assert run("reextract", "--source", "nobody").code == 1
