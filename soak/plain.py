"""A worker without Prefect: polls its shard of the sites and delivers, again and again. `python -m soak.plain 0/2`."""

from __future__ import annotations

import asyncio
import os
import sys

import connectors
from flows import outbox, pipeline
from flows.poll import parse_shard
from storage import open_store
from wirewatch.clock import utc_now

REST_SECONDS = 0.5


async def work(shard: str) -> None:
    """Until it is killed; its database is at WIREWATCH_DATABASE_URL."""
    with open_store(os.environ["WIREWATCH_DATABASE_URL"]) as store:
        configuration = store.configuration()
        assert configuration is not None
        while True:
            async with connectors.Http(configuration.network, clock=utc_now) as http:
                await pipeline.poll(store, http, utc_now, shard=parse_shard(shard))
            await outbox.deliver(store, {}, utc_now)
            await asyncio.sleep(REST_SECONDS)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
