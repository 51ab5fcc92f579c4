"""`after: archive`: what has been read is moved away once it is stored, and nothing is ever deleted."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import Reading
from connectors.folder import FolderReader
from wirewatch.model import AfterReading, Cursor, Failure, Source, SourceKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LONG_AGO = 1_700_000_000
Read = Callable[[Cursor], Awaitable[Reading]]
Settle = Callable[..., Awaitable[tuple[Failure, ...]]]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def source(inbox: Path) -> Source:
    return Source("inbox", SourceKind.FOLDER, str(inbox), after=AfterReading.ARCHIVE)


@pytest.fixture
def read(source: Source) -> Read:
    return lambda cursor: FolderReader(0.0).read(source, cursor, NOW)


@pytest.fixture
def settle(source: Source) -> Settle:
    return lambda cursor, **fields: FolderReader(0.0).settle(replace(source, **fields), cursor, NOW)


def put(path: Path, content: str = "Some text.", at: int = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (at, at))
    return path


def there(inbox: Path) -> list[str]:
    return sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*") if not path.is_dir())


async def test_files_are_moved_when_they_are_stored_and_not_before(inbox: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt")
    put(inbox / "deep/er/b.txt")
    first = await read(Cursor())
    assert there(inbox) == ["a.txt", "deep/er/b.txt"]
    assert await settle(first.cursor) == ()
    assert there(inbox) == ["archived/a.txt", "archived/deep/er/b.txt"]
    again = await read(first.cursor)
    assert (again.items, again.unchanged) == ((), True)


async def test_a_run_cut_off_before_the_move_is_made_good(inbox: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt")
    first = await read(Cursor())
    again = await read(first.cursor)
    assert (again.items, again.unchanged) == ((), False), "there is something to put away"
    await settle(replace(again.cursor, files=first.cursor.files))
    assert there(inbox) == ["archived/a.txt"]


async def test_a_name_that_comes_again_overwrites_nothing(inbox: Path, read: Read, settle: Settle) -> None:
    files = {}
    for number in range(3):
        put(inbox / "a.txt", f"text {number}", LONG_AGO + number)
        reading = await read(Cursor(files=files))
        assert [item.raw for item in reading.items] == [f"text {number}".encode()]
        files |= reading.cursor.files
        await settle(reading.cursor)
    assert there(inbox) == ["archived/a (2).txt", "archived/a (3).txt", "archived/a.txt"]
    assert (inbox / "archived/a (3).txt").read_text() == "text 2"


async def test_what_could_not_be_read_is_set_aside_with_the_reason(inbox: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt")
    with put(inbox / "huge.txt").open("wb") as file:
        file.truncate(10 * 2**30)
    os.mkfifo(inbox / "pipe.txt")
    reading = await read(Cursor())
    stamps = dict(reading.cursor.files)
    stamps["a.txt"] = replace(stamps["a.txt"], error="there is no text in it")
    await settle(replace(reading.cursor, files=stamps))
    assert there(inbox) == [
        "pipe.txt",
        *("quarantine/a.txt", "quarantine/a.txt.reason.txt", "quarantine/huge.txt", "quarantine/huge.txt.reason.txt"),
    ]
    reason = (inbox / "quarantine/a.txt.reason.txt").read_text()
    assert reason.startswith("a.txt: there is no text in it\nset aside 2026-03-01 00:00 UTC;")
    assert (await read(Cursor(files=stamps))).unchanged


async def test_a_file_that_has_changed_meanwhile_stays(inbox: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt", "one")
    reading = await read(Cursor())
    put(inbox / "a.txt", "and two", LONG_AGO + 1)
    await settle(reading.cursor)
    assert there(inbox) == ["a.txt"]


async def test_a_file_rewritten_while_it_is_moved_comes_back(
    inbox: Path, read: Read, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox / "a.txt", "one")
    reading = await read(Cursor())
    really_rename = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.parent == inbox:
            put(path, "rewritten", LONG_AGO + 1)
        return really_rename(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    await settle(reading.cursor)
    assert there(inbox) == ["a.txt"]
    assert (inbox / "a.txt").read_text() == "rewritten"


async def test_nothing_is_moved_through_a_link(inbox: Path, tmp_path: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt")
    (tmp_path / "elsewhere").mkdir()
    (inbox / "archived").symlink_to(tmp_path / "elsewhere")
    reading = await read(Cursor())
    [failure] = await settle(reading.cursor)
    assert failure.where == "file inbox/a.txt"
    assert "archived/ is a link" in failure.what
    assert there(inbox)[0] == "a.txt"


async def test_names_of_any_bytes_are_moved(inbox: Path, read: Read, settle: Settle) -> None:
    for name in (b"caf\xe9.txt", b"new\nline.txt"):
        put(inbox / os.fsdecode(name))
    reading = await read(Cursor())
    assert await settle(reading.cursor) == ()
    assert {os.fsencode(path.name) for path in (inbox / "archived").iterdir()} == {b"caf\xe9.txt", b"new\nline.txt"}


async def test_nothing_is_moved_where_it_is_not_asked_for(inbox: Path, read: Read, settle: Settle) -> None:
    put(inbox / "a.txt")
    put(inbox / "archived/b.txt")
    source = Source("inbox", SourceKind.FOLDER, str(inbox))
    reading = await FolderReader(0.0).read(source, Cursor(), NOW)
    assert len(reading.items) == 2, "a folder of that name is one like any other"
    assert await FolderReader(0.0).settle(source, reading.cursor, NOW) == ()
    assert there(inbox) == ["a.txt", "archived/b.txt"]
