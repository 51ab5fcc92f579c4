"""Real servers on loopback, proper ones and evil ones, and an Http that may reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http
from wirewatch.model import NetworkPolicy

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Handler], Awaitable[str]]
Speak = Callable[[Speaker | bytes], Awaitable[str]]

LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8", "::1/128"), per_site_delay=timedelta(0))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http(LOOPBACK) as opened:
        yield opened


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a proper HTTP server whose every path is answered by one handler; gives its base URL."""
    async with AsyncExitStack() as stack:

        async def start(handler: Handler) -> str:
            app = web.Application()
            app.router.add_get("/{path:.*}", handler)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}"

        yield start


@pytest.fixture
async def speak() -> AsyncIterator[Speak]:
    """Start a server that says what a script says after the request's head, or these very bytes."""
    talks: set[asyncio.Task[None]] = set()
    async with AsyncExitStack() as stack:

        async def start(script: Speaker | bytes) -> str:
            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                talks.add(task)
                try:
                    await reader.readuntil(b"\r\n\r\n")
                    if isinstance(script, bytes):
                        writer.write(script)
                        await writer.drain()
                    else:
                        await script(reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    pass
                finally:
                    talks.discard(task)
                    writer.close()

            server = await asyncio.start_server(talk, "127.0.0.1", 0)
            stack.callback(server.close)
            return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        yield start
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
