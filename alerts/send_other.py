"""Every other kind of channel that apprise knows: plain text, and what can be read from apprise's log."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apprise import Apprise
from apprise.common import NotifyFormat, OverflowMode

from alerts.apprise_plugins import PluginLog, PluginMaker
from alerts.http_answers import fate_of_status
from alerts.outcomes import Fate, Outcome
from alerts.render_text import disarm, render_plain
from alerts.sending import Attempt, Transport
from wirewatch.model import DeliveryKind

_STATUS = re.compile(r"\berror=(\d{3})\b")
_CONNECTION = re.compile(r"connection error|socket exception|timed out|network", re.IGNORECASE)
_NEVER_CONNECTED = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Connection refused|CERTIFICATE_VERIFY_FAILED"
)


class OtherTransport(Transport):
    """Sends plain text through an apprise plugin, a fresh one for each attempt.

    Apprise tells of no single recipients, so all share one fate.
    """

    def __init__(self, channel: str, maker: PluginMaker, deadline: float) -> None:
        super().__init__(channel, maker, deadline)
        self._make = maker
        maker()  # an address that cannot work is refused when the channel is opened

    def _try(self, attempt: Attempt) -> list[Outcome]:
        message = attempt.message
        if message.kind is DeliveryKind.FOLLOW_UP:
            return [Outcome("", Fate.ACCEPTED, "nothing sent: this kind of channel has no threads")]
        plugin = self._make()
        plugin.logger = heard = PluginLog()
        plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, 1.0)
        if "overflow_mode" not in vars(plugin):
            # Left to the service, too long a text is refused, and the alert lost.
            plugin.overflow_mode = OverflowMode.TRUNCATE
        carrier = Apprise(asset=plugin.asset)
        carrier.add(plugin)
        sent = carrier.notify(body=render_plain(message), title=disarm(message.subject), body_format=NotifyFormat.TEXT)
        if sent:
            return [Outcome("", Fate.ACCEPTED, f"accepted ({plugin.service_name})")]
        return [_outcome_of_log(str(plugin.service_name), heard.lines)]


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
