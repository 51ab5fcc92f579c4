"""Signed links in alerts: who has one may answer for one article, for a time. Following one changes nothing."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wirewatch.errors import WirewatchError
from wirewatch.identity import KEY_BYTES

SECRET = "WIREWATCH_SECRET"  # noqa: S105 (its name)
LEAST_SECRET = 16
"""Characters of a secret that nobody guesses."""
LASTING = timedelta(days=14)

_PURPOSE = b"wirewatch answer 1"
_FEED_PURPOSE = b"wirewatch feed 1"
_TIME_BYTES = 5
_SIGNATURE_BYTES = 16
_BODY_BYTES = _TIME_BYTES + KEY_BYTES


@dataclass(frozen=True, slots=True)
class AnswerLinks:
    """Makes and reads links below an address; the secret is shared by who sends and who serves the pages."""

    public_url: str
    secret: str = field(repr=False)

    def to(self, article_key: bytes, now: datetime) -> str:
        """The address of the page that takes answers for an article."""
        ends = int((now + LASTING).timestamp())
        body = ends.to_bytes(_TIME_BYTES) + article_key
        token = base64.urlsafe_b64encode(body + self._signature(body)).decode().rstrip("=")
        return f"{self.public_url.rstrip('/')}/answer/{token}"

    def read(self, token: str, now: datetime) -> bytes:
        """The article that a link is for; WirewatchError where it was changed or is too old."""
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, binascii.Error):
            signed = b""
        body, signature = signed[:_BODY_BYTES], signed[_BODY_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)):
            raise WirewatchError(
                "this link is not complete, or not of this wirewatch; copy it as it stands in the alert"
            )
        if now > datetime.fromtimestamp(int.from_bytes(body[:_TIME_BYTES]), UTC):
            raise WirewatchError(f"this link is older than {LASTING.days} days; `wirewatch hits` does what it did")
        return body[_TIME_BYTES:]

    def feed_of(self, term: str) -> str:
        """The address of a term's feed; who has it may read it for as long as the secret stays."""
        name = term.encode()
        token = base64.urlsafe_b64encode(self._signature(name, _FEED_PURPOSE) + name).decode().rstrip("=")
        return f"{self.public_url.rstrip('/')}/feed/{token}"

    def read_feed(self, token: str) -> str:
        """The term whose feed an address is; WirewatchError where it was changed."""
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, binascii.Error):
            signed = b""
        signature, name = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(name, _FEED_PURPOSE)):
            raise WirewatchError("this is not the address of a feed; `wirewatch export --atom TERM --link` says it")
        return name.decode()

    def _signature(self, body: bytes, purpose: bytes = _PURPOSE) -> bytes:
        return hmac.digest(self.secret.encode(), purpose + body, "sha256")[:_SIGNATURE_BYTES]


def answer_links(public_url: str | None, environ: Mapping[str, str]) -> AnswerLinks | None:
    """The links that alerts carry; None where no address is configured, or no secret set that is long enough."""
    secret = environ.get(SECRET) or ""
    return AnswerLinks(public_url, secret) if public_url and len(secret) >= LEAST_SECRET else None


def why_no_links(public_url: str | None, environ: Mapping[str, str]) -> str | None:
    """What keeps alerts from carrying links, in a line for the operator; None where nothing does."""
    if not public_url:
        return "`public_url:` is not set in the configuration"
    if len(environ.get(SECRET) or "") < LEAST_SECRET:
        return f"{SECRET} is not set, or shorter than {LEAST_SECRET} characters; e.g. `openssl rand -hex 32` makes one"
    return None
