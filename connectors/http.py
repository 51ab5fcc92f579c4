"""Every inbound request: bounded in time, size, redirects and reach, and polite to each site."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from connectors.access import FilledAccess, fill_access
from connectors.addresses import AddressGuard, RefusedAddress
from connectors.encodings import ACCEPTED, BodyDecoder
from connectors.politeness import SiteTurns, Start
from connectors.sessions import Sessions
from wirewatch import __version__
from wirewatch.access import Access
from wirewatch.clock import Clock, utc_now
from wirewatch.errors import BlockedAddress, FetchError, LeftAlone
from wirewatch.model import NetworkPolicy, Source
from wirewatch.schedule import site_held_for

MAX_BYTES = 10 * 2**20
"""Decoded bytes of a body."""
DEADLINE = 20.0
"""Seconds for all of a request but the wait for its turn at a site."""
CONNECT_DEADLINE = 10.0
MAX_REDIRECTS = 5
LONGEST_RETRY_AFTER = timedelta(days=1)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})
PASSING_TROUBLE = frozenset({408, 425, 429})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Response:
    """A 2xx answer, or a 304 to a conditional request; `url` is the one that answered, after redirects.

    `whole` is False for a body that broke off, which only a caller that asked for `partial` gets to see.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    media_type: str
    charset: str | None
    whole: bool = True
    moved: bool = False
    """The address redirects to `url` for good, all the way."""


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str
    permanent: bool


class Http:
    """One a process: holds the connections and the turns at each site. Use it as an async context manager."""

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolver: AbstractResolver | None = None,
        clock: Clock = utc_now,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.policy = policy
        self._guard = AddressGuard(policy)
        self._turns = SiteTurns(policy.per_site_limit, policy.per_site_delay)
        self._spaced = bool(policy.per_site_delay)
        self._resolver = resolver
        self._clock = clock
        self._environ = environ
        contact = f" (+{policy.contact})" if policy.contact else ""
        self._headers = {
            "User-Agent": f"wirewatch/{__version__}{contact}",
            "Accept-Encoding": ACCEPTED,
            "Accept": "*/*",
        }
        self._sessions: Sessions | None = None
        self._filled: dict[tuple[str, Access], FilledAccess] = {}
        self._newly_held: dict[str, datetime] = {}

    async def __aenter__(self) -> Self:
        self._sessions = Sessions(self._guard, self._resolver, self._headers, tell_sent=self._spaced)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sessions is not None:
            await self._sessions.close()
            self._sessions = None

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        max_bytes: int = MAX_BYTES,
        deadline: float = DEADLINE,
        partial: bool = False,
        cut: bool = False,
        source: Source | None = None,
        may_ask: Callable[[str], Awaitable[None]] | None = None,
    ) -> Response:
        """Get an address and follow its redirects; raises FetchError for anything but 2xx and 304.

        `deadline` (seconds) covers everything but waiting for a turn. With `partial`, a body that breaks off is
        given as far as it came; with `cut`, so is one that is too long. `source` is the one it is asked for: its
        login and its proxy are used. `may_ask` is asked before each address that it is redirected to, and raises where
        it may not be followed.
        """
        access = self.access_of(source)
        target = self._guard.checked_url(url)
        moved: bool | None = None
        clock = asyncio.get_running_loop().time
        left = deadline
        for _ in range(MAX_REDIRECTS + 1):
            async with self._turns.turn(target.authority) as start:
                self._leave_alone(target)
                started = clock()
                try:
                    answer = await self._ask(target, headers, max_bytes, left, access, start, partial=partial, cut=cut)
                except TimeoutError as error:
                    raise FetchError(_timeout_message(error, target.host, deadline)) from None
                except (aiohttp.ClientError, ValueError) as error:
                    raise _fetch_error(error, target.host) from None
                left -= clock() - started
            if isinstance(answer, Response):
                return replace(answer, moved=True) if moved else answer
            moved = answer.permanent and moved is not False
            target = self._guard.checked_url(urljoin(str(target), answer.location))
            if may_ask is not None:
                await may_ask(str(target))
        raise FetchError(f"more than {MAX_REDIRECTS} redirects; the last one to {target.host}", temporary=False)

    def leave_alone(self, sites: Mapping[str, datetime]) -> None:
        """Ask these sites (host and port) for nothing until then."""
        now = self._clock()
        for site, until in sites.items():
            self._turns.hold(site, (until - now).total_seconds())

    def newly_held(self) -> dict[str, datetime]:
        """Which sites have said, since this was last asked, until when they want to be left alone."""
        taken, self._newly_held = self._newly_held, {}
        return taken

    def _leave_alone(self, target: URL) -> None:
        """Raise LeftAlone while the site of an address is to be left alone."""
        if left := self._turns.held_for(target.authority):
            said = f"{target.host} wants no request for another {_time(left)} (Retry-After)"
            raise LeftAlone(said, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after=left)

    def access_of(self, source: Source | None) -> FilledAccess | None:
        """What goes with the requests for a source; UnsetSecret where the environment lacks a part of it."""
        if source is None or source.access is None:
            return None
        key = (source.location, source.access)
        if key not in self._filled:
            self._filled[key] = fill_access(source, source.access, self._environ)
        return self._filled[key]

    async def _ask(
        self,
        target: URL,
        headers: Mapping[str, str],
        max_bytes: int,
        left: float,
        access: FilledAccess | None,
        start: Start | None,
        *,
        partial: bool,
        cut: bool,
    ) -> Response | _Redirect:
        """One request: its response, or where it redirects to."""
        assert self._sessions is not None, "Http is an async context manager: enter it first"
        session = self._sessions.direct
        if access is not None:
            headers = {**headers, **access.headers_for(target)}
            if access.proxy is not None:
                session = await self._sessions.through(access, access.proxy, target)
        timeout = _timeout(left)
        request = session.get(target, headers=headers, timeout=timeout, allow_redirects=False, trace_request_ctx=start)
        async with request as answer:
            if answer.status == HTTPStatus.NOT_MODIFIED:  # most often
                return Response(str(target), answer.status, answer.headers, b"", media_type="", charset=None)
            if answer.status in REDIRECTS and (location := answer.headers.get("Location")):
                return _Redirect(location, answer.status in FOR_GOOD)
            if not 200 <= answer.status < 300:
                raise self._status_error(answer, target)
            body, whole = await _body(answer, max_bytes, partial=partial, cut=cut)
            return Response(
                url=str(target),
                status=answer.status,
                headers=answer.headers,
                body=body,
                media_type=answer.content_type.lower(),
                charset=answer.charset,
                whole=whole,
            )

    def _status_error(self, answer: aiohttp.ClientResponse, target: URL) -> FetchError:
        status = answer.status
        try:
            meaning = HTTPStatus(status).phrase
        except ValueError:
            meaning = "a status that HTTP does not know"
        wait = retry_after(answer.headers.get("Retry-After"), self._clock())
        error = FetchError(
            f"{target.host} answered {status} ({meaning})" + (f", to come again in {_time(wait)}" if wait else ""),
            temporary=status >= 500 or status in PASSING_TROUBLE,
            status=status,
            retry_after=wait,
        )
        if held := site_held_for(error):
            self._turns.hold(target.authority, held.total_seconds())
            self._newly_held[target.authority] = self._clock() + held
        return error


@lru_cache(maxsize=16)
def _timeout(left: float) -> aiohttp.ClientTimeout:
    """Nearly all requests have the same; making one takes as long as checking an address."""
    return aiohttp.ClientTimeout(total=max(left, 0.001), sock_connect=CONNECT_DEADLINE)


async def _body(answer: aiohttp.ClientResponse, max_bytes: int, *, partial: bool, cut: bool) -> tuple[bytes, bool]:
    """The decoded body, and whether it is whole."""
    too_long = FetchError(f"the answer of {answer.url.host} is longer than {max_bytes / 2**20:g} MiB")
    decoder = BodyDecoder(answer.headers.get("Content-Encoding", ""))
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in answer.content.iter_any():
            chunks.append(decoder.decode(chunk, max_bytes - size))
            size += len(chunks[-1])
            if size > max_bytes:
                if cut:
                    return b"".join(chunks)[:max_bytes], False
                raise too_long
    except (aiohttp.ClientPayloadError, ConnectionError):
        if not partial:
            raise
        return b"".join(chunks), False
    rest, whole = decoder.end()
    if not (whole or partial):
        raise FetchError(f"the answer of {answer.url.host} broke off")
    return b"".join([*chunks, rest]), whole


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, from 0 to a day; None where it cannot be read."""
    if not value:
        return None
    value = value.strip()
    try:
        if value.lstrip("-").isdecimal():
            seconds = float(value)
        else:
            moment = parsedate_to_datetime(value)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER.total_seconds())


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _timeout_message(error: TimeoutError, host: str | None, deadline: float) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection to {host} within {min(deadline, CONNECT_DEADLINE):g} s"
    return f"no answer from {host} within {deadline:g} s"


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)


def _fetch_error(error: aiohttp.ClientError | ValueError, host: str | None) -> FetchError:
    """What went wrong, in words; aiohttp's own messages carry whole addresses, which may hold secrets."""
    match error:
        case aiohttp.ClientProxyConnectionError():
            return FetchError(f"could not connect to the proxy for {host}: {_reason(error.os_error)}")
        case aiohttp.ClientHttpProxyError():
            return FetchError(f"the proxy does not lead to {host}: it answered {error.status}", status=error.status)
        case aiohttp.ClientConnectorError(os_error=RefusedAddress() as refusal):
            return BlockedAddress(str(refusal))
        case aiohttp.ClientConnectorDNSError():
            return FetchError(f"could not find the host {host} (DNS)")
        case aiohttp.ClientConnectorCertificateError():
            cause = error.certificate_error
            why = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else str(cause)
            return FetchError(f"the certificate of {host} is not valid: {why}")
        case aiohttp.ClientConnectorSSLError():
            return FetchError(f"no TLS connection with {host}: {_reason(error.os_error)}")
        case aiohttp.ClientConnectorError():
            return FetchError(f"could not connect to {host}: {_reason(error.os_error)}")
        case aiohttp.ClientPayloadError():
            return FetchError(f"the answer of {host} broke off")
        case aiohttp.ClientResponseError():
            return FetchError(f"{host} sent an answer that is not proper HTTP: {' '.join(error.message.split())[:120]}")
        case aiohttp.ServerDisconnectedError():
            return FetchError(f"{host} closed the connection without an answer")
        case aiohttp.InvalidURL() | ValueError():
            return FetchError(f"not an address that can be asked for, at {host}", temporary=False)
        case _:
            return FetchError(f"the connection with {host} broke")
