"""Content-Encoding: gzip and deflate undone piece by piece, never past a limit."""

from __future__ import annotations

import zlib

from wirewatch.errors import FetchError

ACCEPTED = "gzip, deflate"
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS


class BodyDecoder:
    """Undoes one Content-Encoding; raises FetchError for one it does not know and for bytes that are not in it."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-")
        if self._encoding not in ("", "identity", "gzip", "deflate"):
            raise FetchError(f"the answer is packed as {encoding[:60]!r}, which was not asked for")
        self._packed = self._encoding in ("gzip", "deflate")
        self._unpacker: zlib._Decompress | None = None
        self._begin = b""

    def decode(self, chunk: bytes, room: int) -> bytes:
        """The decoded bytes of a chunk; no more than `room + 1` of them, so that one too many can be told."""
        if not self._packed:
            return chunk
        if self._unpacker is None:
            self._begin += chunk
            if len(self._begin) < len(GZIP_MAGIC):
                return b""
            chunk, self._begin = self._begin, b""
            self._unpacker = self._unpacker_for(chunk)
            if self._unpacker is None:
                self._packed = False
                return chunk
        return self._unpack(chunk, room)

    def end(self) -> tuple[bytes, bool]:
        """Bytes held back so far, and whether the packed body is whole."""
        return self._begin, self._unpacker is None or self._unpacker.eof

    def _unpacker_for(self, begin: bytes) -> zlib._Decompress | None:
        """None where the body is not packed at all, whatever its header says: some servers label plain text gzip."""
        if self._encoding == "gzip":
            return zlib.decompressobj(GZIP_WINDOW) if begin.startswith(GZIP_MAGIC) else None
        has_zlib_header = begin[0] & 0x0F == 8 and int.from_bytes(begin[:2], "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS)

    def _unpack(self, chunk: bytes, room: int) -> bytes:
        out = bytearray()
        while chunk and len(out) <= room:
            assert self._unpacker is not None
            if self._unpacker.eof:
                if not chunk.startswith(GZIP_MAGIC):
                    break  # padding after the last member
                self._unpacker = zlib.decompressobj(GZIP_WINDOW)
            try:
                out += self._unpacker.decompress(chunk, room + 1 - len(out))
            except zlib.error:
                raise FetchError(
                    f"the answer says it is packed as {self._encoding}, but it cannot be unpacked"
                ) from None
            chunk = self._unpacker.unused_data or self._unpacker.unconsumed_tail
        return bytes(out)
