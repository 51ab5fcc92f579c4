"""The web of a news watch in miniature: a feed with its pages, and a webhook that writes down what it is sent."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
STORY = """\
{title}

{text} The statement was read to reporters on Tuesday by a spokesman for the ministry, who took no questions at all.

The convoy of forty lorries left the port before dawn and was met by nobody on the road, according to the drivers.

Copyright © 2025 Tariffs Today. All rights reserved.
"""
PAGES = {"New airbase": "Engineers from abroad inspected Hmeimim.", "Old airbase": "Hmeimim was there before."}
BROKEN_PAGE = "Short of bread"


class Quiet(ThreadingHTTPServer):
    """Says nothing of those who hang up: they were killed."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Desk:
    """The web in a process of its own: a feed with its pages, and a webhook that writes down what it is sent."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "desk.jsonl"
        self._server = Quiet(("127.0.0.1", 0), self._handler())
        self.base = f"127.0.0.1:{self._server.server_port}"
        self._tests = os.getpid()
        self._process = forked(self._serve)
        self._server.server_close()

    def stop(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def _serve(self) -> None:
        self._server.timeout = 0.5
        while os.getppid() == self._tests:  # should the tests be killed, this ends by itself
            self._server.handle_request()

    def _feed(self) -> str:
        dates = {"Old airbase": START - timedelta(days=9)}
        items = "".join(
            f"<item><title>{title}</title><link>http://{self.base}/{title.replace(' ', '-')}</link>"
            f"<description>In short.</description><pubDate>{format_datetime(dates.get(title, START))}</pubDate></item>"
            for title in (*PAGES, BROKEN_PAGE)
        )
        return f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                title = self.path[1:].replace("-", " ")
                if self.path == "/rss":
                    return self.answer(200, "application/rss+xml", desk._feed())
                if self.path == "/robots.txt":
                    return self.answer(404, "text/plain", "none")
                if title not in PAGES:
                    return self.answer(503, "text/plain", "trouble")
                page = STORY.format(title=title, text=PAGES[title]).replace("\n\n", "</p><p>")
                return self.answer(200, "text/html", f"<html><body><article><h1>{title}</h1><p>{page}</p></article>")

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with desk.log.open("a") as log:
                    log.write(json.dumps([self.path[1:], sent["title"], sent["message"]]) + "\n")
                self.answer(200, "text/plain", "ok")

            def answer(self, status: int, kind: str, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def forked(work: Callable[[], object]) -> int:
    """Do some work in a process that is a copy of this one; its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        if code:
            import traceback

            Path("/dev/stderr").write_text(traceback.format_exc())
        os._exit(code)  # pytest's own exit handlers are not the child's to run
