"""What a news world has planted where, worked out beside it: it is a function of its options and its ticks."""

from __future__ import annotations

import importlib.util
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.news_world import script

PLANTED = "Hayat Tahrir al-Sham"
SOUND = (None, "301")
"""Faults of feeds all the same read in full."""


class Twin:
    """The same world as the one that serves, to be ticked beside it."""

    def __init__(self, options: Sequence[str], port: int) -> None:
        spec = importlib.util.spec_from_file_location("news_world", script())
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self._world: Any = module.World(_options(options, port))
        self.faults: list[str | None] = [self._world.fault(feed) for feed in range(self._world.o.feeds)]

    @property
    def items(self) -> int:
        """Articles that sound feeds show at first."""
        return sum(self._world.o.items for fault in self.faults if fault in SOUND)

    def tick(self, change: float) -> tuple[set[str], set[str]]:
        """The addresses of new articles with what is planted: those that must be told, and those that may be."""
        before = list(self._world.versions)
        self._world.tick(change)
        new = [(feed, number) for feed, version in enumerate(before) for number in self._new(feed, version)]
        found = {(feed, self._world.article_url(feed, number)) for feed, number in new if self._planted(feed, number)}
        must = {url for feed, url in found if self.faults[feed] in SOUND}
        return must, {url for _, url in found} - must

    def _new(self, feed: int, version: int) -> Iterator[int]:
        first = self._world.o.items + version * self._world.o.new_items
        yield from range(first, self._world.newest(feed) + 1)

    def _planted(self, feed: int, number: int) -> bool:
        return any(PLANTED in paragraph for paragraph in self._world.article(feed, number)["paragraphs"])


def _options(arguments: Sequence[str], port: int) -> Namespace:
    """Those of the command line that say what the world holds; its own defaults for the others."""
    given = dict(zip((name.lstrip("-").replace("-", "_") for name in arguments[::2]), arguments[1::2], strict=True))
    return Namespace(
        feeds=int(given["feeds"]),
        hosts=int(given["hosts"]),
        port=port,
        seed=1,
        items=int(given["items"]),
        new_items=3,
        kinds=["rss", "rss", "atom", "rss", "json"],
        wire=float(given["wire"]),
        stories=2000,
        plant=[given["plant"]],
        faults=float(given["faults"]),
    )
