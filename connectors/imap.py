"""One connection to an IMAP server (RFC 3501), bounded in time, size and reach. Blocking: use it in a thread."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

from wirewatch.errors import FetchError

TIMEOUT = 20.0
"""Seconds for each wait; the whole of a read has a deadline of its own."""
MOST_BYTES = 96 * 2**20
"""Of one connection, all its answers taken together."""
FETCHED = re.compile(rb"UID (\d+)")
ARRIVED = re.compile(rb'INTERNALDATE "([^"]+)"')
BASE64_SHIFTED = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Login:
    """Where a mailbox is, and as whom it is read; its `repr` does not show the password."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    addresses: tuple[str, ...]
    """What the host's name stands for, as checked."""

    def said(self, text: object) -> str:
        """What a server said, fit to be shown: on one line, short, without the password."""
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return " ".join(shown.replace(self.password, "***").split())[:200]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came, its end perhaps cut off. `uid` is its number in the folder."""

    uid: int
    raw: bytes
    arrived_at: datetime | None


class ImapSession:
    """An open folder of a mailbox. `abort` may be called from another thread, and ends whatever is waited for."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._connection: _Connection | None = None
        self._socket: socket.socket | None = None
        """Known from the moment that it begins to connect, so that nothing is waited for past the deadline."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                self._connection.logout()

    def abort(self) -> None:
        """Cut the connection."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def open(self, *, writing: bool = False) -> int:
        """Log in and open the folder, for reading only as a rule; gives its UIDVALIDITY. Raises FetchError."""
        login = self._login
        try:
            self._connection = connection = _Connection(login, self._connected)
            _log_in(connection, login)
            self._asked("open the folder", *connection.select(_quoted(login.folder), readonly=not writing))
            return int(connection.response("UIDVALIDITY")[1][0])
        except ssl.SSLCertVerificationError as error:
            raise FetchError(f"the certificate of {login.host} is not valid: {error.verify_message}") from None
        except (TypeError, ValueError):
            raise FetchError(f"{login.host} does not number its messages (no UIDVALIDITY)", temporary=False) from None
        except (OSError, imaplib.IMAP4.error) as error:
            raise FetchError(f"{login.host}: {login.said(_reason(error))}") from None

    def _connected(self, to: socket.socket) -> None:
        self._socket = to

    def search(self, *, after: int = 0, since: date | None = None, unseen: bool = False) -> list[int]:
        """The UIDs above `after` of messages that came on or after a day, in order."""
        criteria = [f"UID {after + 1}:*"]
        criteria += [f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"] if since else []
        criteria += ["UNSEEN"] if unseen else []
        found = self._command("search", "SEARCH", *criteria)
        numbers = {int(number) for line in found if line for number in line.split()}
        return sorted(number for number in numbers if number > after)  # `n:*` also names the last one, whatever n

    def fetch(self, uids: Sequence[int], most_bytes: int) -> list[Message]:
        """The messages of these UIDs, of each the first `most_bytes`; none is marked as read."""
        found = self._command("read messages", "FETCH", _set(uids), f"(UID INTERNALDATE BODY.PEEK[]<0.{most_bytes}>)")
        messages = []
        for part, rest in zip(found, [*found[1:], b""], strict=True):
            if not isinstance(part, tuple):
                continue
            said = part[0] + (rest if isinstance(rest, bytes) else b"")  # some servers say the UID after the message
            if uid := FETCHED.search(said):
                arrived = ARRIVED.search(said)
                messages.append(Message(int(uid[1]), part[1], _moment(arrived[1]) if arrived else None))
        return sorted(messages, key=lambda message: message.uid)

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Mark messages as read."""
        if uids:
            self._command("mark messages as read", "STORE", _set(uids), "+FLAGS.SILENT", "(\\Seen)")

    def _command(self, what: str, name: str, *arguments: str) -> list[Any]:
        assert self._connection is not None, "open the folder first"
        try:
            return self._asked(what, *self._connection.uid(name, *arguments))
        except (OSError, imaplib.IMAP4.error) as error:
            raise FetchError(f"{self._login.host}: {self._login.said(_reason(error))}") from None

    def _asked(self, what: str, kind: str, said: list[Any]) -> list[Any]:
        if kind != "OK":
            reason = self._login.said(said[0] if said else kind)
            raise FetchError(f"{self._login.host} refuses to {what} “{self._login.folder}”: {reason}")
        return said


class _Connection(imaplib.IMAP4_SSL):
    """Connects to addresses that have been checked, and counts what it is sent."""

    def __init__(self, login: Login, tell: Callable[[socket.socket], None]) -> None:
        self._addresses = login.addresses
        self._tell = tell
        self._left = MOST_BYTES
        super().__init__(login.host, login.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        refusal: OSError | None = None
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, self.port), timeout)
            except OSError as error:
                refusal = error
                continue
            self._tell(plain)
            secured: ssl.SSLSocket = self.ssl_context.wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._tell(secured)
            secured.do_handshake()
            return secured
        raise refusal or OSError("no address to connect to")

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort(f"more than {MOST_BYTES // 2**20} MiB of answers")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _log_in(connection: _Connection, login: Login) -> None:
    if (login.user + login.password).isascii():
        connection.login(login.user, login.password)
    else:  # LOGIN has no way to say in which encoding a name is
        connection.authenticate("PLAIN", lambda _: f"\0{login.user}\0{login.password}".encode())


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else error)


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: in quotes, its other than ASCII characters in modified UTF-7."""

    def shifted(found: re.Match[str]) -> str:
        return "&" + b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    name = BASE64_SHIFTED.sub(shifted, folder.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _moment(text: bytes) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z")
    return None
