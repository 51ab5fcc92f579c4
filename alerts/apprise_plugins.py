"""Apprise as the transport: reads addresses, and makes a plugin for one attempt."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from apprise import Apprise, AppriseAsset
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict

from alerts.address_check import schema_problem
from alerts.addresses import FilledAddress
from wirewatch.errors import PermanentDeliveryError
from wirewatch.secrets import redact, remember_secrets, spellings

CONNECT_SECONDS = 8.0
READ_SECONDS = 12.0

# Apprise's functions have no types; these are theirs.
_parse: Callable[[str], dict[str, Any] | None] = url_to_dict
_manager: Any = NotificationManager


@dataclass(frozen=True, slots=True)
class PluginMaker:
    """A read address; calling it makes a fresh plugin, since apprise's throttle makes a used one sleep."""

    channel: str
    schema: str
    secrets: frozenset[str]
    parsed: dict[str, Any]

    def __call__(self, chosen: type[Any] | None = None) -> Any:
        """A plugin that follows no redirect and retries nothing; PermanentDeliveryError where the address is wrong."""
        chosen = chosen or plugin_class(self.schema)
        asset = AppriseAsset(app_id="wirewatch", app_desc="wirewatch", async_mode=False, http_redirects=False)
        try:
            with quiet_apprise():
                plugin = chosen(**{**deepcopy(self.parsed), "asset": asset})
        except Exception as error:  # plugins raise whatever their services' checks raise
            raise PermanentDeliveryError(
                f"channel {self.channel}: apprise cannot use its {self.schema}:// address: "
                f"{redact(str(error), self.secrets) or type(error).__name__}"
            ) from None
        plugin.redirects = False
        plugin.retry = 0
        plugin.socket_connect_timeout = min(CONNECT_SECONDS, plugin.socket_connect_timeout * 2)
        plugin.socket_read_timeout = READ_SECONDS
        return plugin

    def __repr__(self) -> str:
        return f"PluginMaker({self.channel}, {self.schema}://…)"


def read_address(channel: str, address: FilledAddress) -> PluginMaker:
    """Read a filled address; PermanentDeliveryError where apprise does not know what it is."""
    parsed = parse_address(address.url)
    if parsed is None:
        problem = schema_problem(address.schema, schemas()) or f"apprise cannot read its {address.schema}:// address"
        raise PermanentDeliveryError(f"channel {channel}: {problem}")
    schema = str(parsed["schema"]).lower()
    secrets = address.secrets | spellings(
        text for name in private_fields(schema) if isinstance(text := parsed.get(name), str)
    )
    remember_secrets(secrets)
    return PluginMaker(channel, schema, secrets, parsed)


def parse_address(url: str) -> dict[str, Any] | None:
    """The parts of an address, named as its plugin names them; None where no plugin can read it."""
    with quiet_apprise():
        return _parse(url)


def is_usable(url: str) -> bool:
    """Whether a plugin takes this complete address."""
    with quiet_apprise():
        return Apprise.instantiate(url) is not None


def schemas() -> list[str]:
    """All that an address may begin with."""
    return list(_manager().schemas())


def plugin_class(schema: str) -> Any:
    """The plugin for addresses of this schema."""
    return _manager()[schema]


def private_fields(schema: str) -> dict[str, str]:
    """Names of the parts of an address that are secrets, with what to call them."""
    fields = {"password": "password"}
    for name, token in plugin_class(schema).template_tokens.items():
        if token.get("private"):
            fields[token.get("map_to", name)] = re.sub(r"_[a-z]$", "", name).replace("_", " ")
    return fields


class PluginLog(logging.Logger):
    """A logger of one plugin's own, heard by us alone: what a plugin says is all that tells why it failed."""

    def __init__(self) -> None:
        super().__init__("wirewatch.channel", logging.DEBUG)
        self.lines: list[str] = []

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802, ARG002  # logging's own signature
        """Hear everything, whatever is set for the process."""
        return True

    def handle(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self.lines.append(record.getMessage())


@contextmanager
def quiet_apprise() -> Iterator[None]:
    """While inside, apprise logs nothing from this thread: it repeats addresses, and our errors say what is wrong."""
    logger = logging.getLogger("apprise")
    here = threading.get_ident()

    def from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != here

    logger.addFilter(from_elsewhere)
    try:
        yield
    finally:
        logger.removeFilter(from_elsewhere)
