"""Logins, headers, cookies and proxies: to the source's own host, from the environment, and in no message."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from connectors import Http, connector_for
from wirewatch.access import Access
from wirewatch.errors import BlockedAddress, FetchError, UnsetSecret
from wirewatch.model import Cursor, NetworkPolicy, Source, SourceKind
from wirewatch.secrets import redact

SECRETS = {
    "PASSWORD": "canary pä:ss",
    "TOKEN": "canary-token-123",
    "SESSION": "canary-session",
    "PROXY_LOGIN": "desk:canary-proxy",
}
LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8", "::1/128"), per_site_delay=timedelta(0))
PUBLIC_ONLY = NetworkPolicy(per_site_delay=timedelta(0))
LOGIN = Access(
    user="desk",
    password="${PASSWORD}",
    headers=(("X-Api-Key", "${TOKEN}"), ("Accept-Language", "fr")),
    cookies=(("consent", "yes"), ("session", "${SESSION}")),
)
BASIC = base64.b64encode("desk:canary pä:ss".encode()).decode()


def source(url: str, access: Access | None) -> Source:
    return Source("wire", SourceKind.FEED, url, access=access)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http(LOOPBACK, environ=SECRETS) as opened:
        yield opened


class Listener:
    """A site that notes the headers of what it is asked, and redirects where a test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.location = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.headers)))
        if request.path == "/away":
            return web.Response(status=302, headers={"Location": self.location})
        return web.Response(text="<rss version='2.0'><channel/></rss>")


async def test_a_login_headers_and_cookies_go_with_every_request_for_the_source(serve, http: Http) -> None:
    site = Listener()
    base = await serve(site.answer)
    reader = source(f"{base}/rss", LOGIN)
    await http.get(reader.location, source=reader)
    await http.get(f"{base}/page", source=reader, headers={"Accept": "text/html"})
    for _, sent in site.asked:
        assert sent["Authorization"] == f"Basic {BASIC}"
        assert (sent["X-Api-Key"], sent["Accept-Language"]) == ("canary-token-123", "fr")
        assert sent["Cookie"] == "consent=yes; session=canary-session"
    await http.get(f"{base}/rss")
    assert not {"Authorization", "X-Api-Key", "Cookie"} & set(site.asked[-1][1])


async def test_a_token_is_a_bearer(serve, http: Http) -> None:
    site = Listener()
    reader = source(await serve(site.answer), Access(token="${TOKEN}"))
    await http.get(reader.location, source=reader)
    assert site.asked[0][1]["Authorization"] == "Bearer canary-token-123"


@pytest.mark.parametrize("other", ["another port", "another name"])
async def test_nothing_of_it_goes_to_another_host(other: str, serve, http: Http) -> None:
    site, stranger = Listener(), Listener()
    base, away = await serve(site.answer), await serve(stranger.answer)
    site.location = away if other == "another port" else away.replace("127.0.0.1", "localhost")
    reader = source(f"{base}/rss", LOGIN)
    await http.get(f"{base}/away", source=reader)
    await http.get(f"{site.location}/page", source=reader)
    assert len(stranger.asked) == 2
    assert all(not {"Authorization", "X-Api-Key", "Cookie"} & set(sent) for _, sent in stranger.asked)
    assert "Authorization" in site.asked[0][1]


async def test_an_unset_name_fails_that_source_and_sends_nothing(serve) -> None:
    site = Listener()
    reader = source(await serve(site.answer), replace(LOGIN, token="${NOT_THERE}"))
    async with Http(LOOPBACK, environ=SECRETS) as http:
        with pytest.raises(UnsetSecret, match=r"\$\{NOT_THERE\} is not set in the environment; set it where"):
            await connector_for(reader, http).read(reader, Cursor(), datetime(2026, 3, 1).astimezone())
    assert site.asked == []


class Proxy:
    """An HTTP proxy that answers every request itself, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = "200 OK"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        writer.write(f"HTTP/1.1 {self.status}\r\nConnection: close\r\nContent-Length: 7\r\n\r\nproxied".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[tuple[Proxy, str]]:
    there = Proxy()
    server = await asyncio.start_server(there.talk, "127.0.0.1", 0)
    yield there, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_proxy_on_a_private_network_takes_all_requests(proxy) -> None:
    there, address = proxy
    reader = source("http://feeds.invalid/rss", Access(proxy=address))
    async with Http(PUBLIC_ONLY) as http:
        assert (await http.get(reader.location, source=reader)).body == b"proxied"
    assert there.asked[0].startswith("GET http://feeds.invalid/rss HTTP/1.1")


async def test_a_proxy_may_want_a_login(proxy) -> None:
    there, address = proxy
    reader = source("http://feeds.invalid/rss", Access(proxy=address.replace("//", "//${PROXY_LOGIN}@")))
    async with Http(PUBLIC_ONLY, environ=SECRETS) as http:
        await http.get(reader.location, source=reader)
    login = base64.b64encode(b"desk:canary-proxy").decode()
    assert f"Proxy-Authorization: Basic {login}" in there.asked[0]


@pytest.mark.parametrize("url", ["http://localhost/x", "http://127.0.0.1/x", "http://10.0.0.1/", "http://[::1]/"])
async def test_a_proxy_is_not_asked_for_private_addresses(url: str, proxy) -> None:
    there, address = proxy
    reader = source("http://feeds.invalid/rss", Access(proxy=address))
    async with Http(PUBLIC_ONLY) as http:
        with pytest.raises(BlockedAddress, match=r"network\.allow"):
            await http.get(url, source=reader)
    assert there.asked == []


async def test_a_proxy_is_not_asked_for_names_that_only_it_may_know(proxy) -> None:
    """An internal host would be reached so, by a feed's link or by a redirect."""
    there, address = proxy
    reader = source("http://feeds.invalid/rss", Access(proxy=address))
    async with Http(PUBLIC_ONLY) as http:
        with pytest.raises(FetchError, match=r"could not find the host intranet\.invalid .*only for public"):
            await http.get("http://intranet.invalid/x", source=reader)
    assert there.asked == []


async def test_a_tunnel_that_the_proxy_refuses_is_named(proxy) -> None:
    there, address = proxy
    there.status = "407 Proxy Authentication Required"
    reader = source("https://feeds.invalid/rss", Access(proxy=address))
    async with Http(PUBLIC_ONLY) as http:
        with pytest.raises(FetchError, match=r"the proxy does not lead to feeds\.invalid: it answered 407"):
            await http.get(reader.location, source=reader)
        gone = replace(reader, access=Access(proxy="http://127.0.0.1:9"))
        with pytest.raises(FetchError, match=r"could not connect to the proxy for feeds\.invalid: Connection refused"):
            await http.get(gone.location, source=gone)
    assert there.asked[0].startswith("CONNECT feeds.invalid:443")


async def test_no_secret_in_errors_logs_or_reprs(serve, proxy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    there, proxy_address = proxy
    there.status = "502 Bad Gateway"
    site = Listener()
    base = await serve(site.answer)
    site.location = f"http://127.0.0.1:9/?{SECRETS['TOKEN']}"
    said = []
    for access in (LOGIN, Access(token="${TOKEN}"), Access(proxy=proxy_address.replace("//", "//${PROXY_LOGIN}@"))):
        reader = source(f"{base}/rss", access)
        async with Http(LOOPBACK, environ=SECRETS) as http:
            for url in (f"{base}/away", "http://nosuch.invalid/", "ftp://x/", f"{base.replace('http:', 'https:')}/"):
                with pytest.raises(FetchError) as caught:
                    await http.get(url, source=reader)
                said.append(f"{caught.value!r} {caught.getrepr(style='short')}")
            said.append(repr(http.access_of(reader)))
    said += [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    text = "\n".join(said)
    assert len(said) > 12
    assert not [secret for secret in (*SECRETS.values(), "canary", BASIC) if secret in text]
    assert "canary" not in redact(f"a log line with {SECRETS['TOKEN']}, {SECRETS['SESSION']} and {BASIC}")
