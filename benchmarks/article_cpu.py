"""What a new article costs from its feed to the stored hit, beside trafilatura alone on the same bytes.

Real pages, each read once, and made-up ones. The poll is the whole of it, commits and workers included; trafilatura is
called as articles need it: its defaults, with metadata, without comments. Each is a process of its own; they take
turns, and CPU time (user and system) of the process with its children is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import mean

from benchmarks.contender import TRAFILATURA, WIREWATCH, Contender
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.page_site import PageSite
from benchmarks.polling import FEEDS_A_SITE, NEW_ITEMS, WORLD_OPTIONS
from benchmarks.real_pages import real_pages

REST = "fetch, robots, feeds and the loop"


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of CPU an article, by round; of one more round, those of its stages, with `all`."""

    articles: int
    ours: list[float]
    alone: list[float]
    stages: dict[str, float]
    stages_alone: float
    """What trafilatura takes for the articles of that round."""


def run(quick: bool) -> str:
    """Measure 300 real pages and 720 made-up ones; quickly, fewer."""
    rounds = 2 if quick else 6
    parts = {"real pages": of_real_pages(rounds), "made-up pages": of_made_up_pages(20 if quick else 40, rounds)}
    return "\n\n".join([_table(parts), _stage_table(parts)])


def of_real_pages(rounds: int, size: int = 50) -> Costs:
    """Pages of many publishers, new to the process: what is remembered of a site's pages helps nobody."""
    number = rounds + 3
    pages = [item.raw for item in real_pages(number * size)]
    portions = iter([pages[first::number] for first in range(number)])  # of all sets as much in each
    with PageSite(10) as site:
        return _measured(site.feeds(), lambda: site.publish(next(portions)), rounds)


def of_made_up_pages(feeds: int, rounds: int) -> Costs:
    """Pages of few templates, three new ones a feed and round."""
    with NewsWorld(feeds, feeds // FEEDS_A_SITE, WORLD_OPTIONS) as world:

        def publish() -> list[str]:
            world.tick()
            return world.newest_pages(NEW_ITEMS)

        return _measured(world.feeds(), publish, rounds)


def _measured(feeds: list[str], publish: Callable[[], list[str]], rounds: int) -> Costs:
    """`publish` puts new articles into the feeds and gives their addresses."""
    with ExitStack() as stack:
        ours, alone = (stack.enter_context(Contender(name, feeds)) for name in (WIREWATCH, TRAFILATURA))
        ours.tick()
        ours.with_pages()
        costs: list[tuple[float, float]] = []
        for warming in (True, *(False for _ in range(rounds))):
            addresses = publish()
            spent = ours.tick()
            if spent.new != len(addresses):
                raise RuntimeError(f"{spent.new} new articles were found instead of {len(addresses)}")
            if not warming:
                costs.append((_each(spent.cpu, addresses), _each(alone.extract(addresses).cpu, addresses)))
            else:
                alone.extract(addresses)
        publish()
        ours.warm_up_here()
        addresses = publish()
        stages = {name: _each(seconds, addresses) for name, seconds in ours.article_stages().items() if name != "new"}
        stages[REST] = 2 * stages["all"] - sum(stages.values())
        return Costs(
            rounds * len(addresses),
            [each for each, _ in costs],
            [each for _, each in costs],
            stages,
            _each(alone.extract(addresses).cpu, addresses),
        )


def _each(seconds: float, addresses: Sequence[str]) -> float:
    return 1000 * seconds / len(addresses)


def _table(parts: dict[str, Costs]) -> str:
    heads = ["CPU an article, ms", "wirewatch", "trafilatura alone", "÷ trafilatura (by round)"]
    rows = []
    for name, costs in parts.items():
        ratios = sorted(one / other for one, other in zip(costs.ours, costs.alone, strict=True))
        ratio = f"{sum(costs.ours) / sum(costs.alone):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        rows.append([f"{costs.articles:,} {name}", f"{mean(costs.ours):.1f}", f"{mean(costs.alone):.1f}", ratio])
    return table(heads, rows)


def _stage_table(parts: dict[str, Costs]) -> str:
    heads = ["one more round, without workers"]
    for name in parts:
        heads += [f"{name}, ms", "÷ trafilatura"]
    rows = []
    for stage in sorted(next(iter(parts.values())).stages, key=lambda stage: stage == "all"):
        row = [stage]
        for costs in parts.values():
            row += [f"{costs.stages[stage]:.2f}", f"{costs.stages[stage] / costs.stages_alone:.3f}"]
        rows.append(row)
    return table(heads, rows)
