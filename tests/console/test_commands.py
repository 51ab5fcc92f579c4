"""Verbs from the first file to the first alert, exit codes, and errors that people can act on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_init_check_apply_run(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, without_engine: None) -> None:
    ended = run("init", tmp_path / "desk")
    assert ended.code == 0
    assert "wirewatch check" in ended.out
    monkeypatch.chdir(tmp_path / "desk")
    assert run("check").code == 0
    applied = run("apply")
    assert applied.code == 0
    assert "+ term Hmeimim" in applied.out
    assert "configuration unchanged" in run("apply").out
    assert Path("inbox").is_dir()
    assert Path(".wirewatch/wirewatch.db").exists()

    text = Path("wirewatch.yaml").read_text()
    again = run("init")
    assert (again.code, "left as it is" in again.err) == (1, True)
    assert Path("wirewatch.yaml").read_text() == text


def test_run_shows_hits_alerts_and_what_was_suppressed(folder: Path, run: Any, without_engine: None) -> None:
    (folder / "inbox" / "empty.txt").write_text("")
    os.utime(folder / "inbox" / "empty.txt", (1, 1))
    first = run("run", "--once")
    assert first.code == 0
    for shown in ("+ term Hmeimim", "Hits (2 new)", "*Hmeimim*", "Suppressed (1)", "[wirewatch] ", "empty.txt"):
        assert shown in first.out
    second = run("run", "--once")
    assert second.code == 0
    assert "Nothing new" in second.out


def test_exit_codes_with_a_broken_configuration(folder: Path, run: Any, without_engine: None) -> None:
    """Errors of one item end with 1, and the rest is watched all the same."""
    with Path("wirewatch.yaml").open("a") as file:
        file.write("  - {name: broken, query: one AND}\n")
    for verb in (["check"], ["apply"], ["run", "--once"]):
        ended = run(*verb)
        assert ended.code == 1
        assert "wirewatch.yaml:12:27" in ended.err
    assert {hit["term"] for hit in run("hits", "--json").json} == {"Convoys", "Hmeimim", "tariff*"}


def test_check_ends_with_0_for_warnings_and_with_1_if_strict(folder: Path, run: Any) -> None:
    with Path("wirewatch.yaml").open("a") as file:
        file.write("  - Taliban and Kabul\n")
    assert "warning" in run("check").err
    assert run("check").code == 0
    assert run("check", "--strict").code == 1


def test_failed_sources_and_channels_are_listed_and_end_with_0(folder: Path, run: Any, without_engine: None) -> None:
    text = (
        Path("wirewatch.yaml")
        .read_text()
        .replace("  - {name: inbox", "  - {name: gone, folder: ./gone}\n  - {name: inbox")
    )
    Path("wirewatch.yaml").write_text(text.replace('"screen://"', '"${NOT_SET_URL}"'))
    ended = run("run", "--once")
    assert ended.code == 0
    assert "source gone" in ended.out
    assert "${NOT_SET_URL} is not set" in ended.out


WRONG_USAGE = [
    ["hits", "--nonsense"],
    ["nonsense"],
    ["match"],
    ["deliveries", "--state", "lost"],
    ["hits", "--limit", "x"],
]
PROBLEMS = [
    (["check", "--config", "none.yaml"], "none.yaml: there is no such file; `wirewatch init` writes one"),
    (["hits", "--config", "elsewhere/none.yaml"], "there is no database at"),
    (["search", "one AND"], "AND needs a term after it"),
    (["search", "tilte:one"], "did you mean title:"),
    (["search", "one", "--since", "yesterday"], "“yesterday” is not a date"),
    (["match", "one", "none.txt"], "none.txt"),
    (["match", "(one", "inbox/a.txt"], "never closed"),
    (["extract", "none.txt"], "none.txt: No such file"),
    (["extract", "inbox"], "inbox: Is a directory"),
    (["explain", "ffff", "Hmeimim"], "no article ffff"),
    (["explain", "inbox/a.txt", "one AND"], "is neither a term (known: Convoys, Hmeimim, tariff*) nor a query"),
    (["test-alert", "desk"], "unknown channel “desk”; known: screen"),
    (["backfill", "--term", "Hmemim"], "unknown term “Hmemim”"),
    (["backfill", "--since", "2026-02-01", "--until", "2026-01-01"], "nothing lies between"),
    (["deliveries", "retry", "ffff"], "no delivery that was given up begins with ffff"),
    (["sources", "test", "http://127.0.0.1:9/"], "127.0.0.1"),
    (["deploy"], "PREFECT_API_URL is not set"),
    (["init", "wirewatch.yaml/deeper"], "wirewatch.yaml/deeper"),
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2(polled: Path, run: Any, words: list[str]) -> None:
    ended = run(*words)
    assert ended.code == 2
    assert "Usage:" in ended.err


@pytest.mark.parametrize(
    ("words", "said"), PROBLEMS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_problems_end_with_1_and_say_what_to_do(polled: Path, run: Any, words: list[str], said: str) -> None:
    ended = run(*words)
    assert ended.code == 1
    assert said in " ".join(ended.err.split())


def test_match_goes_on_after_a_file_it_cannot_read(folder: Path, run: Any) -> None:
    ended = run("match", "Hmeimim", "none.txt", "inbox/a.txt")
    assert ended.code == 1
    assert "*Hmeimim*" in ended.out


def test_explain_says_why_and_why_not(polled: Path, run: Any) -> None:
    assert "Hmeimim" in run("explain", "inbox/a.txt", "~Hmeimim").out
    said = run("explain", "inbox/a.txt", "lorries NEAR/1 drivers").out
    assert "words apart" in said
    assert "furniture" in run("explain", "inbox/a.txt", "tariff*").out


def test_test_alert_says_what_the_server_said(folder: Path, run: Any) -> None:
    ended = run("test-alert", "screen")
    assert ended.code == 0
    assert "This is a test of the channel “screen”" in ended.out
    assert "channel screen: printed" in ended.out


def test_deliveries_retry(polled: Path, run: Any) -> None:
    assert "0 deliveries will be tried again" in run("deliveries", "retry").out


def test_environment_names_configuration_and_database(folder: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_CONFIG", str(folder / "wirewatch.yaml"))
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{folder}/elsewhere.db")
    monkeypatch.chdir("/")
    assert run("apply").code == 0
    assert (folder / "elsewhere.db").exists()
    assert not (folder / ".wirewatch").exists()
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", "mysql://user:hunter22@db/x")
    ended = run("hits")
    assert ended.code == 1
    assert "mysql" in ended.err
    assert "hunter22" not in ended.err


def test_the_installed_command(folder: Path) -> None:
    """As a process: no Prefect for a verb that needs none, and a closed pipe is no error."""
    command = [str(Path(sys.executable).parent / "wirewatch")]
    done = subprocess.run([*command, "extract", "inbox/a.txt", "--json"], capture_output=True, check=True)
    assert json.loads(done.stdout)["title"] == "Convoy reaches the base"
    script = "import sys, console.main; sys.exit('prefect' in sys.modules or 'apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
