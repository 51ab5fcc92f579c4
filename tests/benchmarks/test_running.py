"""`python -m benchmarks`: what it offers, and what it says where it cannot run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.__main__ import found, main
from benchmarks.process_tree import cpu_seconds, megabytes


def test_every_benchmark_is_found_and_explains_itself() -> None:
    there = found()
    assert "polling" in there
    assert [name for name, module in there.items() if not module.__doc__] == []


def test_unknown_benchmark_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["poling"])
    assert ended.value.code == 2
    assert "no benchmark poling" in (said := capsys.readouterr().err)
    assert "polling" in said


def test_missing_news_world_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WIREWATCH_SHARED", str(tmp_path))
    assert main(["polling", "--quick"]) == 1
    assert f"there is no {tmp_path}/tools/news_world.py; set WIREWATCH_SHARED" in capsys.readouterr().err


def test_work_shows_in_the_cpu_time_and_memory_of_the_process() -> None:
    before, held_before = cpu_seconds(), megabytes(os.getpid())
    held = bytearray(os.urandom(1)) * 50_000_000
    while cpu_seconds() - before < 0.05:
        sum(range(1000))
    assert megabytes(os.getpid()) > held_before + 40
    assert len(held) == 50_000_000
