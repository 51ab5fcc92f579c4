"""`python -m soak`: the figures of long trials, as Markdown; exit code 1 where a promise was not kept."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.news_world import NoNewsWorld

MEMORY = "/dev/shm"


def main() -> int:
    """Run a trial and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m soak", description="Long trials of the whole thing.")
    trials = parser.add_subparsers(dest="trial", required=True)
    world = trials.add_parser("world", help="`wirewatch up` on a made-up world of news")
    world.add_argument("--minutes", type=float, default=60)
    kills = trials.add_parser("kills", help="SIGKILL at random instants, by one worker and three, on both databases")
    kills.add_argument("--number", type=int, default=1000)
    kills.add_argument("--minutes", type=float, default=60, help="stop then, however few")
    kills.add_argument("--seed", type=int, default=22)
    machines = trials.add_parser("workers", help="Prefect workers on Postgres that are killed, and so is the server")
    machines.add_argument("--workers", type=int, default=4)
    machines.add_argument("--minutes", type=float, default=10)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, then
    try:
        figures, kept = {"world": _world, "kills": _kills, "workers": _workers}[chosen.trial](chosen)
    except NoNewsWorld as error:
        print(f"not run: {error}", file=sys.stderr)
        return 1
    print(figures, flush=True)
    return 0 if kept else 1


def _world(chosen: argparse.Namespace) -> tuple[str, bool]:
    from soak.world import Soak

    return _in_a_folder(lambda folder: Soak(folder, chosen.minutes).run())


def _workers(chosen: argparse.Namespace) -> tuple[str, bool]:
    from soak.machines import Machines

    return _in_a_folder(lambda folder: Machines(folder, chosen.workers, chosen.minutes).run())


def _in_a_folder(trial: Callable[[Path], tuple[str, bool]]) -> tuple[str, bool]:
    folder = Path(tempfile.mkdtemp(prefix="wirewatch-soak-"))
    print(f"in {folder}, which is kept where something went wrong", file=sys.stderr, flush=True)
    figures, kept = trial(folder)
    if kept:
        shutil.rmtree(folder, ignore_errors=True)
    return figures, kept


def _kills(chosen: argparse.Namespace) -> tuple[str, bool]:
    """In memory, where that is: killing a process takes nothing from a disk that was not written yet."""
    from soak.kills import Kills

    with tempfile.TemporaryDirectory(prefix="wirewatch-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        return Kills(Path(folder), chosen.number, chosen.minutes * 60, chosen.seed).run()


if __name__ == "__main__":
    sys.exit(main())
