"""Polling measured: feeds that have not changed, and feeds that have.

Each contender is a process of its own; they take turns, tick by tick, on the same news world, and what counts is the
CPU time (user and system) of the process with its children. Ratios are medians over the rounds of one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from benchmarks.contender import FETCH, PARSE, WIREWATCH, Contender, Cost
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.wirewatch_loop import PLANTED

NEW_ITEMS = 3
FEEDS_A_SITE = 5
SMALL, LARGE, QUICK = 100, 1_000, 20
WORLD_OPTIONS = ("--items", "25", "--new-items", str(NEW_ITEMS), "--plant", f"{PLANTED}:0.02")

Rounds = list[dict[str, float]]
"""Milliseconds of CPU a feed by contender: one dictionary a round."""
Stages = dict[str, float]


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """What polling so many feeds costs."""

    feeds: int
    first_poll_megabytes: dict[str, float]
    unchanged: Rounds
    changed: Rounds
    idle: list[float]
    stages: dict[str, Stages]


def run(quick: bool) -> str:
    """Measure at 100 and 1,000 feeds; quickly, at 20."""
    sizes, rounds = ((QUICK,), 2) if quick else ((SMALL, LARGE), 5)
    parts = [feed_figures(size, rounds) for size in sizes]
    return "\n\n".join([_feed_table(parts), _stage_table(parts[-1])])


def feed_figures(feeds: int, rounds: int) -> FeedFigures:
    """Unchanged and changed feeds whose pages are not wanted; the first poll stores 25 items of each."""
    with NewsWorld(feeds, feeds // FEEDS_A_SITE, WORLD_OPTIONS) as world, ExitStack() as stack:
        addresses = world.feeds()
        ours, *bare = (stack.enter_context(Contender(name, addresses)) for name in (WIREWATCH, FETCH, PARSE))
        contenders = (ours, *bare)
        memory = {each.name: each.peak_memory() for each in contenders}
        for each in contenders:  # what is done once a process, such as compiling regular expressions, is not counted
            each.tick()
        unchanged = [_round(contenders, feeds) for _ in range(rounds)]
        unchanged_stages = _per(feeds, ours.stages())
        idle = [ours.tick("idle").cpu * 1000 for _ in range(rounds)]
        changed = []
        for _ in range(rounds):
            world.tick()
            changed.append(_round(contenders, feeds, NEW_ITEMS * feeds))
        world.tick()
        stages = {"unchanged": unchanged_stages, "changed": _per(feeds, ours.stages())}
    return FeedFigures(feeds, memory, unchanged, changed, idle, stages)


def _round(contenders: Sequence[Contender], feeds: int, expected: int = 0) -> dict[str, float]:
    return _milliseconds({each.name: each.tick() for each in contenders}, feeds, expected)


def _milliseconds(costs: dict[str, Cost], amount: int, expected: int) -> dict[str, float]:
    """CPU for each of an amount; a contender that looks for items and did not find all of them ends the run."""
    for name, cost in costs.items():
        if name != FETCH and cost.new != expected:
            raise RuntimeError(f"{name} found {cost.new} new items instead of {expected}")
    return {name: cost.cpu * 1000 / amount for name, cost in costs.items()}


def _per(amount: int, stages: Stages) -> Stages:
    """Milliseconds for each of an amount."""
    spent = {name: seconds * 1000 / amount for name, seconds in stages.items() if name != "new"}
    named = sum(value for name, value in spent.items() if name != "all")
    return {**spent, "fetch and join": spent["all"] - named}


def _cost(rounds: Rounds, name: str) -> str:
    return f"{median(each[name] for each in rounds):.2f}"


def _ratio(rounds: Rounds, over: str) -> str:
    ratios = sorted(each[WIREWATCH] / each[over] for each in rounds)
    return f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _feed_table(parts: Sequence[FeedFigures]) -> str:
    heads = ["CPU a feed, ms", "wirewatch", "aiohttp", "+ feedparser", "÷ aiohttp", "÷ aiohttp + feedparser"]
    rows = []
    for part in parts:
        for what, rounds in (("unchanged", part.unchanged), ("changed", part.changed)):
            costs = [_cost(rounds, name) for name in (WIREWATCH, FETCH, PARSE)]
            rows.append([f"{part.feeds:,} feeds, {what}", *costs, _ratio(rounds, FETCH), _ratio(rounds, PARSE)])
    memory = [
        f"Peak memory of the first poll of {part.feeds:,} feeds ({25 * part.feeds:,} items): wirewatch "
        f"{part.first_poll_megabytes[WIREWATCH]:.0f} MB, bare loop {part.first_poll_megabytes[PARSE]:.0f} MB. "
        f"A tick that finds nothing due: {median(part.idle):.0f} ms."
        for part in parts
    ]
    return "\n".join([table(heads, rows), "", *memory])


def _stage_table(feeds: FeedFigures) -> str:
    columns = [feeds.stages["unchanged"], feeds.stages["changed"]]
    heads = ["wirewatch by stage, CPU ms", f"unchanged feed (of {feeds.feeds:,})", "changed feed"]
    names = sorted(columns[0], key=lambda name: name == "all")
    return table(heads, [[name, *(f"{column[name]:.2f}" for column in columns)] for name in names])
