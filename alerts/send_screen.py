"""`screen://`: prints messages."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Collection, MutableMapping
from dataclasses import replace
from typing import TextIO

from alerts.message import Message
from alerts.render_text import render_screen
from wirewatch.errors import TemporaryDeliveryError

_printing = threading.Lock()


class ScreenTransport:
    """Prints to stdout, or to the stream it is given; bold where that is a terminal."""

    def __init__(self, channel: str, stream: TextIO | None = None) -> None:
        self._channel = channel
        self._stream = stream

    def send(
        self,
        message: Message,
        *,
        key: bytes,  # noqa: ARG002  # the interface's
        maybe_repeat: bool = False,
        accepted: Collection[str] = (),  # noqa: ARG002  # the interface's
        thread: MutableMapping[str, str] | None = None,  # noqa: ARG002  # the interface's
    ) -> str:
        """Print the message; see Transport."""
        stream = self._stream or sys.stdout
        message = replace(message, maybe_repeat=maybe_repeat or message.maybe_repeat)
        columns = shutil.get_terminal_size((100, 24)).columns
        try:
            text = render_screen(message, columns, bold=stream.isatty())
            encoding = stream.encoding or "utf-8"
            with _printing:
                stream.write(f"\n{text.encode(encoding, 'replace').decode(encoding)}\n")
                stream.flush()
        except (OSError, ValueError) as error:
            raise TemporaryDeliveryError(f"channel {self._channel}: cannot print: {error}") from None
        return "printed"

    def close(self) -> None:
        """Nothing is kept."""
