"""What a source's site wants of its readers: a login, headers, cookies, a proxy. Secrets stay in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wirewatch.secrets import NAME

_SOUNDS_SECRET = re.compile(r"auth|cookie|key|pass|secret|session|sid\b|token", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w+/=.~-]{20,}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_OURS = frozenset({"accept-encoding", "connection", "content-length", "host", "transfer-encoding"})
_CONDITIONS = frozenset({"if-modified-since", "if-none-match", "if-range", "range"})


@dataclass(frozen=True, slots=True)
class Access:
    """How the requests for one source differ from the ordinary; values may hold `${NAME}` for a secret.

    Login, headers and cookies go to the source's own host only. `proxy` is the address of an HTTP proxy, which takes
    all requests for the source, those for article pages too.
    """

    user: str | None = None
    password: str | None = None
    token: str | None = None
    """Sent as `Authorization: Bearer …`, in place of user and password."""
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None


def literal_secret(name: str, value: str) -> str | None:
    """What is wrong with a value that seems to be a secret written out; None where it does not."""
    if NAME.search(value) or not (_SOUNDS_SECRET.search(name) or _LOOKS_SECRET.search(value)):
        return None
    return f"`{name}` holds a secret that is written out; put it in the environment and write {suggestion(name)}"


def suggestion(name: str) -> str:
    """How the value of a setting may be named: `${X_API_KEY}` for `X-Api-Key`."""
    return "${" + (re.sub(r"\W+", "_", name).strip("_").upper() or "SECRET") + "}"


def header_problem(headers: Mapping[str, str]) -> str | None:
    """What is wrong with the first header that cannot be sent as configured; None where all can."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            return f"“{name}” is not a header's name"
        if name.lower() in _OURS | _CONDITIONS:
            return f"`{name}` is set by wirewatch itself; leave it out"
        if _UNPRINTABLE.search(value):
            return f"`{name}` has line ends or control characters in it"
        if wrong := literal_secret(name, value):
            return wrong
    return None


def cookie_problem(cookies: Mapping[str, str]) -> str | None:
    """What is wrong with the first cookie that cannot be sent as configured; None where all can."""
    for name, value in cookies.items():
        if not _HEADER_NAME.fullmatch(name):
            return f"“{name}” is not a cookie's name"
        if _UNPRINTABLE.search(value) or ";" in value:
            return f"`{name}` has a semicolon or control characters in it; write one cookie a line"
        if wrong := literal_secret(name, value):
            return wrong
    return None


def proxy_problem(proxy: str) -> str | None:
    """What is wrong with a proxy's address; None where nothing is."""
    if _UNPRINTABLE.search(proxy) or " " in proxy:
        return "the proxy's address has spaces or control characters in it"
    if NAME.fullmatch(proxy):
        return None
    if not re.match(r"https?://[^/]", proxy, re.IGNORECASE):
        return f"“{NAME.sub('…', proxy)}” is not an HTTP proxy; write http://host:port"
    login = re.match(r"https?://([^/@]*)@", proxy, re.IGNORECASE)
    if login and ":" in login[1] and not NAME.search(login[1].partition(":")[2]):
        return "the proxy's password is written out; put it in the environment: http://user:${PROXY_PASSWORD}@host:port"
    return None
