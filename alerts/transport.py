"""How messages leave: one way of sending for each kind of channel, behind one interface."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import Protocol, TextIO

from alerts.addresses import SCREEN, fill_address
from alerts.message import Message
from alerts.outcomes import DEADLINE
from wirewatch.errors import PermanentDeliveryError
from wirewatch.model import Channel

Thread = MutableMapping[str, str]
"""For each recipient the message that began a story's thread, in the channel's own terms."""


class Transport(Protocol):
    """An open channel, for one thread at a time. It may keep a connection between messages, until it is closed."""

    def send(
        self,
        message: Message,
        *,
        key: bytes,
        maybe_repeat: bool = False,
        accepted: Collection[str] = (),
        thread: Thread | None = None,
    ) -> str:
        """Send the message and return what the server said.

        `key` is the delivery's: equal keys are equal messages to the receiver, where the channel can say so.
        `accepted`: recipients that are left out, because they took it in an earlier attempt. `thread` is that of the
        message's story: it is sent into it, and where there is none for a recipient, the one that it begins is added.
        Raises TemporaryDeliveryError or PermanentDeliveryError; both say which recipients took it.
        """
        ...

    def close(self) -> None:
        """Let go of what is kept between messages."""
        ...


def open_channel(
    channel: Channel, environ: Mapping[str, str], *, deadline: float = DEADLINE, screen: TextIO | None = None
) -> Transport:
    """The channel, ready to send; connects to nothing yet.

    Each attempt ends within `deadline` seconds. `screen` is where `screen://` prints, stdout by default.
    Raises PermanentDeliveryError where a `${NAME}` is not set or the address is not one that apprise can use.
    """
    address = fill_address(channel, environ)
    if address.schema == SCREEN:
        from alerts.send_screen import ScreenTransport

        return ScreenTransport(channel.name, screen)
    if not address.schema:
        raise PermanentDeliveryError(
            f"channel {channel.name}: its address has no schema such as slack:// or mailtos://; see `wirewatch check`"
        )
    # Loading apprise takes a while, and a run that sends nothing but to the screen does without it.
    from alerts.apprise_plugins import read_address

    maker = read_address(channel.name, address)
    match maker.schema:
        case "slack":
            from alerts.send_slack import SlackTransport

            return SlackTransport(channel.name, maker, deadline)
        case "mailto" | "mailtos":
            from alerts.send_mail import MailTransport

            return MailTransport(channel.name, maker, deadline)
        case "json" | "jsons":
            from alerts.send_json import JsonTransport

            return JsonTransport(channel.name, maker, deadline)
        case _:
            from alerts.send_other import OtherTransport

            return OtherTransport(channel.name, maker, deadline)
