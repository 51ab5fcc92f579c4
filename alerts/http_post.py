"""One POST, as all channels of our own over HTTP make it: no redirect followed, and no endless answer read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from alerts.http_answers import fate_of_status, outcome_of_failure, retry_after_seconds
from alerts.outcomes import Fate, Outcome
from wirewatch.clock import utc_now

LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: str
    retry_after: float | None
    is_redirect: bool

    @property
    def fate(self) -> Fate:
        """What the status alone means."""
        return fate_of_status(self.status)

    def refused_redirect(self, recipient: str) -> Outcome | None:
        """The outcome where the answer is a redirect."""
        if not self.is_redirect:
            return None
        return Outcome(recipient, Fate.PERMANENT, f"{self.status}: a redirect, which is not followed; see the address")


def post(
    session: requests.Session, recipient: str, url: str, body: bytes, headers: Mapping[str, str], **options: Any
) -> Answer | Outcome:
    """What was answered; where nothing was, the outcome of that. `options` are those of `requests`."""
    try:
        with session.request(
            options.pop("method", "POST"),
            url,
            data=body,
            headers=dict(headers),
            allow_redirects=False,
            stream=True,
            **options,
        ) as response:
            text = response.raw.read(LONGEST_ANSWER, decode_content=True).decode("utf-8", "replace")
            retry_after = retry_after_seconds(response.headers.get("Retry-After"), utc_now())
            return Answer(response.status_code, text, retry_after, response.is_redirect)
    except (requests.RequestException, HTTPError) as error:
        return outcome_of_failure(recipient, error)
