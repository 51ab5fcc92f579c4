"""What a message costs: through our channels, and in a bare loop that posts or mails the same bytes."""

from __future__ import annotations

import json
import resource
import smtplib
import socketserver
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import requests
from apprise.plugins.slack import NotifySlack

import alerts
import storage
from alerts.addresses import fill_address
from alerts.apprise_plugins import read_address
from alerts.mail_writing import MailWriter
from alerts.render_json import render_json
from alerts.render_slack import render_slack
from benchmarks.figures import table
from flows.outbox import ChannelDrain
from wirewatch.clock import utc_now
from wirewatch.identity import digest
from wirewatch.model import (
    Article,
    Block,
    Channel,
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
PASSAGE = "Supplies reached the Hmeimim airbase on Tuesday, a spokesman for the ministry said in a short statement."
ROUNDS = 5


class _Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # http.server's name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Mailbox(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line[:4].upper() == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            if line[:4].upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
            self.wfile.write(b"250 OK\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def _serve(kind: str, port: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook) if kind == "http" else _Server(("127.0.0.1", 0), _Mailbox)
    port.send(server.server_address[1])
    server.serve_forever()


@dataclass(frozen=True)
class _Told:
    delivery: Delivery
    found: tuple[FoundHit, ...]


@dataclass(frozen=True)
class _Pair:
    """A channel of ours, and the bare loop beside it."""

    channel: str
    loop: str
    ours: Callable[[], None]
    bare: Callable[[], None]


def run(quick: bool) -> str:
    """CPU a message beside the bare loop, in medians of interleaved rounds; then a long outbox."""
    number, pending = (50, 500) if quick else (200, 10_000)
    context = get_context("spawn")
    servers = []
    ports: dict[str, int] = {}
    for kind in ("http", "smtp"):
        here, there = Pipe()
        servers.append(context.Process(target=_serve, args=(kind, there), daemon=True))
        servers[-1].start()
        ports[kind] = here.recv()
    try:
        return f"{_beside_bare_loops(ports['http'], ports['smtp'], number)}\n\n{_long_outbox(ports['http'], pending)}"
    finally:
        for server in servers:
            server.terminate()


def _beside_bare_loops(http: int, smtp: int, number: int) -> str:
    told = [_told(each) for each in range(number)]
    rows = []
    for pair in (*_posts(http, told), *_mails(smtp, told)):
        pair.ours()
        pair.bare()
        rounds = [(_cpu(pair.ours) / number, _cpu(pair.bare) / number) for _ in range(ROUNDS)]
        us, them = (statistics.median(column) * 1000 for column in zip(*rounds, strict=True))
        ratio = statistics.median(one / other for one, other in rounds)
        rows.append((pair.channel, pair.loop, f"{us:.2f}", f"{them:.2f}", f"{ratio:.1f}"))
    return table(["channel", "bare loop", "CPU ms a message", "bare loop's", "÷ bare loop"], rows)


def _posts(http: int, told: Sequence[_Told]) -> Iterator[_Pair]:
    """Webhook and Slack, each beside one `requests.post` a message."""
    NotifySlack.webhook_url = f"http://127.0.0.1:{http}/services"
    webhook, slack = f"json://127.0.0.1:{http}/hook", "slack://TAAAAAAAA/BBBBBBBBB/CCCCCCCCCCCCCCCCCCCCCCCC"
    for name, url, body_of in (("webhook", webhook, _json_body), ("Slack", slack, _slack_body)):
        bodies = [body_of(each) for each in told]

        def post(bodies: Sequence[bytes] = bodies) -> None:
            for body in bodies:
                requests.post(f"http://127.0.0.1:{http}/hook", data=body, timeout=10)

        yield _Pair(name, "`requests.post`", _ours(url, told), post)


def _mails(smtp: int, told: Sequence[_Told]) -> Iterator[_Pair]:
    """Mail beside a connection for each message, as `requests.post` makes one; and beside the cheapest there is."""
    octets = [_mail_body(each) for each in told]
    messages = [message_from_bytes(each, policy=SMTP) for each in octets]

    def connect_for_each() -> None:
        for message in messages:
            with smtplib.SMTP("127.0.0.1", smtp) as server:
                server.send_message(message)

    def connect_once() -> None:
        with smtplib.SMTP("127.0.0.1", smtp) as server:
            for each in octets:
                server.sendmail("a@x.example", ["b@x.example"], each)

    ours = _ours(f"mailto://127.0.0.1:{smtp}?from=a@x.example&to=b@x.example", told)
    yield _Pair("mail", "a session and `send_message` each", ours, connect_for_each)
    yield _Pair("mail", "one session, bytes ready", ours, connect_once)


def _ours(url: str, told: Sequence[_Told]) -> Callable[[], None]:
    def send() -> None:
        transport = alerts.open_channel(Channel("desk", url), {})
        for each in told:
            transport.send(alerts.compose(each.delivery, each.found), key=each.delivery.key)
        transport.close()

    return send


def _long_outbox(http: int, pending: int) -> str:
    with tempfile.TemporaryDirectory() as folder, storage.open_store(f"sqlite:///{Path(folder) / 'w.db'}") as store:
        channel = Channel("desk", f"json://127.0.0.1:{http}/hook")
        for each in range(pending):
            store.raise_notice(f"notice/{each}", f"notice {each}", PASSAGE, NOW, channels=["desk"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, cpu = time.monotonic(), time.process_time()
        report = ChannelDrain(store, "desk", channel, {}, utc_now).run()
        lasted, cpu = time.monotonic() - began, time.process_time() - cpu
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sent = report.counts["sent"]
    row = (f"{sent:,}", f"{sent / lasted * 60:,.0f}", f"{cpu / sent * 1000:.2f}", f"{grown:.1f}")
    return table(["drained from the outbox", "a minute", "CPU ms a message", "memory grown, MiB"], [row])


def _told(number: int) -> _Told:
    key = digest("article", str(number))
    start = PASSAGE.index("Hmeimim")
    match = Match(
        "Hmeimim", Zone.BODY, PASSAGE, ((start, start + 7),), (Span(1, start, start + 7),), "the word Hmeimim"
    )
    article = Article(
        key, f"https://news.example.org/{number}", f"Convoy {number}", (Block("x", Zone.BODY),), "wire", NOW, key
    )
    found = FoundHit(Hit(key, "Hmeimim", 1, (match,), Visibility.LIVE, Origin.POLL, NOW), article)
    delivery = Delivery(digest("delivery", str(number)), "desk", DeliveryKind.ALERT, ((key, "Hmeimim"),), NOW)
    return _Told(delivery, (found,))


def _json_body(told: _Told) -> bytes:
    message = alerts.compose(told.delivery, told.found)
    return json.dumps(render_json(message, "desk", told.delivery.key), ensure_ascii=False).encode()


def _slack_body(told: _Told) -> bytes:
    message = render_slack(alerts.compose(told.delivery, told.found))
    return json.dumps(message.payload(), ensure_ascii=False).encode()


def _mail_body(told: _Told) -> bytes:
    channel = Channel("desk", "mailto://127.0.0.1?from=a@x.example&to=b@x.example")
    plugin = read_address("desk", fill_address(channel, {}))()
    return MailWriter("desk", plugin).write(alerts.compose(told.delivery, told.found), told.delivery.key)


def _cpu(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before
