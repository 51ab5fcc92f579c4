"""What upkeep lets go of: all that is older than the configuration keeps it, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flows import keeping

RAIN = "Rain fell on the plateau all night, the water board said, and the reservoirs above the town are full again."


async def test_all_that_is_old_is_let_go(world: Any, site: Any) -> None:
    site.page("/a", "Convoy", "Supplies reached Hmeimim before dawn, the drivers of the lorries said on Tuesday.")
    site.page("/b", "Rain", RAIN)
    feeds = [
        {"name": name, "feed": site.feed(f"/{name}", site.item(page, title)), "pages": "always", **options}
        for name, page, title, options in (
            ("wire", "/a", "Convoy", {"keep_raw": True}),
            ("weather", "/b", "Rain", {"archive": "hits"}),
        )
    ]
    kept = {"articles": "30d", "hits": "60d", "deliveries": "60d", "raw": "7d", "runs": "7d"}
    world.watch("Hmeimim", inbox=True, feeds=feeds, retention=kept)
    world.drop("rain.txt", f"More rain\n\n{RAIN} It is to go on.\n")
    await world.tick()
    world.store.add_run("poll", world.now, world.now, {})

    def let_go_after(days: int) -> dict[str, int]:
        world.later(days=days)
        counts = keeping.keep(world.store, world.clock).counts
        return {name.removesuffix("_let_go"): number for name, number in counts.items() if number}

    assert let_go_after(6) == {}
    assert let_go_after(2) == {"raw": 1, "runs": 1}
    assert let_go_after(30) == {"articles": 1}, "the one with a hit stays"
    assert let_go_after(30) == {"hits": 1, "deliveries": 1, "articles": 1}
    assert let_go_after(300) == {}
    assert let_go_after(60) == {"passed_over": 1}


async def test_a_shorter_time_goes_before_what_is_configured(world: Any) -> None:
    world.drop("rain.txt", f"Rain\n\n{RAIN}\n")
    world.watch("Hmeimim", inbox=True)
    await world.tick()
    world.later(days=3)
    assert keeping.keep(world.store, world.clock).counts["articles_let_go"] == 0
    assert keeping.keep(world.store, world.clock, timedelta(days=2)).counts["articles_let_go"] == 1
