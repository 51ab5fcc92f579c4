"""The command as people type it, in this process: what it prints, and the code it ends with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.main import main

CONFIG = """\
channels:
  screen: {url: "screen://"}
defaults: {channels: [screen]}
sources:
  - {name: inbox, folder: ./inbox}
concepts:
  base: base OR airbase
terms:
  - {name: Convoys, query: convoy NEAR/9 @base}
  - {name: Hmeimim, query: ~Hmeimim, must_hit: ["Supplies reached Khmeimim."]}
  - tariff*
"""
STORY = """\
Convoy reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to reporters.

The convoy of forty lorries left the port before dawn and was met by nobody on the road, according to drivers.

Copyright © 2025 Tariffs Today. All rights reserved.
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command; a traceback fails the test."""
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("WIREWATCH_CONFIG", "WIREWATCH_DATABASE_URL", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)

    def typed(*words: str | Path) -> Ended:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["wirewatch", *map(str, words)])
        code: Any = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ended(code, printed.out, printed.err)

    return typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and an article, which is where the commands are typed."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "wirewatch.yaml").write_text(CONFIG)
    drop(tmp_path, "a.txt", STORY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drop(folder: Path, name: str, text: str | bytes) -> Path:
    """Put a file into the inbox that nobody is writing any more."""
    file = folder / "inbox" / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(file, (1_700_000_000 + len(text), 1_700_000_000))
    return file


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """`run` does its work without Prefect's engine, whose start takes 15 s and which has tests of its own."""
    from flows import engine, outbox, pipeline
    from flows.opening import opened
    from wirewatch.clock import utc_now

    async def run_once(_say: Any) -> Any:
        async with opened() as (store, http):
            report = outbox.DeliveryReport()
            report.merge(await pipeline.poll(store, http, utc_now))
            delivered = await outbox.deliver(store, os.environ, utc_now)
            report.merge(delivered)
            report.sent += delivered.sent
        return report

    monkeypatch.setattr(engine, "run_once", run_once)
    # The flows find their database by the environment.
    monkeypatch.setattr(
        engine,
        "prepare",
        lambda settings: monkeypatch.setenv("WIREWATCH_DATABASE_URL", settings.resolved_database_url()),
    )


@pytest.fixture
def polled(folder: Path, run: Run, without_engine: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder after a first run."""
    ended = run("run", "--once")
    assert ended.code == 0, ended.err
    monkeypatch.delenv("WIREWATCH_DATABASE_URL")
    return folder


@pytest.fixture
def is_moment() -> Callable[[str], bool]:
    """Whether a text is ISO 8601 in UTC."""
    return lambda text: text.endswith("Z") and datetime.fromisoformat(text).tzinfo is UTC
