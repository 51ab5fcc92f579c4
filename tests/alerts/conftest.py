"""Real receivers on loopback, and hits to send them."""
# ruff: noqa: N802  # aiosmtpd and http.server name their handlers so

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from wirewatch.identity import digest
from wirewatch.model import (
    Article,
    Block,
    BodyFrom,
    Delivery,
    DeliveryKind,
    FoundHit,
    Hit,
    Match,
    Origin,
    Span,
    Visibility,
    Zone,
)

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)

MakeFound = Callable[..., FoundHit]
MakeDelivery = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wirewatch.secrets._known", set())


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_found() -> MakeFound:
    """A hit in its article: `marked` are the words to mark, in order, in each of the passages."""

    def make(
        term: str = "Hmeimim",
        passages: Sequence[str] = ("The Hmeimim airbase is in Latakia.",),
        marked: Sequence[str] = ("Hmeimim",),
        *,
        zone: Zone = Zone.BODY,
        reason: str = "the word Hmeimim",
        block: int = 1,
        article: int = 1,
        title: str = "New Friends",
        url: str = "https://news.example.org/new-friends",
        source: str = "seeds",
        published_at: datetime | None = None,
        body_from: BodyFrom = BodyFrom.PAGE,
        note: str | None = None,
        origin: Origin = Origin.POLL,
        visibility: Visibility = Visibility.LIVE,
    ) -> FoundHit:
        key = digest("test", str(article))
        matches = []
        for passage in passages:
            marks, place = [], 0
            for word in marked:
                start = passage.index(word, place)
                place = start + len(word)
                marks.append((start, place))
            spans = tuple(Span(block, start, end) for start, end in marks)
            matches.append(Match(term, zone, passage, tuple(marks), spans, reason))
        shown = Article(
            key=key,
            url=url,
            title=title,
            blocks=(Block(title, Zone.HEADLINE),),
            source=source,
            fetched_at=NOW,
            fingerprint=key,
            published_at=published_at,
            body_from=body_from,
            note=note,
        )
        return FoundHit(Hit(key, term, 1, tuple(matches), visibility, origin, NOW), shown)

    return make


@pytest.fixture
def make_delivery() -> MakeDelivery:
    """A delivery of found hits, as planned."""

    def make(found: Sequence[FoundHit], kind: DeliveryKind = DeliveryKind.ALERT, **changes: Any) -> Delivery:
        names = tuple((one.hit.article_key, one.hit.term) for one in found)
        return Delivery(
            **{"key": digest("test"), "channel": "desk", "kind": kind, "hits": names, "created_at": NOW, **changes}
        )

    return make


@dataclass
class Answer:
    """What the HTTP sink says to one request; `cut` closes the connection without an answer."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0
    cut: bool = False


@dataclass
class HttpSink:
    """A loopback HTTP server that keeps what it is sent and answers by script; the last answer repeats."""

    url: str
    script: list[Answer] = field(default_factory=lambda: [Answer()])
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def payloads(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


@pytest.fixture
def http_sink() -> Iterator[HttpSink]:
    with _listening() as sink:
        yield sink


@pytest.fixture
def https_sink(self_signed_certificate: Path) -> Iterator[HttpSink]:
    """The HTTP sink with a certificate that nobody trusts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed_certificate)
    with _listening(context) as sink:
        yield sink


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who hang up: they may not trust us."""


@contextmanager
def _listening(tls: ssl.SSLContext | None = None) -> Iterator[HttpSink]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.paths.append(self.path)
            sink.headers.append(dict(self.headers.items()))
            sink.bodies.append(body)
            answer = sink.script.pop(0) if len(sink.script) > 1 else sink.script[0]
            if answer.wait:
                sink.released.wait(answer.wait)
            if answer.cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body.encode())))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            sink.paths.append(f"GET {self.path}")

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    sink = HttpSink(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield sink
    sink.released.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def slack_sink(http_sink: HttpSink, monkeypatch: pytest.MonkeyPatch) -> HttpSink:
    """The HTTP sink in Slack's place."""
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"{http_sink.url}/services")
    monkeypatch.setattr(NotifySlack, "api_url", http_sink.url + "/api/{}")
    return http_sink


@dataclass
class SmtpSink:
    """A real SMTP server that keeps mails; `refuse` answers recipients, the rest answers that command."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    mail_from: str = ""
    data: str = "250 OK: queued as 7"
    data_wait: float = 0
    sessions: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str) -> str:
        self.sessions += 1
        session.host_name = hostname
        return "250 HELP"

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.mail_from:
            return self.mail_from
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        if self.data_wait:
            self.released.wait(self.data_wait)
        return self.data


@pytest.fixture
def smtp_sink_with() -> Iterator[Callable[..., SmtpSink]]:
    """Starts an SMTP sink with aiosmtpd's settings."""
    started: list[tuple[SmtpSink, Controller]] = []

    def start(**settings: Any) -> SmtpSink:
        sink = SmtpSink()
        controller = LoopbackController(sink, hostname="127.0.0.1", port=0, **settings)
        started.append((sink, controller))
        controller.start()
        sink.port = controller.port
        return sink

    yield start
    for sink, controller in started:
        sink.released.set()
        controller.stop()


@pytest.fixture
def smtp_sink(smtp_sink_with: Callable[..., SmtpSink]) -> SmtpSink:
    return smtp_sink_with()


class LoopbackController(Controller):
    """aiosmtpd's controller on a port the system chose."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
