"""No document can stall or kill who reads the others: each of these is poison, and each worker is expendable."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from extraction import Workers
from extraction import workers as workers_module
from extraction.workers import WorkLimits
from wirewatch.errors import DocumentTooHard, ExtractionError
from wirewatch.model import Article, BodyFrom, Item

SEEN = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
PAGE = (
    "<html><body><article><h1>Convoy</h1><p>Supplies reached Hmeimim on Tuesday, said a spokesman.</p></article></body>"
)
TERM = "<p>Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement.</p>"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2, WorkLimits(cpu_seconds=2, seconds=60, memory_bytes=600 * 2**20)) as pool:
        yield pool


def page(html: str | bytes) -> Item:
    raw = html.encode() if isinstance(html, str) else html
    return Item("s", "https://news.example/a", raw, "text/html", SEEN)


def words(article: Article) -> str:
    return " ".join(block.text for block in article.blocks)


def children() -> list[psutil.Process]:
    """The processes that extract: those forked by the server of this process."""
    return [child for child in psutil.Process().children(recursive=True) if "forkserver" in " ".join(child.cmdline())]


HEAD = "<html><body>" + TERM
DEEP = '<html><head><script type="application/ld+json">{}</script></head><body>' + TERM
DATES = "".join(f"<span>{1 + number % 28} May 20{number % 24:02}</span>" for number in range(50_000))
EVIL: dict[str, Callable[[], str]] = {
    "50k nested divs": lambda: "<html><body>" + "<div>" * 50_000 + TERM + "</div>" * 50_000,
    "100k of br": lambda: HEAD + "x<br>" * 100_000,
    "JSON-LD of brackets": lambda: DEEP.replace("{}", "[" * 2_500_000),
    "5 MB of JSON-LD": lambda: DEEP.replace("{}", '{"a": [' + '{"b": 1},' * 500_000 + "0]}"),
    "huge SVG": lambda: HEAD + "<svg>" + '<path d="M0 0L1 1"/>' * 200_000 + "</svg>",
    "50k dates": lambda: HEAD + DATES,
    "50k attributes": lambda: HEAD + "<div " + " ".join(f"a{number}=x" for number in range(50_000)) + ">",
    "20k namespaces": lambda: HEAD + "<i " + " ".join(f"xmlns:n{number}='u'" for number in range(20_000)) + ">",
    "10 MB title": lambda: "<html><head><title>" + "t" * 10_000_000 + "</title></head><body>" + TERM,
    "NUL": lambda: HEAD.replace("Supplies", "Supp\0lies"),
    "nothing closed": lambda: HEAD + "<b><i><a href=x>" * 30_000,
    "entities": lambda: HEAD + "&amp;&lt;&#x41;" * 30_000,
    "a comment that never ends": lambda: HEAD + "<!--" + "-" * 1_000_000,
    "javascript links": lambda: HEAD + '<a href="javascript:alert(1)">x</a>' * 20_000,
    "50k table cells": lambda: HEAD + "<table>" + "<tr><td>x" * 50_000,
}


@pytest.mark.parametrize("name", EVIL)
def test_a_term_in_an_evil_page_is_found(workers: Workers, name: str) -> None:
    [article] = workers.extract_all([page(EVIL[name]())])
    assert isinstance(article, Article), article
    assert "Hmeimim" in words(article)


def test_nothing_but_a_cookie_wall_says_so(workers: Workers) -> None:
    [error] = workers.extract_all([page("<html><body><div>We value your privacy. Accept all cookies to go on.</div>")])
    assert isinstance(error, ExtractionError)
    assert not isinstance(error, DocumentTooHard)
    assert "consent notice" in str(error)


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 10_000, b"\xff\xfe", b"{" * 1_000_000, b"<html><body><script>x()</script>"]
)
def test_documents_without_text_are_errors_and_nothing_worse(workers: Workers, raw: bytes) -> None:
    [answer] = workers.extract_all([page(raw)])
    assert isinstance(answer, ExtractionError | Article)
    assert not isinstance(answer, DocumentTooHard)


@pytest.mark.parametrize(
    ("poison", "cause"),
    [
        *(("burn", "1 s of the processor"), ("sleep", "more than 2 s"), ("fill", "MiB"), ("crash", "crashed")),
        ("fail", "KeyError"),
    ],
)
def test_what_costs_a_worker_its_life_is_read_as_whole_text(
    monkeypatch: pytest.MonkeyPatch, poisonous: Any, poison: str, cause: str
) -> None:
    monkeypatch.setattr(workers_module, "extract", getattr(poisonous, poison))
    with Workers(
        1, WorkLimits(cpu_seconds=1, seconds=2 if poison == "sleep" else 60, memory_bytes=300 * 2**20)
    ) as pool:
        [article] = pool.extract_all([page(PAGE)])
        assert isinstance(article, Article)
        assert "Hmeimim" in words(article)
        assert article.body_from is BodyFrom.WHOLE
        assert cause in (article.note or "")
        monkeypatch.setattr(workers_module, "extract_whole", getattr(poisonous, poison))
        [error] = pool.extract_all([page(PAGE)])
        assert isinstance(error, ExtractionError)
        assert isinstance(error, DocumentTooHard) is (poison != "fail")
        assert cause in str(error)


def test_neighbours_of_a_poisonous_document_are_read(monkeypatch: pytest.MonkeyPatch, poisonous: Any) -> None:
    extract = workers_module.extract
    with Workers(2, WorkLimits(cpu_seconds=1, seconds=60)) as pool:

        async def both() -> list[Article]:
            good = [asyncio.create_task(pool.extract(page(PAGE))) for _ in range(5)]
            await asyncio.sleep(0)
            monkeypatch.setattr(workers_module, "extract", poisonous.burn)
            evil = asyncio.create_task(pool.extract(page(PAGE)))
            await asyncio.sleep(0)
            monkeypatch.setattr(workers_module, "extract", extract)
            return await asyncio.gather(evil, *good, *(pool.extract(page(PAGE)) for _ in range(5)))

        evil, *good = asyncio.run(both())
    assert evil.body_from is BodyFrom.WHOLE
    assert {article.body_from for article in good} == {BodyFrom.PAGE}


def test_killed_workers_are_replaced() -> None:
    with Workers(2) as pool:
        pool.extract_all([page(PAGE)] * 4)
        for child in children():
            child.kill()
        assert all(isinstance(each, Article) for each in pool.extract_all([page(PAGE)] * 4))


def test_none_is_started_before_the_first_document_and_all_end() -> None:
    before = {child.pid for child in children()}
    with Workers(2) as pool:
        assert {child.pid for child in children()} == before
        pool.extract_all([page(PAGE)])
        started = time.monotonic()
    assert time.monotonic() - started < 10
    time.sleep(0.2)
    assert len({child.pid for child in children()} - before) <= 1  # the server stays, without anything to do


PROGRAM = f"""
import sys, time, psutil
from datetime import datetime, UTC
if __name__ != "__main__":
    open(sys.argv[1], "w").close()
from extraction import Workers
from wirewatch.model import Item
item = Item("s", "https://n.example/a", {PAGE.encode()!r}, "text/html", datetime.now(UTC))
pool = Workers(2)
print(type(pool.extract_all([item])[0]).__name__)
import extraction.workers, threading
sys.path.insert(0, {str(Path(__file__).parent)!r})
import poisonous
extraction.workers.extract = poisonous.sleep
threading.Thread(target=pool.extract_all, args=([item],), daemon=True).start()
time.sleep(1)
print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
time.sleep(60)
"""


def test_workers_do_not_load_the_program_that_started_them_and_die_with_it(tmp_path: Path) -> None:
    program, mark = tmp_path / "program.py", tmp_path / "mark"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, program, mark], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == "Article"
        pids = [int(pid) for pid in running.stdout.readline().split()]
        running.kill()
    assert not mark.exists()
    assert len(pids) >= 3
    deadline = time.monotonic() + 10
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
