"""Watched folders: regular, quiet files of known kinds, each read once until it changes."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_from_bytes

from connectors.claims import PUT_AWAY, has_writer, put_away
from connectors.reading import Reading
from wirewatch.errors import FetchError
from wirewatch.media_types import ARCHIVES, media_type_of
from wirewatch.model import AfterReading, Cursor, Failure, FileStamp, Item, Source

MAX_FILE_BYTES = 20 * 2**20
MAX_ARCHIVE_BYTES = 2 * 2**30
NOTES = frozenset({"text/markdown"})
FILES_AT_ONCE = 200
BYTES_AT_ONCE = 64 * 2**20
QUIET_SECONDS = 2.0
"""A file that changed less than this ago may still be being written."""
OPENED_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A file that has meanwhile become a link or a pipe is not followed, nor waited for."""
UNREADABLE_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file whose stamp is not the one it was last read with. `name` is relative to the folder."""

    path: str
    name: str
    stamp: FileStamp
    seen: os.stat_result


@dataclass(slots=True)
class _Batch:
    """What one read has gathered so far."""

    folder: Path
    items: list[Item] = field(default_factory=list)
    stamps: dict[str, FileStamp] = field(default_factory=dict)
    set_aside: list[Failure] = field(default_factory=list)
    """Told once: only a change of the file can mend them, and till then its stamp keeps it quiet."""
    unreadable: list[Failure] = field(default_factory=list)
    """Tried and told again by every poll: what mends them, a permission say, does not show in a stamp."""
    size: int = 0
    waiting: int = 0
    more: bool = False
    putting_away: bool = False
    """Files that have been read are to be moved: since this read, or by one that was cut off before it could."""

    def failure(self, name: str, what: str) -> Failure:
        return Failure(f"file {shown(f'{self.folder.name}/{name}')}", what)

    @property
    def full(self) -> bool:
        return len(self.stamps) >= FILES_AT_ONCE or self.size >= BYTES_AT_ONCE


@dataclass(frozen=True, slots=True)
class FolderReader:
    """Reads sources of the kind `folder`; files are moved only where that is asked for, and never deleted."""

    quiet_seconds: float = QUIET_SECONDS

    async def read(self, source: Source, cursor: Cursor, now: datetime) -> Reading:
        """The files that are new or changed; waits for ones that changed a moment ago."""
        batch = _Batch(Path(source.location))
        found = await asyncio.to_thread(self._scan, batch, source, cursor)
        age = time.time() - max((each.seen.st_mtime for each in found), default=0.0)
        if age < self.quiet_seconds:
            await asyncio.sleep(min(self.quiet_seconds - age, self.quiet_seconds))
        await asyncio.to_thread(self._read_files, batch, found, source, now)
        read = replace(cursor, files=batch.stamps, first_polled_at=cursor.first_polled_at or now)
        return Reading(
            items=tuple(batch.items),
            cursor=read,
            unchanged=not (batch.stamps or batch.waiting or batch.unreadable or batch.putting_away),
            # The last of several readings tells what the others met, too.
            failures=tuple(batch.set_aside if batch.more else batch.set_aside + batch.unreadable),
            more=batch.more,
            waiting=0 if batch.more else batch.waiting,
        )

    async def settle(self, source: Source, cursor: Cursor, now: datetime) -> tuple[Failure, ...]:
        """Put away the files that have been read, where the source asks for it."""
        if source.after is not AfterReading.ARCHIVE:
            return ()
        return await asyncio.to_thread(self._put_away, _Batch(Path(source.location)), source, cursor, now)

    def _put_away(self, batch: _Batch, source: Source, cursor: Cursor, now: datetime) -> tuple[Failure, ...]:
        failures = []
        for path, name in list(_walk(batch, str(batch.folder), "", PUT_AWAY)):
            stamp = cursor.files.get(name)
            if stamp and is_wanted(name, source.files):
                try:
                    put_away(batch.folder, Path(path), stamp, now)
                except OSError as error:
                    what = f"cannot be moved away after it was read: {error.strerror or error}"
                    failures.append(batch.failure(name, what))
        return tuple(failures)

    def _scan(self, batch: _Batch, source: Source, cursor: Cursor) -> list[FoundFile]:
        """The files that are not as they were last read, in the order of their names."""
        if not batch.folder.is_dir():
            what = "is not a folder" if batch.folder.exists() else "does not exist"
            raise FetchError(f"folder {batch.folder} {what}; create it, or correct it in the configuration")
        changed = []
        archiving = source.after is AfterReading.ARCHIVE
        for path, name in _walk(batch, str(batch.folder), "", PUT_AWAY if archiving else frozenset()):
            if not is_wanted(name, source.files):
                continue
            try:
                seen = os.lstat(path)
            except OSError:  # deleted meanwhile
                continue
            stamp = FileStamp(seen.st_mtime_ns, seen.st_size)
            known = cursor.files.get(name)
            if known is None or (known.modified_ns, known.size) != (stamp.modified_ns, stamp.size):
                changed.append(FoundFile(path, name, stamp, seen))
            elif archiving and stat.S_ISREG(seen.st_mode):
                batch.putting_away = True
        return changed

    def _read_files(self, batch: _Batch, found: list[FoundFile], source: Source, now: datetime) -> None:
        for each in found:
            if batch.full:
                batch.more = True
                return
            self._read_file(batch, each, source, now)

    def _read_file(self, batch: _Batch, found: FoundFile, source: Source, now: datetime) -> None:
        if not stat.S_ISREG(found.seen.st_mode):
            kind = "a link" if stat.S_ISLNK(found.seen.st_mode) else "a pipe, socket or device"
            return _set_aside(batch, found, f"not a regular file but {kind}; it is not read")
        most = MAX_ARCHIVE_BYTES if is_archive(found.name) else MAX_FILE_BYTES
        if found.stamp.size > most:
            size, limit = found.stamp.size / 2**20, most // 2**20
            kind = "archives" if is_archive(found.name) else "files"
            return _set_aside(batch, found, f"{size:.0f} MiB; {kind} up to {limit} MiB are read")
        try:
            raw = _beginning(found) if is_archive(found.name) else _contents(found)
        except FileNotFoundError:
            return None
        except OSError as error:
            return batch.unreadable.append(batch.failure(found.name, f"cannot be read: {error.strerror or error}"))
        if raw is None:
            batch.waiting += 1
            return None
        batch.size += len(raw)
        batch.stamps[found.name] = found.stamp
        batch.items.append(replace(_item(found.path, raw, source.name, now, source.language), path=found.name))
        return None


def is_wanted(name: str, patterns: Sequence[str]) -> bool:
    """Whether a watched file is read: all kinds that can be, but Markdown, in which people keep notes beside stories.

    With `patterns` (as of a shell, for the name or the path in the folder) it is what they say.
    """
    if media_type_of(name) is None:
        return False
    if not patterns:
        return media_type_of(name) not in NOTES
    return any(fnmatchcase(each, pattern) for pattern in patterns for each in (name, name.rpartition("/")[2]))


def is_archive(name: str) -> bool:
    """Whether a file of this name holds many articles, and is read in a stream."""
    return media_type_of(name) in ARCHIVES


def open_file(item: Item) -> BinaryIO:
    """The bytes of a file's item, from the disk where it is an archive; OSError where it is gone."""
    if item.archive is None:
        return BytesIO(item.raw)
    return os.fdopen(os.open(item.archive, OPENED_SAFELY), "rb")


def files_in(path: Path) -> tuple[list[Path], list[Failure]]:
    """The files below a folder that a source would read, in the order of their names, or the one file itself.

    FetchError where there is nothing at that path; folders that cannot be read are failures.
    """
    if path.is_file():
        return [path], []
    if not path.is_dir():
        raise FetchError(f"there is no file or folder {path} on this machine")
    batch = _Batch(path)
    return [Path(found) for found, _name in _walk(batch, str(path), "", frozenset())], batch.unreadable


def item_of_file(path: Path, *, source: str, now: datetime) -> Item:
    """One file, of whatever kind, as a folder would give it; raises OSError where it cannot be read."""
    seen = path.stat()  # before it is opened: to open a pipe is to wait for its writer
    if stat.S_ISDIR(seen.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    if is_archive(path.name):
        return _item(str(path.absolute()), b"", source, now, None)
    if seen.st_size > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, f"longer than {MAX_FILE_BYTES // 2**20} MiB")
    return _item(str(path.absolute()), path.read_bytes(), source, now, None)


def _item(path: str, raw: bytes, source: str, now: datetime, language: str | None) -> Item:
    return Item(
        source=source,
        url="file://" + quote(os.fsencode(path)),
        raw=raw,
        media_type=media_type_of(path) or "text/plain",
        fetched_at=now,
        language=language,
        archive=path if is_archive(path) else None,
    )


def _set_aside(batch: _Batch, found: FoundFile, what: str) -> None:
    batch.set_aside.append(batch.failure(found.name, what))
    batch.stamps[found.name] = replace(found.stamp, error=what)


def _walk(batch: _Batch, folder: str, inside: str, but: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(path, name) of what may be watched files, in the order of their names; links are not followed.

    `but`: names of folders at the top that are not looked into.
    """
    try:
        with os.scandir(folder) as listing:
            inner = sorted(listing, key=lambda each: os.fsencode(each.name))
    except OSError as error:
        if not inside:
            raise FetchError(f"folder {folder} cannot be read: {error.strerror or error}") from None
        batch.unreadable.append(batch.failure(inside.rstrip("/"), f"cannot be read: {error.strerror or error}"))
        return
    for each in inner:
        if each.name.startswith((".", "~")):  # hidden, and the temporaries of editors and office programs
            continue
        name = inside + storable(each.name)
        if each.is_dir(follow_symlinks=False):
            if inside or each.name not in but:
                yield from _walk(batch, each.path, f"{name}/", but)
        elif media_type_of(each.name):  # so .swp, .tmp, .part and "a.txt~" are not
            yield each.path, name


def _contents(found: FoundFile) -> bytes | None:
    """The file's bytes; None while it is still changing."""
    with os.fdopen(os.open(found.path, OPENED_SAFELY), "rb") as file:
        if not _is_quiet(file.fileno(), found):
            return None
        raw = file.read(found.stamp.size + 1)
        return raw if _same(os.fstat(file.fileno()), found.seen) and len(raw) == found.stamp.size else None


def _beginning(found: FoundFile) -> bytes | None:
    """Nothing yet of an archive, which is read when its turn comes; None while it is still changing."""
    with os.fdopen(os.open(found.path, OPENED_SAFELY), "rb") as file:
        return b"" if _is_quiet(file.fileno(), found) else None


def _is_quiet(handle: int, found: FoundFile) -> bool:
    return _same(os.fstat(handle), found.seen) and not has_writer(handle, found.seen)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether both are the same file in the same state."""
    return (one.st_dev, one.st_ino, one.st_mode, one.st_size, one.st_mtime_ns) == (
        other.st_dev,
        other.st_ino,
        other.st_mode,
        other.st_size,
        other.st_mtime_ns,
    )


def storable(name: str) -> str:
    """The name, percent-escaped where its bytes are no UTF-8: databases take text only."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return quote_from_bytes(os.fsencode(name))
    return name


def shown(name: str) -> str:
    """The name with control and bidi characters escaped, so that it cannot disturb the line it stands in."""
    return UNREADABLE_NAME.sub(lambda found: found.group().encode("unicode_escape").decode(), name)
