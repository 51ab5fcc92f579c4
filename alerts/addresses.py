"""Channels' addresses: what stands for secrets in them is filled in from the environment when they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from wirewatch.errors import PermanentDeliveryError
from wirewatch.model import Channel
from wirewatch.secrets import NAME, remember_secrets, secret_parts, unset_names

SCREEN = "screen"
SCHEMA = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://")
_IN_LOGIN = re.compile(r"://[^/?#]*$")


@dataclass(frozen=True, slots=True)
class FilledAddress:
    """An address with its secrets in it, and what of it must not be shown. Its `repr` shows neither."""

    schema: str
    url: str
    secrets: frozenset[str]

    def __repr__(self) -> str:
        return f"FilledAddress({self.schema}://…)"


def fill_address(channel: Channel, environ: Mapping[str, str]) -> FilledAddress:
    """The channel's address with each `${NAME}` replaced; PermanentDeliveryError names those that are not set.

    A value that stands for a login or a part of one may hold any characters: it is percent-encoded, unless it
    already is. What values hold is not looked at for further names.
    """
    if unset := unset_names(channel.url, environ):
        raise PermanentDeliveryError(f"channel {channel.name}: {unset}")

    def value(found: re.Match[str]) -> str:
        text = environ[found[1]].strip()
        in_login = _IN_LOGIN.search(channel.url[: found.start()]) and "@" in channel.url[found.end() :]
        return quote(text, safe="") if in_login and unquote(text) == text else text

    secrets = frozenset().union(*(secret_parts(environ[name].strip()) for name in NAME.findall(channel.url)))
    remember_secrets(secrets)
    url = NAME.sub(value, channel.url).strip()
    schema = SCHEMA.match(url)
    return FilledAddress(schema[1].lower() if schema else "", url, secrets)
