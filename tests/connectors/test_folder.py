"""D: watched folders: only regular, quiet, in-limit files inside; each content once; nothing changed or deleted."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from connectors import Reading, item_of_file
from connectors import folder as folder_module
from connectors.folder import FolderReader
from wirewatch.errors import FetchError
from wirewatch.model import Cursor, Source, SourceKind

Poll = Callable[..., Awaitable[Reading]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LONG_AGO = 1_700_000_000


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def poll(inbox: Path) -> Poll:
    async def read(cursor: Cursor | None = None, quiet_seconds: float = 0.05) -> Reading:
        source = Source("inbox", SourceKind.FOLDER, str(inbox), language="en")
        return await FolderReader(quiet_seconds).read(source, cursor or Cursor(), NOW)

    return read


def put(path: Path, content: bytes | str = "Some text.", at: float = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (at, at))
    return path


def names(reading: Reading) -> list[str]:
    return [Path(item.url).name for item in reading.items]


def after(cursor: Cursor, reading: Reading) -> Cursor:
    """The cursor as it is stored: new stamps laid over the old ones."""
    return replace(reading.cursor, files={**cursor.files, **reading.cursor.files})


async def test_files_are_read_once_until_they_change(inbox: Path, poll: Poll) -> None:
    a, b = put(inbox / "a.txt", "one"), put(inbox / "b.HTML", "<p>two</p>")
    put(inbox / "deep/er/c.htm", "<p>three</p>")
    first = await poll()
    assert [(item.url, item.raw, item.media_type) for item in first.items] == [
        (a.as_uri(), b"one", "text/plain"),
        (b.as_uri(), b"<p>two</p>", "text/html"),
        ((inbox / "deep/er/c.htm").as_uri(), b"<p>three</p>", "text/html"),
    ]
    assert {item.language for item in first.items} == {"en"}
    assert {item.published_at for item in first.items} == {None}
    assert set(first.cursor.files) == {"a.txt", "b.HTML", "deep/er/c.htm"}
    assert first.cursor.first_polled_at == NOW

    cursor = after(Cursor(), first)
    again = await poll(cursor)
    assert (again.items, again.unchanged, again.cursor.files) == ((), True, {})

    put(a, "one and more")
    changed = await poll(cursor)
    assert names(changed) == ["a.txt"]
    assert set(changed.cursor.files) == {"a.txt"}
    assert b.read_bytes() == b"<p>two</p>"


async def test_other_kinds_hidden_files_and_editor_temporaries_are_passed_over(inbox: Path, poll: Poll) -> None:
    for name in (
        *("wirewatch.yaml", "EXPECTED.md", "README", "txt", ".hidden.txt", "~$draft.txt", "a.txt~", ".a.txt.swp"),
        *("a.txt.tmp", "a.txt.part", ".git/b.txt", ".~lock.a.txt#", "#a.txt#", "a.png", "a.css"),
    ):
        put(inbox / name)
    reading = await poll()
    assert (reading.items, reading.failures, reading.unchanged) == ((), (), True)


async def test_a_file_that_is_still_being_written_is_left_for_the_next_poll(inbox: Path, poll: Poll) -> None:
    path = put(inbox / "a.txt", "half", at=time.time())
    done = put(inbox / "b.txt", "whole", at=time.time())

    async def write() -> None:
        await asyncio.sleep(0.1)
        put(path, "half and half", at=time.time())

    reading, _ = await asyncio.gather(poll(quiet_seconds=0.4), write())
    assert names(reading) == ["b.txt"]
    assert (reading.waiting, reading.unchanged) == (1, False)
    later = await poll(after(Cursor(), reading))
    assert [item.raw for item in later.items] == [b"half and half"]
    assert done.read_bytes() == b"whole"


async def test_old_files_are_not_waited_for(inbox: Path, poll: Poll) -> None:
    put(inbox / "a.txt")
    async with asyncio.timeout(5):
        assert names(await poll(quiet_seconds=60)) == ["a.txt"]


async def test_a_clock_ahead_does_not_keep_a_file_waiting_for_ever(inbox: Path, poll: Poll) -> None:
    put(inbox / "a.txt", at=time.time() + 86_400)
    async with asyncio.timeout(5):
        assert names(await poll()) == ["a.txt"]


async def test_a_file_deleted_meanwhile_is_no_failure(inbox: Path, poll: Poll) -> None:
    path = put(inbox / "a.txt", at=time.time())
    put(inbox / "b.txt")

    async def delete() -> None:
        await asyncio.sleep(0.05)
        path.unlink()

    reading, _ = await asyncio.gather(poll(quiet_seconds=0.3), delete())
    assert names(reading) == ["b.txt"]
    assert (reading.failures, reading.waiting) == ((), 0)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")], ids=["pipe", "link"])
async def test_a_file_swapped_for_something_else_meanwhile_is_not_opened(
    make: Callable[[Path], None], inbox: Path, poll: Poll
) -> None:
    path = put(inbox / "a.txt", at=time.time())

    async def swap() -> None:
        await asyncio.sleep(0.05)
        path.unlink()
        make(path)

    async with asyncio.timeout(5):
        reading, _ = await asyncio.gather(poll(quiet_seconds=0.3), swap())
    assert reading.items == ()
    assert reading.waiting + len(reading.failures) == 1


async def test_links_pipes_and_sockets_are_set_aside_and_told_once(inbox: Path, tmp_path: Path, poll: Poll) -> None:
    secret = put(tmp_path / "secret.txt", "outside")
    (inbox / "link.txt").symlink_to(secret)
    (inbox / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (inbox / "folder").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(inbox / "socket.txt"))
    put(inbox / "good.txt")
    async with asyncio.timeout(10):
        reading = await poll()
    assert names(reading) == ["good.txt"]
    assert [failure.where for failure in reading.failures] == [
        "file inbox/dangling.txt",
        "file inbox/link.txt",
        "file inbox/pipe.txt",
        "file inbox/socket.txt",
    ]
    assert "a link" in reading.failures[0].what
    assert "a pipe" in reading.failures[2].what
    assert reading.cursor.files["pipe.txt"].error
    assert (await poll(after(Cursor(), reading))).failures == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the rights to make a device")
async def test_a_device_is_not_opened(inbox: Path, poll: Poll) -> None:
    os.mknod(inbox / "zero.txt", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    reading = await poll()
    assert reading.items == ()
    assert [failure.what for failure in reading.failures] == [
        "not a regular file but a pipe, socket or device; it is not read"
    ]


async def test_a_huge_file_is_set_aside_without_being_read(inbox: Path, poll: Poll) -> None:
    with (inbox / "sparse.txt").open("wb") as file:
        file.truncate(10 * 2**30)
    os.utime(inbox / "sparse.txt", (LONG_AGO, LONG_AGO))
    reading = await poll()
    assert reading.items == ()
    assert [failure.what for failure in reading.failures] == ["10240 MiB; files up to 20 MiB are read"]
    put(inbox / "sparse.txt", "small now")
    assert names(await poll(after(Cursor(), reading))) == ["sparse.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give up root's rights")
async def test_unreadable_files_are_told_by_every_poll_until_they_can_be_read(inbox: Path, poll: Poll) -> None:
    put(inbox / "shut.txt").chmod(0)
    put(inbox / "room/in.txt")
    (inbox / "room").chmod(0)
    put(inbox / "good.txt")
    for parent in inbox.parents:
        if parent.is_relative_to(tempfile.gettempdir()) and parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)  # pytest's folders are root's alone
    os.seteuid(65534)
    try:
        first = await poll()
        cursor = after(Cursor(), first)
        second = await poll(cursor)
    finally:
        os.seteuid(0)
    assert names(first) == ["good.txt"]
    told = [(failure.where, failure.what) for failure in first.failures]
    assert told == [
        ("file inbox/room", "cannot be read: Permission denied"),
        ("file inbox/shut.txt", "cannot be read: Permission denied"),
    ]
    assert second.failures == first.failures
    (inbox / "room").chmod(0o755)
    (inbox / "shut.txt").chmod(0o644)
    assert names(await poll(cursor)) == ["in.txt", "shut.txt"]


async def test_names_of_any_bytes_are_read_and_storable(inbox: Path, poll: Poll) -> None:
    raw = [b"caf\xe9.txt", b"new\nline.txt", "ünï – 日本.txt".encode(), b"a b%20#?.txt", b"rtl\xe2\x80\xaeover.txt"]
    for name in raw:
        put(inbox / os.fsdecode(name))
    reading = await poll()
    assert {unquote_to_bytes(item.url).rpartition(b"/")[2] for item in reading.items} == set(raw)
    for name in reading.cursor.files:
        name.encode()
    assert (await poll(after(Cursor(), reading))).unchanged


async def test_a_failure_shows_a_name_on_one_line(inbox: Path, poll: Poll) -> None:
    os.mkfifo(inbox / "new\nline\u202e.txt")
    (failure,) = (await poll()).failures
    assert failure.where == "file inbox/new\\nline\\u202e.txt"


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", "Текст".encode("cp1251"), "text".encode("utf-16"), b"\0\1\2"]
)
async def test_what_is_in_a_file_is_for_extraction_to_judge(content: bytes, inbox: Path, poll: Poll) -> None:
    put(inbox / "a.txt", content)
    assert [item.raw for item in (await poll()).items] == [content]


async def test_a_big_folder_is_read_in_batches(inbox: Path, poll: Poll) -> None:
    for number in range(450):
        put(inbox / f"{number:03}.txt")
    os.mkfifo(inbox / "pipe.txt")
    cursor, batches, failures = Cursor(), [], []
    while True:
        reading = await poll(cursor)
        batches.append(len(reading.items))
        failures += reading.failures
        cursor = after(cursor, reading)
        if not reading.more:
            break
    assert batches == [200, 200, 50]
    assert len(failures) == 1
    assert len(cursor.files) == 451


async def test_a_batch_is_bounded_in_bytes_too(inbox: Path, poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "BYTES_AT_ONCE", 100)
    for number in range(5):
        put(inbox / f"{number}.txt", "x" * 60)
    first = await poll()
    assert (len(first.items), first.more) == (2, True)


async def test_many_unreadable_files_do_not_hide_the_readable_ones(
    inbox: Path, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "FILES_AT_ONCE", 3)
    really_read = folder_module._contents

    def refuse(found: folder_module.FoundFile) -> bytes | None:
        if found.name.startswith("0"):
            raise PermissionError(13, "Permission denied")
        return really_read(found)

    monkeypatch.setattr(folder_module, "_contents", refuse)
    for number in range(10):
        put(inbox / f"0{number}.txt")
        put(inbox / f"1{number}.txt")
    cursor, read, failures = Cursor(), [], []
    for _ in range(10):
        reading = await poll(cursor)
        read += names(reading)
        failures += reading.failures
        cursor = after(cursor, reading)
        if not reading.more:
            break
    assert read == [f"1{number}.txt" for number in range(10)]
    assert len(failures) == 10


@pytest.mark.parametrize(("make", "says"), [(None, "does not exist"), (Path.touch, "is not a folder")])
async def test_a_missing_folder_is_named(make: Callable[[Path], None] | None, says: str, tmp_path: Path) -> None:
    place = tmp_path / "gone"
    if make:
        make(place)
    with pytest.raises(FetchError, match=f"folder {place} {says}"):
        await FolderReader().read(Source("inbox", SourceKind.FOLDER, str(place)), Cursor(), NOW)


def test_one_file_is_an_item_wherever_it_is(inbox: Path) -> None:
    path = put(inbox / "a.HTM", "<p>x</p>")
    item = item_of_file(path, source="", now=NOW)
    assert (item.url, item.raw, item.media_type) == (path.as_uri(), b"<p>x</p>", "text/html")
    assert item_of_file(put(inbox / "note.odd"), source="", now=NOW).media_type == "text/plain"


def test_what_is_no_file_to_read_is_named(inbox: Path) -> None:
    os.mkfifo(inbox / "pipe.txt")
    with (inbox / "sparse.txt").open("wb") as file:
        file.truncate(10 * 2**30)
    for path, says in (
        (inbox / "pipe.txt", "not a regular file"),
        (inbox / "sparse.txt", "longer than 20 MiB"),
        (inbox, "Is a directory"),
        (inbox / "gone.txt", "No such file or directory"),
    ):
        with pytest.raises(OSError, match=says):
            item_of_file(path, source="", now=NOW)


async def test_the_seeds_folder_gives_its_two_articles(shared: Path) -> None:
    source = Source("seeds", SourceKind.FOLDER, str(shared / "seeds"))
    reading = await FolderReader().read(source, Cursor(), NOW)
    assert len(reading.items) == 2
    assert {item.media_type for item in reading.items} == {"text/plain"}
    assert reading.failures == ()


async def test_a_file_with_an_open_writer_is_left_for_the_next_poll(inbox: Path, poll: Poll) -> None:
    """However quiet it is: a writer may wait for its own source. But not for ever."""
    path = put(inbox / "a.txt", "half", at=time.time() - 60)
    with path.open("a"):
        os.utime(path, (time.time() - 60, time.time() - 60))
        reading = await poll()
        assert (names(reading), reading.waiting) == ([], 1)
        os.utime(path, (LONG_AGO, LONG_AGO))
        assert names(await poll()) == ["a.txt"]
    os.utime(path, (time.time() - 60, time.time() - 60))
    with path.open():
        assert names(await poll()) == ["a.txt"]
