"""How much of a file is read: what is beyond is left out with a named error, and the rest goes on."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

from wirewatch.errors import ExtractionError

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one archive, counted in bytes as they come out of it, whatever its headers say."""

    members: int = 1_000_000
    member_bytes: int = 20 * MIB
    total_bytes: int = 16 * 1024 * MIB
    ratio: int = 200
    """Times a member may be larger than its compressed form, from `ratio_from` bytes on."""
    ratio_from: int = MIB
    depth: int = 3
    """Archives inside one another."""
    nested_bytes: int = 64 * MIB
    """Of an archive inside another one, where it has to be held in memory."""


LIMITS = Limits()


def size_text(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / MIB:,.0f} MiB" if size >= MIB else f"{size / 1024:,.0f} KiB"


def read_capped(stream: BinaryIO, most: int, compressed: int | None = None, limits: Limits = LIMITS) -> bytes:
    """All of a stream; ExtractionError from the moment on that it is longer than `most`, or than its ratio allows.

    `compressed` is the size of what the stream is decompressed from.
    """
    parts: list[bytes] = []
    size = 0
    while part := stream.read(min(MIB, most + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise ExtractionError(f"longer than {size_text(most)}: too large to be one article")
        if compressed is not None and size > limits.ratio_from and size > limits.ratio * max(1, compressed):
            raise ExtractionError(f"it grows to more than {limits.ratio} times its size: this is no honest archive")
    return b"".join(parts)


class Capped(io.RawIOBase):
    """A stream that ends with an ExtractionError where it is longer than `most`."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._left = self._most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._left = self._most
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        part = self._stream.read(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise ExtractionError(f"it grows to more than {size_text(self._most)}: this is no honest archive")
        buffer[: len(part)] = part
        return len(part)


def capped(stream: BinaryIO, most: int) -> BinaryIO:
    """The stream, buffered, no further than `most` bytes."""
    return io.BufferedReader(Capped(stream, most), 1 << 16)
