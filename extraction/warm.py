"""What the server of workers loads once, so that each worker it forks begins with it."""

from __future__ import annotations

import gc
import multiprocessing.spawn
from datetime import UTC, datetime

from extraction.extract import extract
from wirewatch.model import Item

PAGE = b"<html><body><article><h1>A</h1><p>Some words of an article, and some more.</p></article></body></html>"


def _no_main(_name: str) -> None:
    """Each worker would load the program that started it, console or Prefect, and that costs more than all its work."""


for name in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(multiprocessing.spawn, name, _no_main)

extract(Item("", "https://site.example/", PAGE, "text/html", datetime(2026, 1, 1, tzinfo=UTC)))
gc.freeze()  # what is loaded stays: no worker is to search it for garbage, nor copy its pages by doing so
