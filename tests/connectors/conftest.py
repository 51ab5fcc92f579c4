"""Real servers on loopback, proper ones and evil ones, and an Http that may reach them."""

from __future__ import annotations

import asyncio
import os
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.backend.dict.mailbox import MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag

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


@dataclass(frozen=True)
class Mail:
    """A real IMAP server (pymap) with one user's mail; `url` is where a source finds it, `${MAIL}` its password."""

    url: str
    password: str
    folders: MailboxSet

    async def put(self, raw: bytes, *, folder: str = "INBOX", at: datetime = NOW, seen: bool = False) -> None:
        box = await self.folders.get_mailbox(folder)
        await box.append(AppendMessage(raw, at, frozenset({Flag(b"\\Seen")} if seen else ())))

    async def seen(self, folder: str = "INBOX") -> list[bool]:
        """Whether each message is marked as read, in their order."""
        box = await self.folders.get_mailbox(folder)
        return [Flag(b"\\Seen") in message.permanent_flags async for message in box.messages()]

    async def count(self, folder: str = "INBOX") -> int:
        return len(await self.seen(folder))


@pytest.fixture
async def mail(local_certificate: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mail]:
    monkeypatch.setenv("SSL_CERT_FILE", str(local_certificate))
    monkeypatch.setenv("MAIL", "s3cret-canary/@:x")
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(local_certificate)
    arguments = Namespace(host=None, port=None, debug=False, cert=None, key=None, tls=False)
    arguments.__dict__ |= {"demo_data": False, "demo_user": "desk", "demo_password": os.environ["MAIL"]}
    arguments.__dict__ |= {"passlib_cfg": None, "proxy_protocol": None}
    backend, config = await DictBackend.init(arguments)
    talks = IMAPServer(backend.login, config)
    server = await asyncio.start_server(
        ProxyProtocolReader(config.proxy_protocol).get_callback(talks), "127.0.0.1", 0, ssl=secured
    )
    async with backend.login.demo_user_identity.new_session() as session:
        port = server.sockets[0].getsockname()[1]
        yield Mail(f"imaps://desk:${{MAIL}}@localhost:{port}/INBOX", os.environ["MAIL"], session.mailbox_set)
    server.close()


@pytest.fixture(scope="session")
def local_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that is its own authority, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(pem)
    return file


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
