"""A run that is told to stop gives back what it holds: others need not wait until its leases run out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage import holders
from wirewatch.model import DeliveryState


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds a lease, nobody here can see whether he lives: only the lease counts."""
    monkeypatch.setattr(holders, "dead", lambda _holders: [])


@pytest.mark.usefixtures("elsewhere")
async def test_a_poll_gives_its_sources_back(world: Any, site: Any, until: Any) -> None:
    site.feed("/quick", site.item("/a", "Report from Hmeimim", "All of it."))
    site.put("/slow", held=True)
    world.watch("Hmeimim", feeds={"quick": site.url("/quick"), "slow": site.url("/slow")})
    poll = asyncio.create_task(world.poll())
    await until(lambda: site.asked["/slow"] and world.hits())
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    site.feed("/slow", site.item("/b", "Second report from Hmeimim", "All of it, too."))
    assert (await world.poll()).counts["sources_read"] == 1
    assert len(world.hits()) == 2


async def test_a_delivery_ends_with_the_message_under_way(world: Any, site: Any, until: Any) -> None:
    for number in range(5):
        world.drop(f"{number}.txt", f"Report {number}\n\nHmeimim was reached by {number * 'very '}many lorries.\n")
    world.watch("Hmeimim", inbox=True)
    await world.poll()
    waiting = world.states()[DeliveryState.PENDING]
    assert waiting > 1
    site.put("/hook/desk", held=True)
    delivery = asyncio.create_task(world.deliver())
    await until(lambda: bool(site.posts))
    delivery.cancel()
    site.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await delivery
    assert world.states() == {DeliveryState.SENT: 1, DeliveryState.PENDING: waiting - 1}
    await world.deliver()
    assert world.states() == {DeliveryState.SENT: waiting}
    assert not any("ossible repeat" in text for text in site.messages("desk"))
