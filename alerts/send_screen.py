"""`screen://`: prints messages."""

from __future__ import annotations

import shutil
import sys
import threading
from typing import TextIO

from alerts.outcomes import Fate, Outcome
from alerts.render_text import render_screen
from alerts.sending import Attempt, Transport

_printing = threading.Lock()


class ScreenTransport(Transport):
    """Prints to stdout, or to the stream it is given; bold where that is a terminal. Readers may take their time."""

    def __init__(self, channel: str, stream: TextIO | None = None) -> None:
        super().__init__(channel)
        self._stream = stream

    def _try(self, attempt: Attempt) -> list[Outcome]:
        stream = self._stream or sys.stdout
        columns = shutil.get_terminal_size((100, 24)).columns
        try:
            text = render_screen(attempt.message, columns, bold=stream.isatty())
            encoding = stream.encoding or "utf-8"
            with _printing:
                stream.write(f"\n{text.encode(encoding, 'replace').decode(encoding)}\n")
                stream.flush()
        except (OSError, ValueError) as error:
            return [Outcome("", Fate.TEMPORARY, f"cannot print: {error}")]
        return [Outcome("", Fate.ACCEPTED, "printed")]
