"""`wirewatch up`: server, schedules and worker in one command, and nothing left of them afterwards."""

from __future__ import annotations

import signal
import time

STOP_SECONDS = 15


def test_up_watches_at_once_and_leaves_nothing_behind(installation, started, port, wait_for, family, running):
    key = installation.drop("fleet.txt", installation.fleet)
    up = installation.start("up.log", *installation.command("up", "--port", str(port)))
    started.append(up)
    wait_for(lambda: up.poll() is not None or "watching" in installation.said("up.log"), "the server")
    assert up.poll() is None, installation.said("up.log")
    assert_refuses_the_port(installation, port)
    expected = [(key, "Hmeimim"), (key, "Tartus pier")]
    wait_for(lambda: installation.told() == [("screen", "alert", "sent", sorted(expected))], "the alert")
    assert installation.hits() == set(expected)
    assert "*Hmeimim*" in installation.said("up.log")

    processes = family(up.pid)
    assert len(processes) >= 2  # at least the server and the worker
    asked = time.monotonic()
    up.send_signal(signal.SIGTERM)
    assert up.wait(STOP_SECONDS) == 0, installation.said("up.log")
    assert time.monotonic() - asked < STOP_SECONDS
    assert [pid for pid in processes if running(pid)] == []
    assert "Traceback" not in installation.said("up.log")


def assert_refuses_the_port(installation, port: int) -> None:
    second = installation.run("up", "--port", str(port))
    assert second.returncode == 1
    assert f"port {port} of 127.0.0.1 is in use already" in " ".join(second.stderr.split())
    assert "Traceback" not in second.stderr


def test_an_interrupt_while_it_starts_is_a_clean_end_too(installation, started, port, wait_for, family, running):
    up = installation.start("early.log", *installation.command("up", "--port", str(port)))
    started.append(up)
    wait_for(lambda: "starting Prefect's server" in installation.said("early.log") and family(up.pid), "the server")
    processes = family(up.pid)
    up.send_signal(signal.SIGINT)
    assert up.wait(STOP_SECONDS) == 0, installation.said("early.log")
    assert [pid for pid in processes if running(pid)] == []
    assert "Traceback" not in installation.said("early.log")


def test_killed_it_leaves_nothing_behind_that_keeps_the_next_one_out(
    installation, started, port, wait_for, family, running
):
    up = installation.start("killed.log", *installation.command("up", "--port", str(port)))
    started.append(up)
    wait_for(lambda: "starting Prefect's server" in installation.said("killed.log") and family(up.pid), "the server")
    processes = family(up.pid)
    up.kill()
    up.wait()
    wait_for(lambda: not any(running(pid) for pid in processes), "the end of its parts")
