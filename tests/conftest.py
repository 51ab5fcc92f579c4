"""Fixtures for every room."""

from __future__ import annotations

import asyncio
import importlib
import os
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from soak.databases import postgres_server

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the project; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("WIREWATCH_SHARED") or PROJECT.parent / "shared")
    if not (folder / "seeds").is_dir():
        pytest.skip(f"no real material at {folder} (set WIREWATCH_SHARED)")
    return folder


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Readers that harm their worker, in a module that workers find too."""
    monkeypatch.syspath_prepend(PROJECT / "tests" / "extraction")
    return importlib.import_module("poisonous")


@pytest.fixture(scope="session")
def self_signed_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody trusts, with its key, in one file."""
    return _certificate(tmp_path_factory.mktemp("tls") / "server.pem", "mail.test")


@pytest.fixture(scope="session")
def local_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` to be trusted by name of its file, with its key."""
    return _certificate(tmp_path_factory.mktemp("tls") / "localhost.pem", "localhost")


@pytest.fixture(scope="session")
def expired_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that was valid until yesterday, with its key."""
    return _certificate(tmp_path_factory.mktemp("tls") / "expired.pem", "localhost", days=-1)


def _certificate(file: Path, host: str, *, days: int = 1) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(pem)
    return file


class Mail:
    """A real IMAP server (pymap) with one user's mail; `url` is where a source finds it, `${MAIL}` its password."""

    def __init__(self, url: str, password: str, folders: Any) -> None:
        self.url = url
        self.password = password
        self.folders = folders

    async def put(self, raw: bytes, *, folder: str = "INBOX", at: datetime, seen: bool = False) -> None:
        from pymap.parsing.message import AppendMessage
        from pymap.parsing.specials.flag import Flag

        box = await self.folders.get_mailbox(folder)
        await box.append(AppendMessage(raw, at, frozenset({Flag(b"\\Seen")} if seen else ())))

    async def seen(self, folder: str = "INBOX") -> list[bool]:
        """Whether each message is marked as read, in their order."""
        from pymap.parsing.specials.flag import Flag

        box = await self.folders.get_mailbox(folder)
        return [Flag(b"\\Seen") in message.permanent_flags async for message in box.messages()]


@pytest.fixture
async def mail(local_certificate: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mail]:
    from proxyprotocol.reader import ProxyProtocolReader
    from pymap.backend.dict import DictBackend
    from pymap.imap import IMAPServer

    password = "s3cret-canary/@:x"
    monkeypatch.setenv("SSL_CERT_FILE", str(local_certificate))
    monkeypatch.setenv("MAIL", password)
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(local_certificate)
    options = dict.fromkeys(("host", "port", "cert", "key", "passlib_cfg", "proxy_protocol"))
    options |= {"debug": False, "tls": False, "demo_data": False, "demo_user": "desk", "demo_password": password}
    backend, config = await DictBackend.init(Namespace(**options))
    talk = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=secured)
    async with backend.login.demo_user_identity.new_session() as session:
        port = server.sockets[0].getsockname()[1]
        yield Mail(f"imaps://desk:${{MAIL}}@localhost:{port}/INBOX", password, session.mailbox_set)
    server.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running server."""
    with postgres_server() as address:
        yield address
