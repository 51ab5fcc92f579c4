"""Which addresses may be reached: public ones, and the private networks that the operator allows."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from wirewatch.errors import BlockedAddress, ConfigError, FetchError
from wirewatch.model import NetworkPolicy

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

DNS_DEADLINE = 5.0
"""Seconds a host name may take to resolve."""

NAT64 = IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = IPv6Network("::/96")
NEVER_PUBLIC: tuple[Network, ...] = (
    ip_network("0.0.0.0/8"),
    ip_network("100.64.0.0/10"),  # shared by carriers; some clouds keep their metadata service here
    ip_network("168.63.129.16/32"),  # Azure's host agent: a public number, but inside every virtual machine
    ip_network("192.88.99.0/24"),
    ip_network("fec0::/10"),
)
MOST_PASSED = 10_000
UNWRITABLE = re.compile(r"[\x00-\x20\x7f\\]")


class RefusedAddress(OSError):
    """Raised inside aiohttp's connect, which passes only an OSError through; `str()` is meant for users."""


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """Whether an address is reachable by everyone, also once any IPv4 address inside it is unwrapped."""
    embedded = tuple(_embedded(address))
    if embedded:
        return all(is_public(inner) for inner in embedded)
    if any(address in network for network in NEVER_PUBLIC):
        return False
    return address.is_global and not address.is_multicast


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, compatible, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in NAT64 or address in IPV4_COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo


class AddressGuard:
    """Checks a URL before it is asked for, every record of its name, and every socket before it connects."""

    def __init__(self, policy: NetworkPolicy) -> None:
        self._ports = frozenset(policy.ports)
        self._allowed = tuple(_network(text) for text in policy.allow)
        self._passed: set[tuple[Address, int]] = set()
        """Addresses that were looked at and may be reached: nothing that this depends on ever changes."""

    def checked_url(self, text: str) -> URL:
        """The URL, if its form and a literal address in it are allowed; raises FetchError."""
        text = text.strip()
        if UNWRITABLE.search(text):
            raise FetchError(
                f"not an address: {text[:100]!r} has spaces, backslashes or control characters in it", temporary=False
            )
        try:
            url = URL(text)
            host = url.host
        except ValueError:
            raise FetchError(f"not an address: {text[:100]!r}", temporary=False) from None
        if url.scheme not in ("http", "https"):
            scheme = f"{url.scheme}:" if url.scheme else "without http:// or https://"
            raise FetchError(f"only http and https addresses are fetched, not {scheme}", temporary=False)
        if not host:
            raise FetchError(f"the address names no host: {text[:100]!r}", temporary=False)
        if "@" in text and (url.user is not None or url.password is not None):
            raise FetchError(f"the address of {host} carries a user name or password; take it out", temporary=False)
        address = _literal(host)  # a name has none: its records come with the resolver's answer
        if address and (refusal := self.refusal(address, url.port or 0)):
            raise BlockedAddress(refusal)
        return url

    def refusal(self, address: Address, port: int) -> str | None:
        """Why a connection to this address and port is not made; None where it may be."""
        if (address, port) in self._passed:
            return None
        refusal = self._refusal(address, port)
        if refusal is None and len(self._passed) < MOST_PASSED:
            self._passed.add((address, port))
        return refusal

    def _refusal(self, address: Address, port: int) -> str | None:
        reached = tuple(_embedded(address)) or (address,)
        if all(any(inner in network for network in self._allowed) for inner in reached):
            return None
        if not is_public(address):
            return f"refused to connect to {address}: not a public address; add it to network.allow if you mean it"
        if port not in self._ports:
            return f"refused to connect to port {port} of {address}; add it to network.ports if you mean it"
        return None

    def socket(self, target: AddrInfoType) -> socket.socket:
        """A socket for aiohttp, refused where `target` must not be reached: the last word, after any resolver."""
        family, kind, protocol, _, where = target
        if refusal := self.refusal(ip_address(str(where[0])), int(where[1])):
            raise RefusedAddress(refusal)
        return socket.socket(family=family, type=kind, proto=protocol)


@lru_cache(maxsize=4096)
def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ConfigError([f"network.allow: {text!r} is not a network; write it like 10.0.0.0/8"]) from None


class GuardedResolver(AbstractResolver):
    """Asks `inner`, and refuses a name with even one record that must not be reached."""

    def __init__(self, inner: AbstractResolver, guard: AddressGuard) -> None:
        self._inner = inner
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            found = await asyncio.wait_for(self._inner.resolve(host, port, family), DNS_DEADLINE)
        except TimeoutError:
            raise OSError(f"no answer from DNS within {DNS_DEADLINE:g} s") from None
        for record in found:
            if refusal := self._guard.refusal(ip_address(record["host"]), port):
                raise RefusedAddress(f"{host}: {refusal}")
        return found

    async def close(self) -> None:
        await self._inner.close()


class SystemResolver(AbstractResolver):
    """The system's own resolver, one daemon thread a lookup.

    A pool would be filled by a handful of lookups that nobody answers, and would hold up the exit of the process.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def settle(found: list[ResolveResult] | OSError) -> None:
            if answer.done():
                return
            if isinstance(found, OSError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def look_up() -> None:
            found: list[ResolveResult] | OSError
            try:
                found = _records(host, port, family)
            except OSError as error:
                found = error
            except UnicodeError:  # a label of over 63 characters
                found = OSError(f"{host[:60]!r} is no host name")
            with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=look_up, name=f"dns {host}", daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Nothing is held open."""


def _records(host: str, port: int, family: int) -> list[ResolveResult]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host,
            host=str(where[0]),
            port=port,
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, where in found
    ]
