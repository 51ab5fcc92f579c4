"""Slack: apprise reads the address and knows where to post; the message is our own Block Kit."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import requests
from apprise.plugins.slack import NotifySlack

from alerts.apprise_plugins import PluginLog, PluginMaker
from alerts.http_post import Answer, post
from alerts.outcomes import Fate, Outcome
from alerts.render_slack import SlackMessage, render_slack
from alerts.sending import Attempt, Transport
from wirewatch.model import DeliveryKind

_PASSING_ERRORS = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
     "rollup_error", "team_added_to_org", "message_limit_exceeded"}
)  # fmt: skip
_ERRORS_OF_THREADS = ("thread_not_found", "invalid_thread_ts", "cannot_reply_to_message", "message_not_found")
_ERRORS_OF_BLOCKS = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long")
_HINTS = {
    "invalid_auth": "the token is wrong",
    "token_revoked": "the token was revoked: install the app again and set the new one",
    "no_service": "the webhook was removed: make a new one",
    "invalid_token": "the webhook's address is wrong",
    "channel_not_found": "there is no such channel, or the app is not in it",
    "not_in_channel": "invite the app to the channel",
    "channel_is_archived": "the channel is archived",
    "missing_scope": "the app needs the scope chat:write",
}


class SlackTransport(Transport):
    """Posts to a webhook, a workflow, or as a bot to each of its channels.

    Only a bot can post into threads: webhooks are not told what they posted.
    """

    def __init__(self, channel: str, maker: PluginMaker, deadline: float) -> None:
        super().__init__(channel, maker, deadline)
        self._make = maker
        maker(_SlackPost)  # an address that cannot work is refused when the channel is opened
        self._session = requests.Session()

    def _try(self, attempt: Attempt) -> list[Outcome]:
        plugin: _SlackPost = self._make(_SlackPost)
        plugin.begin(self._session, attempt)
        return plugin.post_each(render_slack(attempt.message), attempt.accepted)

    def close(self) -> None:
        """Close the connections."""
        super().close()
        self._session.close()


class _SlackPost(NotifySlack):  # type: ignore[no-untyped-call]  # apprise has no types
    """NotifySlack, except that it posts our payload and keeps what was answered."""

    def begin(self, session: requests.Session, attempt: Attempt) -> None:
        """Set what it posts with, and where the threads are that it replies to and begins."""
        self._http = session
        self._threads = attempt.thread or {}
        self._begun = attempt.begun
        self._calls_nobody = attempt.message.kind is DeliveryKind.FOLLOW_UP

    def post_each(self, message: SlackMessage, accepted: Collection[str]) -> list[Outcome]:
        """Post to each Slack channel of the address but those that have the message."""
        self.logger = self._heard = PluginLog()
        targets = [target for target in self.channels if (target or "") not in accepted]
        return [self._post_to(target, message) for target in targets]

    def _post_to(self, target: str | None, message: SlackMessage) -> Outcome:
        self._message, self._target = message, target or ""
        if self._calls_nobody and self._target not in self._threads:
            return Outcome(self._target, Fate.ACCEPTED, "nothing posted: the story has no thread here")
        self._outcome: Outcome | None = None
        self.channels = [target]
        self.send(body=message.text)  # type: ignore[no-untyped-call]  # calls _send with where to post
        return self._outcome or Outcome(
            self._target,
            Fate.PERMANENT,
            self._heard.lines[-1] if self._heard.lines else "not a channel that Slack knows",
        )

    def _send(self, url: str, payload: Mapping[str, Any], *_: object, **__: object) -> object:
        where = {name: payload[name] for name in ("channel", "thread_ts", "username") if name in payload}
        if self._target in self._threads and "thread_ts" not in where:
            # An alert is news: it stands in its thread and in the channel.
            where |= {"thread_ts": self._threads[self._target], "reply_broadcast": not self._calls_nobody}
        self._outcome = self._post(url, {**self._message.payload(), **where})
        is_gone = any(name in self._outcome.said for name in _ERRORS_OF_THREADS)
        if is_gone and self._calls_nobody:
            self._outcome = Outcome(self._target, Fate.ACCEPTED, "nothing posted: the story's thread is gone")
        elif is_gone:
            where = {name: value for name, value in where.items() if name not in ("thread_ts", "reply_broadcast")}
            self._outcome = self._post(url, {**self._message.payload(), **where})
        if any(name in self._outcome.said for name in _ERRORS_OF_BLOCKS):
            # Slack's rules for blocks are its own and may change; the text alone holds the passages too.
            self._outcome = self._post(url, {**self._message.payload(blocks=False), **where})
        return {"ok": True} if self._outcome.fate is Fate.ACCEPTED else False

    def _post(self, url: str, payload: Mapping[str, Any]) -> Outcome:
        headers = {"User-Agent": self.app_id, "Content-Type": "application/json; charset=utf-8"}
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        answer = post(
            self._http, self._target, url, body, headers, verify=self.verify_certificate, timeout=self.request_timeout
        )
        if isinstance(answer, Outcome):
            return answer
        outcome = self._judge(answer)
        if outcome.fate is Fate.ACCEPTED and "thread_ts" not in payload and (sent := _message_id(answer.body)):
            self._begun[self._target] = sent
        return outcome

    def _judge(self, answer: Answer) -> Outcome:
        if refused := answer.refused_redirect(self._target):
            return refused
        status, retry_after = answer.status, answer.retry_after
        fate, error = answer.fate, _error_name(answer.body)
        if fate is Fate.ACCEPTED and not self._says_ok(answer.body):
            fate = Fate.TEMPORARY if error in _PASSING_ERRORS else Fate.PERMANENT
            return Outcome(self._target, fate, f"{status} but not ok: {_explained(error)}", retry_after)
        if fate is Fate.ACCEPTED:
            return Outcome(self._target, fate, f"{status} ok")
        return Outcome(self._target, fate, f"{status} {_explained(error)}", retry_after)

    def _says_ok(self, body: str) -> bool:
        if self.mode in ("workflow", "trigger"):
            return True  # workflows answer 200 and anything
        if body.strip() == "ok":
            return True
        answer = _json(body)
        return isinstance(answer, dict) and answer.get("ok") is True


def _message_id(body: str) -> str | None:
    """What Slack calls a message that a bot has posted, and takes as the beginning of a thread."""
    answer = _json(body)
    sent = answer.get("ts") if isinstance(answer, dict) else None
    return sent if isinstance(sent, str) else None


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _error_name(body: str) -> str:
    """Slack's name of an error, from a JSON answer or a plain one; pages of HTML are only named as such."""
    answer = _json(body)
    if isinstance(answer, dict):
        return str(answer.get("error") or "no reason given").lower()
    text = body.strip()
    return "an answer that is not Slack's" if text.startswith("<") or len(text) > 200 else text or "no reason given"


def _explained(error: str) -> str:
    return f"{error} ({_HINTS[error]})" if error in _HINTS else error
