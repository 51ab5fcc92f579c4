"""S: no request reaches an address that is not public unless the operator allowed it."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from connectors import Http
from connectors.addresses import AddressGuard, RefusedAddress, is_public
from wirewatch.errors import BlockedAddress, ConfigError, FetchError
from wirewatch.model import NetworkPolicy

STRICT = NetworkPolicy(per_site_delay=timedelta(0))

NOT_PUBLIC = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1", "::",
    "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::1", "2001:0:808:808:0:ffff:80ff:fffe", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


class FixedResolver(AbstractResolver):
    """Answers every name with the same records."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def sink():
    """A loopback server that counts the connections it gets: none may come."""
    connections = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], connections
    server.close()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_private_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1%25lo]",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "169.254.169.254",
    ],
)
async def test_no_spelling_of_a_private_address_gets_a_connection(host: str, sink) -> None:
    port, connections = sink
    async with Http(STRICT) as http:
        with pytest.raises(FetchError):
            await http.get(f"http://{host}:{port}/", deadline=3)
    assert connections == []


@pytest.mark.parametrize(
    "records", [("127.0.0.1",), ("::1",), ("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "8.8.8.8"), ("2002:7f00:1::",)]
)
async def test_a_name_with_even_one_private_record_is_refused(records: tuple[str, ...], sink) -> None:
    port, connections = sink
    policy = NetworkPolicy(ports=(port,), per_site_delay=timedelta(0))
    async with Http(policy, resolver=FixedResolver(*records)) as http:
        with pytest.raises(BlockedAddress, match=r"add it to network\.allow if you mean it"):
            await http.get(f"http://news.example:{port}/")
    assert connections == []


async def test_a_name_that_is_rebound_after_the_check_is_refused_at_the_socket() -> None:
    guard = AddressGuard(STRICT)
    with pytest.raises(RefusedAddress, match=r"127\.0\.0\.1: not a public address"):
        guard.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
async def test_other_ports_of_public_addresses_are_refused(port: int) -> None:
    async with Http(STRICT, resolver=FixedResolver("8.8.8.8")) as http:
        for host in ("news.example", "8.8.8.8"):
            with pytest.raises(BlockedAddress, match=rf"port {port} .*network\.ports"):
                await http.get(f"http://{host}:{port}/")


def test_ports_the_operator_names_are_open_on_public_addresses() -> None:
    guard = AddressGuard(NetworkPolicy(ports=(80, 443, 8080)))
    assert guard.refusal(ip_address("8.8.8.8"), 8080) is None
    assert guard.refusal(ip_address("10.0.0.1"), 8080) is not None


def test_an_allowed_network_is_open_on_any_port_and_no_other_is() -> None:
    guard = AddressGuard(NetworkPolicy(allow=("10.1.0.0/16",)))
    assert guard.refusal(ip_address("10.1.2.3"), 9999) is None
    assert guard.refusal(ip_address("::ffff:10.1.2.3"), 9999) is None
    assert guard.refusal(ip_address("10.2.0.1"), 80) is not None


def test_a_mistake_in_network_allow_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"network\.allow: 'intranet' is not a network"):
        AddressGuard(NetworkPolicy(allow=("intranet",)))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "only http and https addresses are fetched, not file:"),
        ("gopher://news.example/", "not gopher:"),
        ("ftp://news.example/", "not ftp:"),
        ("data:text/plain,x", "not data:"),
        ("news.example/rss", "not without http:// or https://"),
        ("http://user:pw@news.example/", "carries a user name or password"),
        ("http://127.0.0.1\\@news.example/", "backslashes"),
        ("http://news.example/a b", "spaces"),
        ("http://exa\nmple.com/", "control characters"),
        ("http:///rss", "names no host"),
        ("http://news.example:99999/", "not an address"),
        ("http://[::1/", "not an address"),
    ],
)
async def test_addresses_of_another_form_are_refused_with_a_reason(url: str, says: str) -> None:
    async with Http(STRICT, resolver=FixedResolver("127.0.0.1")) as http:
        with pytest.raises(FetchError) as caught:
            await http.get(url)
    assert says in str(caught.value)
    assert not caught.value.temporary


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://localhost:{port}/",
        "file:///etc/passwd",
        "gopher://x/",
        "http://u:p@8.8.8.8/",
        "//[::1]/",
    ],
)
async def test_every_hop_of_a_redirect_is_checked(location: str, serve, sink) -> None:
    port, connections = sink

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location.format(port=port)})

    base = await serve(redirect)
    # Only the redirecting server's own address is allowed; "localhost" is a different one here.
    policy = NetworkPolicy(allow=("127.0.0.1/32",), per_site_delay=timedelta(0))
    async with Http(policy, resolver=FixedResolver("127.9.9.9")) as http:
        with pytest.raises(FetchError) as caught:
            await http.get(base)
    assert not caught.value.temporary
    assert connections == []


async def test_an_unknown_host_is_named() -> None:
    async with Http(STRICT) as http:
        with pytest.raises(FetchError, match=r"could not find the host nosuch\.invalid \(DNS\)"):
            await http.get("http://nosuch.invalid/rss")


async def test_a_resolver_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(FixedResolver):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            await asyncio.Event().wait()

    monkeypatch.setattr("connectors.addresses.DNS_DEADLINE", 0.05)
    async with Http(STRICT, resolver=Silent()) as http:
        with pytest.raises(FetchError, match=r"could not find the host news\.example"):
            await http.get("http://news.example/rss")
