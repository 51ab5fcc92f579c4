"""Mail: apprise reads the address; the message is ours and goes out by SMTP, with each recipient's own fate."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from apprise.utils.parse import is_email, parse_emails

from alerts.apprise_plugins import CONNECT_SECONDS, PluginMaker
from alerts.mail_writing import MailWriter
from alerts.outcomes import Fate, Outcome
from alerts.sending import Attempt, Transport
from wirewatch.errors import PermanentDeliveryError

# Apprise's functions have no types; these are theirs.
_split_addresses: Callable[..., list[str]] = parse_emails
_is_address: Callable[[str], object] = is_email

_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)


class MailTransport(Transport):
    """Sends one mail to all recipients of the address, in one transaction; mails share a session while it lasts."""

    def __init__(self, channel: str, maker: PluginMaker, deadline: float) -> None:
        super().__init__(channel, maker, deadline)
        self._may_last = deadline
        self._plugin = plugin = maker()
        self._kept: _Session | None = None
        self._writer: MailWriter | None = None
        if plugin.pgp_mode != "no":
            raise PermanentDeliveryError(f"channel {channel}: pgp= is not supported; take it out of the address")
        dropped = [text for listed in _listed(maker.parsed) for text in _dropped(listed)]
        if dropped:
            raise PermanentDeliveryError(f"channel {channel}: apprise takes no mail address {', '.join(dropped)}")

    def _try(self, attempt: Attempt) -> list[Outcome]:
        ends_at = time.monotonic() + self._may_last
        try:
            self._writer = self._writer or MailWriter(self._channel, self._plugin)
            mail = self._writer.write(attempt.message, attempt.key)
        except (ValueError, IndexError) as error:  # what the email package says of names and addresses
            raise PermanentDeliveryError(f"channel {self._channel}: cannot write the mail's headers: {error}") from None
        recipients = [address for address in _recipients(self._plugin) if address not in attempt.accepted]
        session, self._kept = self._kept or _Session(self._plugin), None
        outcomes = session.send(mail, recipients, ends_at)
        if time.monotonic() < ends_at:
            self._kept = session
        else:
            session.leave()  # nobody waits for this attempt any more, and another may have begun
        return outcomes

    def close(self) -> None:
        """Take leave of the server."""
        super().close()
        if self._kept:
            self._kept.leave()


def _listed(parsed: Mapping[str, Any]) -> list[str]:
    """Wherever an address lists recipients."""
    return [text for text in (*parsed["targets"], parsed.get("cc"), parsed.get("bcc")) if isinstance(text, str)]


def _dropped(listed: str) -> list[str]:
    """What apprise leaves out of a list of recipients, saying so in its log only."""
    rest, dropped = listed, []
    for address in _split_addresses(listed):
        rest = rest.replace(address, "", 1)
        if not _is_address(address):
            dropped.append(address)
    return dropped + [word for word in re.split(r"[\s,;]+", rest) if word]


def _recipients(plugin: Any) -> list[str]:
    targets = [address for _, address in plugin.targets]
    return list(dict.fromkeys([*targets, *sorted(plugin.cc), *sorted(plugin.bcc)]))


class _Session:
    """An SMTP session: connect, log in, hand mails over, and know at each moment whether one was handed over."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self._ends_at = 0.0
        self._server: smtplib.SMTP | None = None
        self._handed_over = False
        self._ended = False

    def send(self, mail: bytes, recipients: Sequence[str], ends_at: float) -> list[Outcome]:
        """Hand the mail over for these recipients; never raises for what a server or network may do."""
        if not recipients:
            return []
        self._ends_at, self._handed_over = ends_at, False
        try:
            return self._transact(self._ready(), mail, recipients)
        except (OSError, smtplib.SMTPException) as error:
            outcomes = self._outcomes_of(error, recipients)
            self.leave()
            return outcomes

    def leave(self) -> None:
        """End the session, politely where the server lets us."""
        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if server.sock is not None:
                server.sock.settimeout(2)
            server.quit()
        server.close()

    def _outcomes_of(self, error: OSError | smtplib.SMTPException, recipients: Sequence[str]) -> list[Outcome]:
        where = f"{self._plugin.smtp_host}:{self._plugin.port}"
        if isinstance(error, smtplib.SMTPResponseException):
            return _all(recipients, _fate(error.smtp_code), _reply(error.smtp_code, error.smtp_error))
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return _all(recipients, Fate.PERMANENT, f"{where} does not offer what the address asks for: {error}")
        if isinstance(error, ssl.SSLError) and not self._handed_over:
            reason = getattr(error, "verify_message", "") or error.reason or error
            return _all(recipients, Fate.TEMPORARY, f"TLS with {where} failed: {reason}")
        if self._handed_over:
            said = f"{where} broke off after taking the text; the mail may have arrived"
            return _all(recipients, Fate.UNCERTAIN, said)
        return _all(recipients, Fate.TEMPORARY, f"{where} cannot be reached: {_network_reason(error)}")

    def _ready(self) -> smtplib.SMTP:
        """The session of the mail before, where the server still holds it, with MAIL FROM taken; else a new one."""
        if self._server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._wait_at_most(self._server)
                # A mail that was taken has ended its transaction; any other has to be put away.
                is_clear = self._ended or self._server.rset()[0] == 250
                if is_clear and self._server.mail(self._plugin.from_addr[1])[0] == 250:
                    return self._server
            # Nothing was handed over: a server that has had enough of one session is asked in another.
            self.leave()
        server = self._open()
        self._expect(*server.mail(self._plugin.from_addr[1]))
        return server

    def _open(self) -> smtplib.SMTP:
        plugin = self._plugin
        hello = socket.gethostname()
        if "." not in hello:
            hello = plugin.from_addr[1].rpartition("@")[2]
        timeout = min(CONNECT_SECONDS, self._remaining())
        if plugin.secure_mode == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                plugin.smtp_host, plugin.port, hello, timeout=timeout, context=_tls(plugin.verify_certificate)
            )
        else:
            server = smtplib.SMTP(plugin.smtp_host, plugin.port, hello, timeout=timeout)
        self._server = server
        if plugin.secure_mode == "starttls":
            server.starttls(context=_tls(plugin.verify_certificate))
        server.ehlo_or_helo_if_needed()
        if plugin.user and plugin.password:
            server.login(plugin.user, plugin.password)
        return server

    def _transact(self, server: smtplib.SMTP, mail: bytes, recipients: Sequence[str]) -> list[Outcome]:
        self._ended = False
        outcomes: dict[str, Outcome] = {}
        taken: list[str] = []
        for address in recipients:
            self._wait_at_most(server)
            code, said = server.rcpt(address)
            if code in (250, 251):
                taken.append(address)
            else:
                outcomes[address] = Outcome(address, _fate(code), _reply(code, said))
        if taken:
            code, said = self._hand_over(server, mail)
            fate = Fate.ACCEPTED if code == 250 else _fate(code)
            outcomes |= {address: Outcome(address, fate, _reply(code, said)) for address in taken}
            self._ended = fate is Fate.ACCEPTED
        return [outcomes[address] for address in recipients]

    def _hand_over(self, server: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
        self._wait_at_most(server)
        code, said = server.docmd("DATA")
        if code != 354:
            return code, said
        self._wait_at_most(server)
        self._handed_over = True
        server.send(_LINE_START_DOT.sub(b"..", mail.removesuffix(b"\r\n")) + b"\r\n.\r\n")
        return server.getreply()

    def _expect(self, code: int, said: bytes) -> None:
        if code != 250:
            raise smtplib.SMTPResponseException(code, said)

    def _wait_at_most(self, server: smtplib.SMTP) -> None:
        """Let the next step take no longer than is left; an attempt that was given up hands nothing over."""
        if server.sock is not None:
            server.sock.settimeout(self._remaining())

    def _remaining(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return left


@cache
def _tls(verify: bool) -> ssl.SSLContext:
    """Made once: reading the certificates of all authorities costs more than a hundred mails."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _all(recipients: Iterable[str], fate: Fate, said: str) -> list[Outcome]:
    return [Outcome(address, fate, said) for address in recipients]


def _fate(code: int) -> Fate:
    """What a reply code that is no success means: 5xx is final, all else may pass."""
    return Fate.PERMANENT if 500 <= code < 600 else Fate.TEMPORARY


def _reply(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {text}"


def _network_reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "no answer in time" if isinstance(error, TimeoutError) or "timed out" in str(error) else str(error)
