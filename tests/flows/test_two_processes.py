"""Two processes on one SQLite file, each with its share of the sites; one is killed, and another takes its place."""

from __future__ import annotations

from pathlib import Path

from soak.fleet import Fleet, wait_until
from soak.sink import Sink
from soak.sites import Sites


def test_nothing_is_stored_told_or_asked_for_twice(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/wirewatch.db"
    with Sites(4) as sites, Sink(tmp_path / "desk.jsonl") as sink:
        fleet = Fleet(tmp_path, database, sites, sink)
        try:
            fleet.apply()
            sites.publish(1)
            workers = [fleet.start_plain(f"{shard}/2") for shard in range(2)]
            wait_until(lambda: not fleet.untold(), lambda: f"{fleet.untold()}: {fleet.said('plain.log')}")
            verdict = fleet.verdict()
            assert verdict.kept, verdict
            assert (verdict.published, verdict.again, verdict.read_again) == (8, 0, 0)
            assert verdict.most_at_once == 2, "the limit was tried"

            sites.publish(2)
            wait_until(lambda: sum(sites.pages.values()) > 8, "the first new page")
            workers[0].kill()
            workers[0].wait()
            fleet.start_plain("0/2")
            wait_until(lambda: not fleet.untold(), lambda: f"{fleet.untold()}: {fleet.said('plain.log')}")
            verdict = fleet.verdict()
            assert verdict.kept, verdict
            assert verdict.published == 24
            assert workers[1].poll() is None, fleet.said("plain.log")
        finally:
            fleet.end()
