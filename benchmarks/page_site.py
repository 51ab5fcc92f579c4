"""Pages on loopback behind feeds: what a poller reads when real pages are news to it."""

from __future__ import annotations

from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

NO_SUCH_FILE = b"there is none"


class PageSite:
    """A site of some feeds, empty at first; stopped at exit."""

    def __init__(self, feeds: int) -> None:
        self._items: list[list[str]] = [[] for _ in range(feeds)]
        self._pages: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def feeds(self) -> list[str]:
        return [self._address(f"/feed/{number}") for number in range(len(self._items))]

    def publish(self, pages: Sequence[bytes]) -> list[str]:
        """Put pages into the feeds, in turns; gives their addresses."""
        addresses = []
        for page in pages:
            path = f"/page/{len(self._pages)}"
            self._items[len(self._pages) % len(self._items)].append(self._address(path))
            self._pages[path] = page
            addresses.append(self._address(path))
        return addresses

    def _address(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body for a path."""
        if path in self._pages:
            return 200, "text/html", self._pages[path]
        if path.startswith("/feed/"):
            return 200, "application/rss+xml", self._feed(self._items[int(path.removeprefix("/feed/"))])
        return 404, "text/plain", NO_SUCH_FILE

    def _feed(self, addresses: Sequence[str]) -> bytes:
        items = "".join(
            f"<item><guid>{escape(address)}</guid><link>{escape(address)}</link></item>" for address in addresses
        )
        return f"<rss version='2.0'><channel><title>Pages</title>{items}</channel></rss>".encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, media_type, body = site.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
