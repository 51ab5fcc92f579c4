"""Opens channels: one way of sending for each kind, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from alerts.addresses import SCREEN, fill_address
from alerts.sending import DEADLINE, Transport
from wirewatch.errors import PermanentDeliveryError
from wirewatch.model import Channel


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
