"""Real pages to measure on: those of `data/extraction` in the shared folder."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.news_world import PROJECT, NoNewsWorld
from wirewatch.model import Item


def real_pages(number: int) -> list[Item]:
    """So many pages, taken evenly from all there are; NoNewsWorld says where they were looked for."""
    shared = Path(os.environ.get("WIREWATCH_SHARED") or PROJECT.parent / "shared")
    folder = shared / "data" / "extraction"
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except OSError:
        raise NoNewsWorld(
            f"there are no pages in {folder}; set WIREWATCH_SHARED to the folder that holds them"
        ) from None
    chosen = index[:: max(1, len(index) // number)][:number]
    now = datetime.now(UTC)
    return [
        Item("pages", page.get("url") or f"https://site.example/{n}", _bytes(folder / page["file"]), "text/html", now)
        for n, page in enumerate(chosen)
    ]


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
