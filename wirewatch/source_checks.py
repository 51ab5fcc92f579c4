"""What a source's settings must be, beyond the shape of each: one place, and only keys that mean something there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from urllib.parse import urlsplit

from wirewatch.model import ROW_FIELDS
from wirewatch.wording import unknown_key

LOCATION_KEYS = ("feed", "sitemap", "page", "mailbox", "folder", "kind")
"""The keys that say what a source is; it has one of them."""
WEB_KEYS = ("feed", "sitemap", "page")
KEYS_OF = {
    "select": ("page",),
    "host": ("folder",),
    "after": ("folder", "mailbox"),
    "options": ("kind",),
    "files": ("folder",),
    "fields": ("folder",),
    "pages": (*WEB_KEYS, "kind"),
    **dict.fromkeys(("auth", "headers", "cookies", "proxy", "robots"), (*WEB_KEYS, "kind")),
}
"""Keys that only some sources have."""
SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def check_location(said: Mapping[str, str], keys: Set[str]) -> None:
    """Raise ValueError where the location keys that are `said`, or the `keys` beside them, make no one source."""
    if len(said) != 1:
        found = " and ".join(f"`{key}:`" for key in said) or "none"
        raise ValueError(
            f"a source has exactly one of {', '.join(f'`{key}:`' for key in LOCATION_KEYS)}; here: {found}"
        )
    [(key, value)] = said.items()
    for other in sorted(keys & KEYS_OF.keys()):
        if key not in KEYS_OF[other]:
            belongs = " or ".join(f"`{each}:`" for each in KEYS_OF[other])
            raise ValueError(f"`{other}:` goes with {belongs}, not with `{key}:`")
    if key in WEB_KEYS and not re.match(r"https?://", value, re.IGNORECASE):
        raise ValueError(f"“{value}” is not a web address; it begins with https:// or http://")
    if key in WEB_KEYS and re.match(r"https?://[^/?#]*@", value, re.IGNORECASE):
        raise ValueError('the address carries a login; take it out and write `auth: {user: …, password: "${NAME}"}`')
    if key == "page" and "select" not in keys:
        raise ValueError(
            "a `page:` needs `select:`, the CSS selector of its links to articles; "
            "`wirewatch sources test ADDRESS --select SELECTOR` shows what one finds"
        )
    if key == "mailbox":
        _check_mailbox(value)


def check_fields(fields: Mapping[str, object]) -> None:
    """Raise ValueError where a key of `fields:` is nothing that a line of a table can say of an article."""
    for key in fields:
        if key not in ROW_FIELDS:
            raise ValueError(unknown_key(key, ROW_FIELDS))


def check_selector(select: str) -> str:
    """The selector; ValueError says what is wrong with it."""
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(select)
    except SelectorError as error:
        raise ValueError(f"“{select}” is no CSS selector that can be used: {error}") from None
    return select


def _check_mailbox(url: str) -> None:
    """`imaps://user:${PASSWORD}@host/FOLDER`. The value is not repeated: it may hold a password."""
    example = "imaps://desk:${MAIL_PASSWORD}@imap.example.org/INBOX"
    try:
        parts = urlsplit(url)
        user, password, host, _port = parts.username, parts.password, parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"not the address of a mailbox; write it like {example}") from None
    if parts.scheme.lower() != "imaps":
        raise ValueError(f"a mailbox is reached over TLS only, by an address like {example}")
    if not (user and password and host):
        raise ValueError(f"the address needs a user, a password and a host, like {example}")
    if not SECRET.fullmatch(password):
        raise ValueError(
            "a password does not belong in this file: write ${NAME}, "
            f"and set NAME in the environment of whoever polls, like {example}"
        )
