"""Two Prefect workers on one Postgres, each with its share of the sites: nothing twice, nobody asked too often.

One of them is killed, then the Prefect server; `python -m soak workers` does so with four, again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from soak.fleet import Fleet, kill_family, wait_until
from soak.sink import Sink
from soak.sites import Sites


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fleet")
    return make_url(postgres).set(database="fleet").render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def fleet(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder: Path = tmp_path_factory.mktemp("fleet")
    with ExitStack() as stack:
        fleet = Fleet(folder, database, stack.enter_context(Sites(5)), stack.enter_context(Sink(folder / "desk.jsonl")))
        stack.callback(fleet.end)
        fleet.apply()
        fleet.start_server()
        fleet.deploy(shards=2)
        for _ in range(2):
            fleet.start_worker()
        yield fleet


def wait_until_told(fleet: Fleet) -> None:
    wait_until(lambda: not fleet.untold(), lambda: f"{fleet.untold()}: {fleet.said('worker-1.log')[-3000:]}")


@pytest.mark.long
def test_two_workers_a_dead_one_and_a_server_that_goes_away(fleet: Fleet) -> None:
    fleet.sites.publish(2)
    wait_until_told(fleet)
    verdict = fleet.verdict()
    assert verdict.kept, verdict
    assert (verdict.published, verdict.again, verdict.read_again) == (20, 0, 0)
    assert verdict.most_at_once == 2, "the limit was tried"
    for shard in ("poll-1-of-2", "poll-2-of-2"):
        assert any(run["start_time"] for run in fleet.prefect.runs(shard)), shard

    fleet.sites.publish(1)
    wait_until(fleet.working, "a run in a worker")
    killed = fleet.working()[0]
    killed.kill()  # its runs live on without it
    wait_until_told(fleet)

    assert fleet.server is not None
    fleet.sites.publish(1)
    wait_until(fleet.working, "a run in the other worker")
    kill_family(fleet.server)
    fleet.start_server()
    wait_until_told(fleet)
    verdict = fleet.verdict()
    assert verdict.kept, verdict
    assert verdict.published == 40
    assert verdict.again <= 2
