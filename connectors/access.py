"""The login, headers, cookies and proxy of a source, with their secrets filled in for the moment of asking."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from wirewatch.access import Access
from wirewatch.errors import FetchError, UnsetSecret
from wirewatch.model import Source
from wirewatch.secrets import NAME, filled, remember_secrets, unset_names


@dataclass(frozen=True, slots=True)
class FilledAccess:
    """What goes with the requests for one source. Its `repr` shows no secret."""

    home: URL
    own_headers: Mapping[str, str]
    proxy: URL | None
    secrets: frozenset[str]

    def headers_for(self, target: URL) -> Mapping[str, str]:
        """What goes to an address: a login is for the source's own host, and never goes from https to http."""
        return self.own_headers if self.is_home(target) else {}

    def is_home(self, target: URL) -> bool:
        """Whether an address is on the source's own host."""
        if target.host != self.home.host or (self.home.scheme == "https" and target.scheme != "https"):
            return False
        return target.port == self.home.port or (self.home.is_default_port() and target.is_default_port())

    def shows_secret(self, text: str) -> bool:
        """Whether a text holds one of the secrets."""
        return any(secret in text for secret in self.secrets)

    def __repr__(self) -> str:
        return f"FilledAccess({self.home.host})"


def fill_access(source: Source, access: Access, environ: Mapping[str, str]) -> FilledAccess:
    """Fill the secrets in; UnsetSecret names those that the environment lacks."""
    used: set[str] = set()

    def value(text: str) -> str:
        if unset := unset_names(text, environ):
            raise UnsetSecret(unset)
        used.update(environ[name].strip() for name in NAME.findall(text))
        return filled(text, environ)

    headers = {name: value(text) for name, text in access.headers}
    if access.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value(text)}" for name, text in access.cookies)
    if access.token:
        headers["Authorization"] = f"Bearer {value(access.token)}"
    elif access.user and access.password:
        login = b64encode(f"{value(access.user)}:{value(access.password)}".encode()).decode()
        remember_secrets([login])
        headers["Authorization"] = f"Basic {login}"
    proxy = _proxy(value(access.proxy)) if access.proxy else None
    secrets = frozenset(secret for secret in used if len(secret) >= 4)
    return FilledAccess(URL(source.location), headers, proxy, secrets)


def _proxy(text: str) -> URL:
    try:
        url = URL(text)
        if url.scheme in ("http", "https") and url.host:
            return url
    except ValueError:
        pass
    raise FetchError("`proxy:` is not the address of an HTTP proxy; write http://host:port", temporary=False)
