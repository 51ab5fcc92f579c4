"""A webhook in this process that writes down what it is sent, and now and then is in trouble."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

FLAG = "Possible repeat"


@dataclass(frozen=True, slots=True)
class Message:
    """What came, and when by the monotonic clock."""

    text: str
    at: float

    @property
    def flagged(self) -> bool:
        return FLAG in self.text


class Sink:
    """Listens on loopback while it is entered; a share `trouble` of the messages is refused with 503."""

    def __init__(self, log: Path, trouble: float = 0.0) -> None:
        self.messages: list[Message] = []
        self.refused = 0
        self._log = log
        self._trouble = trouble
        self._dice = random.Random(7)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"json://127.0.0.1:{self._server.server_port}/desk"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> int:
        """Write a message down before it is accepted; the status to answer."""
        with self._lock:
            if self._dice.random() < self._trouble:
                self.refused += 1
                return 503
            sent = json.loads(body)
            text = f"{sent['title']}\n{sent['message']}"
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(text) + "\n")
            self.messages.append(Message(text, time.monotonic()))
            return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = sink.take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
