"""Channels' addresses as they are configured: what is wrong with one, told to its author."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from alerts.addresses import SCHEMA, SCREEN
from wirewatch.secrets import NAME

_STAND_IN = "WIREWATCHxSECRETx"
_SECRET_PARAMETER = re.compile(r"[?&]([^=&]*(?:pass|token|secret|auth|key)[^=&]*)=(?!\$\{)[^&]", re.IGNORECASE)


def check_channel_url(url: str) -> str | None:
    """What is wrong with an address as configured, in a line for its author; None where nothing is.

    A secret written into the address is refused: the file is reviewed and shared.
    """
    schema = SCHEMA.match(url)
    if broken := _broken_name(url):
        return broken
    if not schema:
        return None if NAME.search(url) else "expected an address such as slack://…, mailtos://… or ${SLACK_URL}"
    if schema[1].lower() == SCREEN:
        return None
    # Loading apprise takes a while, and the screen does without it.
    from alerts import apprise_plugins

    if literal := _literal_secret(url):
        kind, owner = literal
        return f"holds a literal {kind}; put it in the environment: {_suggestion(owner)}"
    if problem := schema_problem(schema[1], apprise_plugins.schemas()):
        return problem
    # With names in it, what they stand for decides.
    if NAME.search(url) or apprise_plugins.is_usable(url):
        return None
    return "apprise cannot use this address; see https://appriseit.com/services/"


def schema_problem(schema: str, known: Sequence[str]) -> str | None:
    """What to say of a schema that is not among those known; None where it is."""
    if schema.lower() in known:
        return None
    if schema.lower() in ("http", "https"):
        return (
            f"{schema}:// says nothing of the service behind it; write its apprise address, "
            "or json://host/path (jsons:// over TLS) for a plain webhook"
        )
    close = difflib.get_close_matches(schema.lower(), [*known, SCREEN], n=1)
    return f"unknown kind of channel {schema}://" + (f" (did you mean {close[0]}://?)" if close else "")


def _literal_secret(url: str) -> tuple[str, str] | None:
    """The kind of secret that an address holds in plain text, and the schema it belongs to."""
    from alerts import apprise_plugins

    parsed = apprise_plugins.parse_address(NAME.sub(_STAND_IN, url))
    if parsed is None:
        return None
    for name, title in apprise_plugins.private_fields(parsed["schema"]).items():
        value = parsed.get(name)
        for text in value if isinstance(value, list | tuple) else [value]:
            if isinstance(text, str) and text and _STAND_IN.lower() not in text.lower():
                return title, parsed["schema"]
    if found := _SECRET_PARAMETER.search(url):
        return f"value of {found[1]}=", parsed["schema"]
    return None


def _suggestion(schema: str) -> str:
    service = "MAIL" if schema.startswith("mailto") else re.sub(r"[^A-Z0-9]", "_", schema.upper())
    return f"${{{service}_URL}}"


def _broken_name(url: str) -> str | None:
    rest = NAME.sub("", url)
    if "${" in rest or re.search(r"\$[A-Z_]{3,}", rest):
        return "a name from the environment is written ${NAME}, in letters, digits and _"
    return None
