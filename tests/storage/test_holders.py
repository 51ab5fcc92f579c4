"""Who holds a lease, and whether it still runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from storage import holders

pytestmark = pytest.mark.skipif(holders.this_process() is None, reason="this system does not name its processes")


def test_this_process_lives() -> None:
    me = holders.this_process()
    assert me is not None
    assert holders.dead([me]) == []


def test_a_process_that_ended_is_dead_and_one_that_is_stopped_is_not() -> None:
    program = "from storage import holders; print(holders.this_process(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        holder = child.stdout.readline().decode().strip()
        assert holders.dead([holder]) == []
        os.kill(child.pid, signal.SIGSTOP)
        assert holders.dead([holder]) == []
        child.kill()
        while holders.dead([holder]) == []:  # a zombie until it is waited for: it runs no more either
            os.sched_yield()
        child.wait()
        assert holders.dead([holder]) == [holder]


def test_another_process_under_the_same_number_is_not_the_holder() -> None:
    place, pid, start = str(holders.this_process()).rsplit("/", 2)
    assert holders.dead([f"{place}/{pid}/{int(start) - 1}"]) == [f"{place}/{pid}/{int(start) - 1}"]


def test_of_processes_elsewhere_nothing_is_known() -> None:
    assert holders.dead(["another-boot/pid:[1]/1/1", "junk"]) == []
