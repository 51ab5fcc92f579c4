"""Every other kind of channel that apprise knows: plain text, and what can be read from apprise's log."""

from __future__ import annotations

import re
from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import replace

from apprise import Apprise
from apprise.common import NotifyFormat, OverflowMode

from alerts.apprise_plugins import PluginLog, PluginMaker
from alerts.http_answers import fate_of_status
from alerts.message import Message
from alerts.outcomes import Fate, Outcome, settle, within
from alerts.render_text import disarm, render_plain

_STATUS = re.compile(r"\berror=(\d{3})\b")
_CONNECTION = re.compile(r"connection error|socket exception|timed out|network", re.IGNORECASE)
_NEVER_CONNECTED = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Connection refused|CERTIFICATE_VERIFY_FAILED"
)


class OtherTransport:
    """Sends plain text through an apprise plugin, a fresh one for each attempt."""

    def __init__(self, channel: str, maker: PluginMaker, deadline: float) -> None:
        self._channel = channel
        self._maker = maker
        self._deadline = deadline
        maker()  # an address that cannot work is refused when the channel is opened

    def send(
        self,
        message: Message,
        *,
        key: bytes,  # noqa: ARG002  # the interface's
        maybe_repeat: bool = False,
        accepted: Collection[str] = (),  # noqa: ARG002  # the interface's
        thread: MutableMapping[str, str] | None = None,  # noqa: ARG002  # the interface's
    ) -> str:
        """Send the message; see Transport. Apprise tells of no single recipients, so all share one fate."""
        message = replace(message, maybe_repeat=maybe_repeat or message.maybe_repeat)
        outcome = within(self._deadline, self._channel, lambda: self._attempt(message))
        return settle(self._channel, [outcome], self._maker.secrets)

    def close(self) -> None:
        """Nothing is kept."""

    def _attempt(self, message: Message) -> Outcome:
        plugin = self._maker()
        plugin.logger = heard = PluginLog()
        plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, 1.0)
        if "overflow_mode" not in vars(plugin):
            # Left to the service, too long a text is refused, and the alert lost.
            plugin.overflow_mode = OverflowMode.TRUNCATE
        carrier = Apprise(asset=plugin.asset)
        carrier.add(plugin)
        sent = carrier.notify(body=render_plain(message), title=disarm(message.subject), body_format=NotifyFormat.TEXT)
        if sent:
            return Outcome("", Fate.ACCEPTED, f"accepted ({plugin.service_name})")
        return _outcome_of_log(str(plugin.service_name), heard.lines)


def _outcome_of_log(service: str, lines: Sequence[str]) -> Outcome:
    """What a plugin's log lines say of why it failed."""
    text = "\n".join(lines)
    failed = next((line for line in lines if _STATUS.search(line)), None)
    if failed and (status := _STATUS.search(failed)):
        fate = fate_of_status(int(status[1]))
        # A plugin that calls a 2xx a failure knows more than its status.
        return Outcome("", Fate.PERMANENT if fate is Fate.ACCEPTED else fate, failed)
    if _NEVER_CONNECTED.search(text):
        return Outcome("", Fate.TEMPORARY, f"cannot connect to {service}")
    if _CONNECTION.search(text):
        return Outcome("", Fate.UNCERTAIN, f"the connection to {service} broke; the message may have arrived")
    return Outcome("", Fate.PERMANENT, f"{service} did not take it: {lines[-1] if lines else 'no reason given'}")
