"""Servers that mean no good, on loopback: each path of `EVILS` is one way to hold up, fill or break a poller.

`python -m benchmarks.evil_site` prints its port, serves until its standard input ends, and costs the poller's process
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import subprocess
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/rss+xml\r\n"
ITEM = b"<item><title>T</title><link>https://news.example/a</link></item>"
FEED = b"<rss version='2.0'><channel>" + ITEM + b"</channel></rss>"
LAUGHS = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
Evil = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(answer: bytes) -> Evil:
    """One that sends these bytes."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return say


def drips(head: bytes, drop: bytes, pause: float) -> Evil:
    """One that sends a drop after the other for as long as it is listened to."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause)

    return drip


def _feed(body: bytes, headers: bytes = b"") -> bytes:
    return OK + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


EVILS: dict[str, Evil] = {
    "silence": drips(b"", b"", 1.0),
    "dripping headers": drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.2),
    "dripping body": drips(OK + b"\r\n<rss>", b" ", 0.2),
    "endless body": drips(OK + b"\r\n", b"x" * 65536, 0.0),
    "gzip bomb": says(_feed(gzip.compress(b"\0" * 50_000_000), b"Content-Encoding: gzip\r\n")),
    "redirect loop": says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    "100,000 headers": says(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n"),
    "billion laughs": says(_feed(b"<!DOCTYPE r [<!ENTITY a 'lol'>" + LAUGHS + b"]>" + FEED.replace(b"T<", b"&j;<"))),
    "50,000 attributes": says(
        _feed(FEED.replace(b"<item", b"<item " + b" ".join(b'a%d="x"' % n for n in range(50_000))) + b"<&")
    ),
    "deep nesting": says(_feed(FEED.replace(b"</item>", b"<a>" * 50_000 + b"</item>"))),
}


async def serve() -> None:
    """Serve on a free port until the standard input ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, IndexError, KeyError):
            head = await reader.readuntil(b"\r\n\r\n")
            names = list(EVILS)
            path = head.split()[1].decode().strip("/").partition("-")[0]
            await EVILS[names[int(path)] if path.isdecimal() else "redirect loop"](writer)
        writer.close()

    server = await asyncio.start_server(talk, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


class EvilSite:
    """The servers as a process; `addresses` has `each` of every kind. Ended at exit."""

    def __init__(self, each: int) -> None:
        self._each = each

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.evil_site"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        kinds, each = range(len(EVILS)), range(self._each)
        # Each has a site of its own, as evils have.
        self.addresses = [f"http://127.20.{kind}.{one + 1}:{port}/{kind}-{one}" for kind in kinds for one in each]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    asyncio.run(serve())
