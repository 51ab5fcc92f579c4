"""From publishing to the channel: feeds that change under `wirewatch up`, and a webhook that notes when it accepts."""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections.abc import Collection
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.running_up import TERM, Installation, watching
from soak.sink import Sink
from storage import open_store
from wirewatch.telling import Fate

FEEDS, SITES, ITEMS, NEW_ITEMS = 30, 15, 4, 3
PLANTED = "Hayat Tahrir al-Sham"
OPTIONS = ("--items", str(ITEMS), "--new-items", str(NEW_ITEMS), "--plant", f"{PLANTED}:0.3", "--wire", "0")
CADENCE = 60.0
LATER = 15.0
"""Seconds beyond the cadence that are allowed."""
PUBLISHING, QUICKLY = 190.0, 45.0
"""Seconds in which feeds change."""
CHANGE = 0.1
"""Share of the feeds that a change touches; one comes every few seconds."""


def run(quick: bool) -> str:
    """Some three minutes of changes, quickly less than one; then what is still under way is waited for."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(NewsWorld(FEEDS, SITES, OPTIONS))
        sink = stack.enter_context(Sink(folder / "desk.jsonl"))
        settings = watching(world.feeds(), sink.url, f'"{PLANTED}"', every=f"{CADENCE:g}s")
        up = stack.enter_context(Installation(folder, settings))
        up.wait_for_articles(ITEMS * FEEDS)
        cpu, begun = up.cpu_seconds(), datetime.now(UTC)
        published = _publish(world, QUICKLY if quick else PUBLISHING)
        time.sleep(CADENCE + LATER)
        ended, spent = datetime.now(UTC), up.cpu_seconds() - cpu
        lags = _lags(published, sink)
        hits, withheld = _hits(up.database, published)
    if len(lags) < 2:
        raise RuntimeError("too little was told to speak of a latency; publish for longer")
    rows = [
        ["articles published", str(len(published))],
        ["of them with the watched name", str(hits)],
        ["told / withheld as adding nothing to what was told", f"{len(lags)} / {withheld}"],
        ["publish → accepted, median, s", f"{median(lags):.1f}"],
        ["95th percentile, s", f"{quantiles(lags, n=20, method='inclusive')[-1]:.1f}"],
        ["most, s", f"{max(lags):.1f}"],
        ["cadence and what is allowed beyond it, s", f"{CADENCE:.0f} + {LATER:.0f}"],
        ["polls that took turns meanwhile", str(_changes_of_shift(begun, ended))],
        ["CPU of all processes, s a minute", f"{spent / (ended - begun).total_seconds() * 60:.1f}"],
    ]
    return table([f"{(ended - begun).total_seconds():.0f} s, {FEEDS} feeds", ""], rows)


def _publish(world: NewsWorld, seconds: float) -> dict[str, float]:
    """Change feeds at random moments; the addresses of the new articles, and when each came."""
    dice = random.Random(7)
    known = set(world.newest_pages(ITEMS))
    published: dict[str, float] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        world.control(f"tick?change={CHANGE}")
        now = time.monotonic()
        new = set(world.newest_pages(NEW_ITEMS)) - known
        known |= new
        published |= dict.fromkeys(new, now)
        time.sleep(dice.uniform(2, 8))
    return published


def _lags(published: dict[str, float], sink: Sink) -> list[float]:
    """Seconds from publishing to the first message that names an article, of those that one names."""
    told: dict[str, float] = {}
    for message in list(sink.messages):
        for url in re.findall(r"http://[^\s<>()\[\]\"']+", message.text):
            told.setdefault(url.rstrip(".,"), message.at)
    return [told[url] - at for url, at in published.items() if url in told]


def _hits(database: str, published: Collection[str]) -> tuple[int, int]:
    """How many articles have a hit, and of how many nobody was told for a reason that is stored."""
    with open_store(database) as store:
        found = [each.article.key for each in store.hits() if each.article.url in published]
        told_of = ([telling.fate for telling in store.tellings(article_key=key, term=TERM)] for key in found)
        return len(found), sum(bool(fates) and set(fates) == {Fate.WITHHELD} for fates in told_of)


def _changes_of_shift(begun: datetime, ended: datetime) -> int:
    """How often a poll left and its successor came."""
    return int(ended.timestamp() // 300 - begun.timestamp() // 300)
