"""F: a server's answer is bounded in time, size, redirects and headers, and what fails is said in words."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from connectors import Http
from connectors.http import retry_after
from wirewatch.errors import FetchError
from wirewatch.model import NetworkPolicy

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def packed(encoding: str, body: bytes) -> bytes:
    return OK + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def refused(http: Http, url: str, **how) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await http.get(url, **{"deadline": 5, **how})
    assert str(caught.value).count("\n") == 0
    return caught.value


async def test_a_request_says_who_asks_and_keeps_no_cookies(serve) -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers)
        return web.Response(text="x", headers={"Set-Cookie": "track=1"})

    base = await serve(answer)
    policy = NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0), contact="https://watch.example/about")
    async with Http(policy) as http:
        await http.get(base)
        await http.get(base, headers={"If-None-Match": 'W/"a b"'})
    assert seen[0]["User-Agent"].startswith("wirewatch/")
    assert seen[0]["User-Agent"].endswith("(+https://watch.example/about)")
    assert seen[0]["Accept-Encoding"] == "gzip, deflate"
    assert "Cookie" not in seen[1]
    assert seen[1]["If-None-Match"] == 'W/"a b"'


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello")),
        ("x-gzip", gzip.compress(b"hello")),
        ("GZIP", gzip.compress(b"hel") + gzip.compress(b"lo") + b"\0\0"),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
        ("identity", b"hello"),
        ("gzip", b"hello"),
    ],
    ids=["gzip", "x-gzip", "members", "zlib", "raw deflate", "identity", "text that is called gzip"],
)
async def test_packed_bodies_are_unpacked(encoding: str, body: bytes, http: Http, speak) -> None:
    base = await speak(packed(encoding, body))
    assert (await http.get(base)).body == b"hello"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str, http: Http, speak) -> None:
    error = await refused(http, await speak(packed(encoding, b"\x0b\x02\x80hello\x03")))
    assert encoding in str(error)


async def test_gzip_that_is_broken_is_named(http: Http, speak) -> None:
    body = gzip.compress(b"hello" * 1000)
    error = await refused(http, await speak(packed("gzip", body[:12] + b"\xff\xff\xff" + body[15:])))
    assert "cannot be unpacked" in str(error)


async def test_gzip_that_breaks_off_is_named(http: Http, speak) -> None:
    error = await refused(http, await speak(packed("gzip", gzip.compress(b"hello" * 1000)[:-10])))
    assert "broke off" in str(error)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_body_over_the_limit_is_refused(encoding: str, http: Http, speak) -> None:
    body = b"x" * 3_000_000
    base = await speak(packed(encoding, gzip.compress(body) if encoding == "gzip" else body))
    assert "longer than 1 MiB" in str(await refused(http, base, max_bytes=2**20))
    assert len((await http.get(base, max_bytes=3_000_000)).body) == 3_000_000


async def test_an_endless_body_is_cut_at_the_limit(http: Http, speak) -> None:
    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    assert "longer than 1 MiB" in str(await refused(http, await speak(endless), max_bytes=2**20))


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", OK + b"\r\n"], ids=["silence", "headers", "body"]
)
async def test_dripping_servers_meet_the_deadline(head: bytes, http: Http, speak) -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(b"x" if head else b"")

    error = await refused(http, await speak(drip), deadline=0.3)
    assert str(error) == "no answer from 127.0.0.1 within 0.3 s"
    assert error.temporary


async def test_a_server_that_does_not_take_the_connection_meets_the_deadline(http: Http) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        error = await refused(http, f"http://127.0.0.1:{deaf.getsockname()[1]}/", deadline=0.3)
        for caller in callers:
            caller.close()
    assert "within 0.3 s" in str(error)


async def test_a_closed_port_is_named(http: Http) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await refused(http, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert str(error) == "could not connect to 127.0.0.1: Connection refused"
    assert error.temporary


async def test_redirects_are_followed_up_to_five(http: Http, serve) -> None:
    async def count_down(request: web.Request) -> web.Response:
        left = int(request.match_info["path"])
        if left:
            return web.Response(status=(301, 302, 303, 307, 308)[left % 5], headers={"Location": str(left - 1)})
        return web.Response(text="there")

    base = await serve(count_down)
    answer = await http.get(f"{base}/5")
    assert (answer.body, answer.url) == (b"there", f"{base}/0")
    assert "more than 5 redirects" in str(await refused(http, f"{base}/6"))


async def test_a_redirect_loop_ends(http: Http, serve) -> None:
    async def again(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": str(request.url)})

    assert "more than 5 redirects" in str(await refused(http, await serve(again)))


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: y\r\n" % n for n in range(100_000)),
        b"X-Big: " + b"y" * 5_000_000 + b"\r\n",
    ],
    ids=["100k headers", "5 MB header"],
)
async def test_headers_are_capped(head: bytes, http: Http, speak) -> None:
    error = await refused(http, await speak(OK + head + b"\r\nhello"))
    assert "127.0.0.1" in str(error)
    assert len(str(error)) < 250


async def test_large_security_headers_of_real_sites_are_fine(http: Http, speak) -> None:
    base = await speak(OK + b"Content-Security-Policy: " + b"x" * 20_000 + b"\r\n\r\nhello")
    assert (await http.get(base)).body == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 100\r\n\r\nhalf",
        OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf",
    ],
    ids=["length", "chunked"],
)
async def test_a_short_body_fails_unless_it_may_be_partial(answer: bytes, http: Http, speak) -> None:
    base = await speak(answer)
    assert "broke off" in str(await refused(http, base))
    part = await http.get(base, partial=True)
    assert (part.body, part.whole) == (b"half", False)


@pytest.mark.parametrize(
    "noise", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n"]
)
async def test_what_is_not_http_is_named(noise: bytes, http: Http, speak) -> None:
    assert "127.0.0.1" in str(await refused(http, await speak(noise)))


@pytest.mark.parametrize(
    ("status", "temporary", "says"),
    [
        (404, False, "127.0.0.1 answered 404 (Not Found), to come again in 2 min"),
        (410, False, "answered 410 (Gone)"),
        (401, False, "answered 401 (Unauthorized)"),
        (408, True, "answered 408"),
        (429, True, "answered 429 (Too Many Requests)"),
        (500, True, "answered 500 (Internal Server Error)"),
        (503, True, "answered 503"),
        (599, True, "answered 599 (a status that HTTP does not know)"),
        (300, False, "answered 300"),
    ],
)
async def test_other_statuses_are_errors(status: int, temporary: bool, says: str, http: Http, speak) -> None:
    base = await speak(b"HTTP/1.1 %d X\r\nConnection: close\r\nRetry-After: 120\r\n\r\nsorry" % status)
    error = await refused(http, base)
    assert says in str(error)
    assert (error.status, error.temporary, error.retry_after) == (status, temporary, 120.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("-5", 0),
        ("99999999", 86400),
        ("9" * 400, 86400),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2099 11:00:00 GMT", 86400),
        ("soon", None),
        ("1.5 hours", None),
        ("--5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_and_clamped(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
async def test_a_site_that_wants_to_be_left_alone_is_not_asked_for_anything_else(
    status: int, http: Http, serve
) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        wait = {"/other": "600", "/later": "999999"}.get(request.path)
        return web.Response(status=status if wait else 200, headers={"Retry-After": wait} if wait else {})

    base = await serve(answer)
    other = await serve(answer)
    assert (await refused(http, f"{base}/other")).retry_after == 600
    held = await refused(http, f"{base}/feed")
    assert "127.0.0.1 wants no request for another 10 min (Retry-After)" in str(held)
    assert (held.status, held.temporary, round(held.retry_after or 0)) == (429, True, 600)
    await http.get(f"{other}/feed")
    assert (await refused(http, f"{other}/later")).retry_after == 86400
    assert 3590 < ((await refused(http, f"{other}/feed")).retry_after or 0) <= 3600, "an hour at most for all of a site"
    assert asked == ["/other", "/feed", "/later"]


async def test_a_redirect_is_followed_only_where_it_may_be(http: Http, serve) -> None:
    asked, wanted = [], []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/private"})

    async def may_ask(url: str) -> None:
        wanted.append(url)
        raise FetchError("no")

    base = await serve(answer)
    assert str(await refused(http, f"{base}/a", may_ask=may_ask)) == "no"
    assert (asked, wanted) == (["/a"], [f"{base}/private"])


ASKER = """
import asyncio, sys
from connectors import Http
from wirewatch.errors import FetchError
from wirewatch.model import NetworkPolicy

async def main(url):
    async with Http(NetworkPolicy(allow=("127.0.0.0/8", "::1/128"))) as http:
        try:
            await http.get(url)
        except FetchError as error:
            print(error)

asyncio.run(main(sys.argv[1]))
"""


async def test_an_expired_certificate_is_refused_though_its_signer_is_trusted(
    expired_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(expired_certificate))  # read when a process begins
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(expired_certificate)
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    asker = await asyncio.create_subprocess_exec(sys.executable, "-c", ASKER, url, stdout=subprocess.PIPE)
    printed, _ = await asker.communicate()
    server.close()
    assert printed.decode() == "the certificate of localhost is not valid: certificate has expired\n"


async def test_a_certificate_nobody_vouches_for_is_refused(self_signed_certificate: Path, http: Http) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed_certificate)
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    error = await refused(http, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    server.close()
    assert str(error).startswith("the certificate of 127.0.0.1 is not valid: self-signed certificate")


async def test_tls_with_a_server_that_speaks_plain_http_is_named(http: Http, speak) -> None:
    base = await speak(OK + b"\r\nhello")
    assert "127.0.0.1" in str(await refused(http, base.replace("http:", "https:"), deadline=2))


async def test_messages_name_the_host_but_no_path_that_may_hold_a_secret(http: Http, serve) -> None:
    async def missing(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    base = await serve(missing)
    for url in (f"{base}/private?token=s3cret", "http://nosuch.invalid/private?token=s3cret"):
        assert "s3cret" not in str(await refused(http, url))


BOMB_EATER = """
import asyncio, resource, sys
from datetime import timedelta
from connectors import Http
from wirewatch.errors import FetchError
from wirewatch.model import NetworkPolicy

async def main(url):
    async with Http(NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))) as http:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(2):
            try:
                await http.get(url)
            except FetchError as error:
                print(error)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)

asyncio.run(main(sys.argv[1]))
"""


async def test_a_gzip_bomb_costs_less_than_64_mib(speak) -> None:
    zeros, packer = b"\0" * 2**20, zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(zeros) for _ in range(100)) + packer.flush()
    base = await speak(packed("gzip", bomb))
    eater = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BOMB_EATER, base, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    printed, _ = await eater.communicate()
    *errors, grown = printed.decode().splitlines()
    assert errors == ["the answer of 127.0.0.1 is longer than 10 MiB"] * 2
    assert int(grown) < 64
