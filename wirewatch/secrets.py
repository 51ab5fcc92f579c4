"""Secrets: taken from the environment where they are used, kept out of logs, errors, stored answers."""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""How the configuration names a secret."""
MASK = "***"
_SHORTEST = 4
"""Shorter texts are not taken out: they stand in ordinary words, and a secret of three letters is none."""

_TOKEN_LENGTH = 12

_LOGIN = re.compile(r"(?<=://)[^/\s@]+:[^/\s]+(?=@)")
_PUBLIC = re.compile(r".{0,7}|[\w.+-]+@[\w.-]+\.\w+|[\w-]+(?:\.[\w-]+)+")
_PIECES = re.compile(r"[/&=:@,]")

_known: set[str] = set()
_lock = threading.Lock()


def unset_names(text: str, environ: Mapping[str, str]) -> str | None:
    """Which of the names in a text have no value, as a sentence to act on; None where all have one."""
    names = list(dict.fromkeys(NAME.findall(text)))
    missing = [f"${{{name}}}" for name in names if not environ.get(name, "").strip()]
    if not missing:
        return None
    verb = "is" if len(missing) == 1 else "are"
    return f"{', '.join(missing)} {verb} not set in the environment; set it where wirewatch runs"


def filled(text: str, environ: Mapping[str, str]) -> str:
    """The text with each `${NAME}` replaced, all of which must be set; their values are remembered as secrets."""
    names = NAME.findall(text)
    remember_secrets(spellings(environ[name].strip() for name in names))
    return NAME.sub(lambda found: environ[found[1]].strip(), text)


def secret_parts(value: str) -> frozenset[str]:
    """What of a value from the environment must not be shown, as far as the value itself tells.

    That is an address as a whole, its password, and whatever is as long as a token is. Hosts, users and mail addresses
    stay readable: errors have to name them.
    """
    pieces = [] if _PUBLIC.fullmatch(value) else [value]
    _, separator, rest = value.partition("://")
    if separator:
        place, _, query = rest.partition("?")
        login, at, _ = place.rpartition("@")
        pieces += [rest, login.partition(":")[2] if at else ""]
        pieces += [piece for piece in _PIECES.split(f"{place}/{query}") if _looks_secret(piece)]
    return spellings(pieces)


def spellings(secrets: Iterable[str]) -> frozenset[str]:
    """The secrets as they are and as they are written in addresses, without those too short to be told from words."""
    given = set(secrets)
    plain = given | {unquote(secret) for secret in given}
    spelt = plain | {quote(secret, safe="") for secret in plain} | {quote_plus(secret) for secret in plain}
    return frozenset(secret for secret in spelt if len(secret) >= _SHORTEST)


def _looks_secret(piece: str) -> bool:
    return len(piece) >= _TOKEN_LENGTH and "@" not in unquote(piece) and "." not in piece


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
