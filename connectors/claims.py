"""Files and their writers: whether one is still at work, and putting away what has been read."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from wirewatch.model import FileStamp

WRITER_PATIENCE = 600.0
"""Seconds since the last change after which a file is read although somebody holds it open for writing."""
ARCHIVED = "archived"
QUARANTINE = "quarantine"
PUT_AWAY = frozenset({ARCHIVED, QUARANTINE})
"""Folders inside a watched one that are made here, and not watched."""


def has_writer(handle: int, seen: os.stat_result) -> bool:
    """Whether somebody holds an open file open for writing, as far as this system tells, and not for ever."""
    if sys.platform != "linux" or time.time() - seen.st_mtime > WRITER_PATIENCE:
        return False
    import fcntl

    try:
        # Should a writer come just now, the kernel sends a signal, as a rule one that ends the process.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # refused while there is a writer
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # another's file, or a file system without leases
        return False
    return False


def put_away(folder: Path, path: Path, stamp: FileStamp, now: datetime) -> bool:
    """Move a file that has been read into `archived/`, one that could not be into `quarantine/`, with the reason.

    False where it has changed meanwhile: then it stays. OSError where it cannot be moved. Nothing is overwritten.
    """
    if not _is_as_stamped(path, stamp):
        return False
    room = folder / (QUARANTINE if stamp.error else ARCHIVED)
    target = _free(_made(room, path.parent.relative_to(folder)) / path.name)
    path.rename(target)
    if not _is_as_stamped(target, stamp):  # rewritten in the moment between: the next poll reads it where it was
        if not os.path.lexists(path):
            target.rename(path)
        return False
    if stamp.error:
        reason = (
            f"{path.relative_to(folder)}: {stamp.error}\n"
            f"set aside {now:%Y-%m-%d %H:%M} UTC; mend it and move it back to have it read again\n"
        )
        _free(target.with_name(target.name + ".reason.txt")).write_text(reason, "utf-8", "backslashreplace")
    return True


def _is_as_stamped(path: Path, stamp: FileStamp) -> bool:
    with suppress(FileNotFoundError):
        seen = path.lstat()
        return stat.S_ISREG(seen.st_mode) and (seen.st_mtime_ns, seen.st_size) == (stamp.modified_ns, stamp.size)
    return False


def _made(room: Path, inside: Path) -> Path:
    """The folder inside a room, made where it is missing; OSError where a link stands in its place."""
    for folder in (room, *_down(room, inside)):
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise NotADirectoryError(20, f"{folder.name}/ is a link; nothing is moved through it")
    return room / inside


def _down(room: Path, inside: Path) -> Iterator[Path]:
    for part in inside.parts:
        room = room / part
        yield room


def _free(target: Path) -> Path:
    """The path, or the first of `name (2).txt`, `name (3).txt`, … that is free."""
    others = (target.with_name(f"{target.stem} ({number}){target.suffix}") for number in count(2))
    return next(path for path in chain([target], others) if not os.path.lexists(path))
