"""How polling grows with the number of feeds: CPU of a tick in which nothing has changed, memory of the first poll.

Feeds have one item here: what is looked at is what a feed costs, not what its articles do.
"""

from __future__ import annotations

from statistics import median

from benchmarks.contender import WIREWATCH, Contender
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld

FEW, MANY = 1_000, 10_000
ITEMS = 1
FEEDS_A_SITE = 5


def run(quick: bool) -> str:
    """Measure at 1,000 and 10,000 feeds; quickly, at 50 and 500."""
    few, many = (50, 500) if quick else (FEW, MANY)
    rounds = 2 if quick else 3
    nothing, costs_few, memory_few = _measured(few, rounds)
    _, costs_many, memory_many = _measured(many, rounds)
    marginal = (costs_many - costs_few) / (costs_few - nothing)
    heads = ["feeds", "unchanged, CPU s", "ms a feed", f"first poll ({ITEMS} item a feed), peak MB"]
    rows = [
        ["nothing due", f"{nothing:.3f}", "", ""],
        [f"{few:,}", f"{costs_few:.2f}", f"{(costs_few - nothing) / few * 1000:.2f}", f"{memory_few:.0f}"],
        [f"{many:,}", f"{costs_many:.2f}", f"{(costs_many - nothing) / many * 1000:.2f}", f"{memory_many:.0f}"],
    ]
    return f"{table(heads, rows)}\n\nMarginal CPU, {many:,} over {few:,}: {marginal:.2f}."


def _measured(feeds: int, rounds: int) -> tuple[float, float, float]:
    """CPU seconds of a tick with nothing due and of one with nothing changed, and the first poll's peak memory."""
    sites = max(1, min(feeds // FEEDS_A_SITE, 200))
    with NewsWorld(feeds, sites, ("--items", str(ITEMS))) as world, Contender(WIREWATCH, world.feeds()) as ours:
        memory = ours.peak_memory()
        ours.tick()
        unchanged = median(ours.tick().cpu for _ in range(rounds))
        idle = median(ours.tick("idle").cpu for _ in range(rounds))
    return idle, unchanged, memory
