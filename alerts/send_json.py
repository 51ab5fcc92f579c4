"""Webhooks: apprise reads a `json://` address; the payload is our own, with a schema of its own (docs/webhook.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests

from alerts.apprise_plugins import PluginMaker
from alerts.http_post import post
from alerts.outcomes import Fate, Outcome
from alerts.render_json import render_json
from alerts.sending import Attempt, Transport

_SAID_LENGTH = 200


class JsonTransport(Transport):
    """Posts to the address, with the method, headers, parameters and fields that it asks for."""

    def __init__(self, channel: str, maker: PluginMaker, deadline: float) -> None:
        super().__init__(channel, maker, deadline)
        self._plugin = maker()  # an address that cannot work is refused when the channel is opened
        self._session = requests.Session()

    def _try(self, attempt: Attempt) -> list[Outcome]:
        payload = _with_extras(render_json(attempt.message, self._channel, attempt.key), self._plugin.payload_extras)
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        return [self._post(body, attempt.key)]

    def close(self) -> None:
        """Close the connection."""
        super().close()
        self._session.close()

    def _post(self, body: bytes, key: bytes) -> Outcome:
        plugin = self._plugin
        headers = {
            "User-Agent": plugin.app_id,
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key.hex(),
            **plugin.headers,
        }
        answer = post(
            self._session,
            "",
            _url(plugin),
            body,
            headers,
            method=plugin.method,
            params=plugin.params,
            auth=(plugin.user, plugin.password or "") if plugin.user else None,
            verify=plugin.verify_certificate,
            timeout=plugin.request_timeout,
        )
        if isinstance(answer, Outcome):
            return answer
        if refused := answer.refused_redirect(""):
            return refused
        text = answer.body.strip()
        said = "" if text.startswith("<") else text[:_SAID_LENGTH]
        if answer.fate is Fate.ACCEPTED:
            return Outcome("", Fate.ACCEPTED, f"{answer.status} {said or 'accepted'}")
        return Outcome("", answer.fate, f"{answer.status} {said or 'no reason given'}", answer.retry_after)


def _url(plugin: Any) -> str:
    host = f"{plugin.host}:{plugin.port}" if isinstance(plugin.port, int) else plugin.host
    return f"{'https' if plugin.secure else 'http'}://{host}{plugin.fullpath}"


def _with_extras(payload: dict[str, Any], extras: Mapping[str, str]) -> dict[str, Any]:
    """What `?:name=value` of the address asks for: fields under another name, left out, or beside the others."""
    for name, value in extras.items():
        if name not in payload:
            payload[name] = value
        elif value:
            payload[value] = payload.pop(name)
        else:
            del payload[name]
    return payload
