"""Connections: those that wirewatch makes itself, and those through a source's proxy."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from connectors.access import FilledAccess
from connectors.addresses import AddressGuard, GuardedResolver, RefusedAddress, SystemResolver
from connectors.politeness import Start
from wirewatch.errors import BlockedAddress, FetchError

CONNECTIONS = 200
"""In use at once; idle ones come on top."""
KEPT_SECONDS = 3.0
"""Long enough for a site's next turn; polls of thousands of sites would run out of file descriptors with more."""
HEADER_LINE_BYTES = 32 * 1024  # real sites send content security policies of over 8 KB
HEADER_LINES = 256


class Sessions:
    """The sessions of one process: `direct`, and one for each proxy."""

    def __init__(
        self, guard: AddressGuard, resolver: AbstractResolver | None, headers: Mapping[str, str], *, tell_sent: bool
    ) -> None:
        self._headers = headers
        self._traces = [_telling_sent()] if tell_sent else None
        self._resolver = resolver or SystemResolver()
        self._guarded = GuardedResolver(self._resolver, guard)
        self.direct = self._session(
            aiohttp.TCPConnector(
                resolver=self._guarded,
                socket_factory=guard.socket,
                limit=CONNECTIONS,
                keepalive_timeout=KEPT_SECONDS,
                ttl_dns_cache=60,
            )
        )
        self._by_proxy: dict[URL, aiohttp.ClientSession] = {}

    async def through(self, access: FilledAccess, proxy: URL, target: URL) -> aiohttp.ClientSession:
        """The session of a source's proxy, for a target that it may be asked for; raises FetchError.

        The operator named the proxy, so it may be anywhere. It resolves names by itself, so a name is looked up here
        first: none with a private record is passed on, and none that is unknown here but the source's own.
        """
        host = target.host or ""
        try:
            await self._guarded.resolve(host, target.port or 0)
        except RefusedAddress as refusal:
            raise BlockedAddress(str(refusal)) from None
        except OSError:
            if not access.is_home(target):
                raise FetchError(
                    f"could not find the host {host} (DNS): a proxy is asked only for public addresses"
                ) from None
        if proxy not in self._by_proxy:
            connector = aiohttp.TCPConnector(resolver=self._resolver, limit=CONNECTIONS, ttl_dns_cache=60)
            self._by_proxy[proxy] = self._session(connector, proxy=proxy)
        return self._by_proxy[proxy]

    async def close(self) -> None:
        """End all connections."""
        for session in (self.direct, *self._by_proxy.values()):
            await session.close()

    def _session(self, connector: aiohttp.TCPConnector, proxy: URL | None = None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            proxy=proxy,
            trace_configs=self._traces,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=HEADER_LINE_BYTES,
            max_field_size=HEADER_LINE_BYTES,
            max_headers=HEADER_LINES,
        )


def _telling_sent() -> aiohttp.TraceConfig:
    """Tells the turn of a request that it is on its way."""

    async def sent(_session: aiohttp.ClientSession, context: SimpleNamespace, _request: object) -> None:
        if isinstance(context.trace_request_ctx, Start):
            context.trace_request_ctx.sent()

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    return trace
