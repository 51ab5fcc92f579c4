"""Keeping secrets out of everything that is written down: logs, errors, stored answers."""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
_SHORTEST = 4
"""Shorter texts are not taken out: they stand in ordinary words, and a secret of three letters is none."""

_LOGIN = re.compile(r"(?<=://)[^/\s@]+:[^/\s]+(?=@)")
_PUBLIC_PARAMETERS = frozenset({"to", "cc", "bcc", "from", "name", "smtp", "mode", "format", "reply", "verify"})

_known: set[str] = set()
_lock = threading.Lock()


def secret_parts(value: str) -> frozenset[str]:
    """What of a value from the environment must not be shown: all of it, and of an address also its secret pieces.

    Names of hosts and mail addresses of recipients stay readable: errors have to name them.
    """
    parts = {value, unquote(value), quote(value, safe=""), quote_plus(value)}
    scheme, separator, rest = value.partition("://")
    if separator:
        path, _, query = rest.partition("?")
        login, at, place = path.rpartition("@")
        password = login.partition(":")[2] if at else ""
        is_mail = scheme.lower().startswith("mailto")
        pieces = [] if is_mail else [*login.split(":"), *place.split("/")[1:], rest]
        if not is_mail and "." not in place.split("/")[0]:
            pieces += place.split("/")[0].split(":")
        for pair in query.split("&"):
            name, _, text = pair.partition("=")
            if name.lower() not in _PUBLIC_PARAMETERS:
                pieces.append(text)
        for piece in (password, *pieces):
            parts |= {piece, unquote(piece), quote(unquote(piece), safe="")}
    return frozenset(part for part in parts if len(part) >= _SHORTEST)


def remember_secrets(secrets: Iterable[str]) -> None:
    """Take these texts out of every log record from now on, where log redaction is installed."""
    with _lock:
        _known.update(secret for secret in secrets if len(secret) >= _SHORTEST)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, without those remembered, and without logins in addresses."""
    with _lock:
        hidden = {secret for secret in (*secrets, *_known) if len(secret) >= _SHORTEST}
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _LOGIN.sub(MASK, text)


def install_log_redaction() -> None:
    """Redact every log record of this process when it is made, whatever logger, level or handler it is for."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_redacted(*args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = make(*args, **kwargs)
        _redact_record(record)
        return record

    make_redacted.redacts = True  # type: ignore[attr-defined]  # a mark on the function, so that it is installed once
    logging.setLogRecordFactory(make_redacted)


def _redact_record(record: logging.LogRecord) -> None:
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        said = str(record.msg)  # arguments that do not fit their message: what remains is still looked at
    redacted = redact(said)
    if redacted != said:
        record.msg, record.args = redacted, ()
    if record.exc_info and record.exc_info[1] is not None:
        shown = "".join(traceback.format_exception(record.exc_info[1]))
        if (safe := redact(shown)) != shown:
            record.msg, record.args, record.exc_info = f"{redacted}\n{safe}", (), None
