"""Broken XML parsed in a process of its own, which can be stopped: no document may stall the poll of the others."""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import sys
from weakref import WeakKeyDictionary

from connectors.parsed_feed import ParsedFeed
from connectors.xml_feed import parse_xml_feed
from wirewatch.errors import NotAFeed

DEADLINE = 10.0
"""Seconds."""
MEMORY_BYTES = 2**30
AT_ONCE = 2
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def parse_aside(body: bytes, feed_url: str, charset: str | None) -> ParsedFeed | None:
    """What `parse_xml_feed` gives; raises NotAFeed where that takes too long or too much memory."""
    async with _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "connectors.aside", feed_url, charset or ""),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            answer, _ = await asyncio.wait_for(process.communicate(body), DEADLINE)
        except TimeoutError:
            raise NotAFeed(
                f"not a feed that can be read: its XML is broken, and {DEADLINE:g} s were not enough"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise NotAFeed("not a feed that can be read: its XML is broken, and the parser gave up on it")
    feed = pickle.loads(answer)  # noqa: S301 (written by `main` below, out of plain strings and dates)
    assert feed is None or isinstance(feed, ParsedFeed)
    return feed


def main() -> None:
    """Parse the feed on standard input and write the result, pickled, to standard output."""
    os.nice(19)  # it may take long, and the poll of the others goes first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    feed = parse_xml_feed(sys.stdin.buffer.read(), sys.argv[1], sys.argv[2] or None)
    sys.stdout.buffer.write(pickle.dumps(feed))


if __name__ == "__main__":
    main()
