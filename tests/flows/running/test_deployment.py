"""The deployments for real: a Prefect server, prefect.yaml, and a worker in another folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.deploying import deployments_file
from flows.entrypoints import deployment_names
from flows.setting_up import AGAIN, ZOMBIES
from soak.prefect_server import PrefectServer
from wirewatch.clock import utc_now
from wirewatch.errors import WirewatchError

LATER = """
  - {name: valley or harbor, query: 'valley OR "harbor master"'}
"""


@pytest.fixture(scope="module")
def server(installation, started, port, wait_for) -> PrefectServer:
    server = PrefectServer(f"http://127.0.0.1:{port}/api")
    installation.environ |= {
        "PREFECT_API_URL": server.url,
        "PREFECT_HOME": str(installation.folder / "prefect"),
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "WIREWATCH_DATABASE_URL": installation.database,
    }
    arguments = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    started.append(installation.start("server.log", *arguments))
    wait_for(server.answers, "Prefect's server")
    return server


@pytest.fixture(scope="module")
def deployed(installation, server) -> PrefectServer:
    """The deployments, with a poll every four seconds, which does not stay."""
    content = yaml.safe_load(deployments_file().read_text())
    often = {"schedules": [{"interval": 4}], "parameters": {}}
    next(one for one in content["deployments"] if one["name"] == "poll").update(often)
    quick = installation.folder / "quick.yaml"
    quick.write_text(yaml.safe_dump(content))
    assert installation.run("apply").returncode == 0
    run = installation.run("deploy", "--file", str(quick))
    assert run.returncode == 0, run.stderr
    assert f"deployed {', '.join(deployment_names(quick))} to" in run.stdout
    return server


@pytest.fixture(scope="module")
def worker(installation, deployed, started, tmp_path_factory) -> str:
    """A worker that knows nothing but the two addresses; the file of what it says."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    command = ["worker", "start", "--pool", "wirewatch", "--name", "elsewhere", "--limit", "4"]
    arguments = [sys.executable, "-m", "prefect", *command]
    started.append(installation.start("worker.log", *arguments, cwd=elsewhere))
    return "worker.log"


@pytest.fixture(scope="module")
def polled(installation, deployed, worker, wait_for) -> dict[str, bytes]:
    """Articles dropped after the deployment, when a poll has read them; then the schedules pause."""
    keys = {
        "fleet": installation.drop("fleet.txt", installation.fleet),
        "orchards": installation.drop("orchards.txt", installation.orchards),
        "rain": installation.drop("rain.txt", installation.rain),
    }
    wait_for(lambda: len(installation.hits()) >= 3, lambda: "a scheduled poll: " + installation.said(worker))
    wait_for(lambda: all(told[2] == "sent" for told in installation.told()), "the alerts")
    for deployment in deployed.deployments().values():
        deployed.ask(f"/deployments/{deployment['id']}/pause_deployment", {})
    under_way = {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}
    wait_for(lambda: not deployed.runs("poll", **under_way) and not deployed.runs("deliver", **under_way), "quiet")
    return keys


def hits_of_polling(keys: dict[str, bytes]) -> set[tuple[bytes, str]]:
    return {(keys["fleet"], "Hmeimim"), (keys["fleet"], "Tartus pier"), (keys["orchards"], "Tartus pier")}


def alerts_of_polling(keys: dict[str, bytes]) -> list[tuple[str, str, str, list[tuple[bytes, str]]]]:
    of_fleet = sorted([(keys["fleet"], "Hmeimim"), (keys["fleet"], "Tartus pier")])
    return [
        ("screen", "alert", "sent", of_fleet),
        ("screen", "alert", "sent", [(keys["orchards"], "Tartus pier")]),
    ]


def test_prefect_yaml_says_when():
    deployments = yaml.safe_load(deployments_file().read_text())["deployments"]
    schedules = {
        each["name"]: [one.get("interval", one.get("cron")) for one in each["schedules"]] for each in deployments
    }
    assert schedules == {
        "poll": ["*/5 * * * *"],
        "deliver": ["1-59/5 * * * *"],
        "backfill": [],
        "reextract": [],
        "digest": [],
        "watchdog": ["3-59/5 * * * *"],
        "upkeep": ["23 3 * * *"],
    }


def test_every_entrypoint_of_prefect_yaml_can_be_imported(tmp_path):
    assert "poll" in deployment_names(deployments_file())
    wrong = tmp_path / "prefect.yaml"
    for broken in ("flows.poll.pol", "flows.pol.poll", "poll"):
        wrong.write_text(deployments_file().read_text().replace("flows.poll.poll", broken))
        with pytest.raises(WirewatchError, match=f"{broken} cannot be imported"):
            deployment_names(wrong)


def test_no_deployment_names_a_path_of_this_machine(deployed, installation):
    stored = json.dumps([{**one, "created": None, "updated": None} for one in deployed.deployments().values()])
    for path in (Path.cwd(), Path(__file__).parents[3], Path(sys.prefix), installation.folder, Path.home()):
        assert str(path) not in stored
    names = deployment_names(deployments_file())
    found = {name: one["entrypoint"] for name, one in deployed.deployments().items()}
    assert found == {name: f"flows.{name}.{name}" for name in names}


def test_prefects_form_knows_the_parameters(deployed):
    schemas = {name: one["parameter_openapi_schema"] for name, one in deployed.deployments().items()}
    assert set(schemas["poll"]["properties"]) == {"shard", "limit", "minutes"}
    assert schemas["deliver"]["properties"] == {}
    backfill = schemas["backfill"]
    parameters = ["terms", "sources", "since", "until", "material", "notify", "dry_run", "resume", "runner"]
    assert list(backfill["properties"]) == parameters
    assert backfill["definitions"]["Notify"]["enum"] == ["none", "digest", "normal"]
    assert backfill["properties"]["dry_run"]["type"] == "boolean"
    assert all(one.get("description") for one in backfill["properties"].values())
    assert list(schemas["upkeep"]["properties"]) == ["keep_days"]


def test_the_server_is_set_up_once(deployed, installation):
    for _ in range(2):
        run = installation.run("setup-prefect")
        assert run.returncode == 0, run.stderr
        assert "work pool wirewatch: there" in run.stdout
        automations = {one["name"]: one for one in deployed.ask("/automations/filter", {})}
        assert all(one["enabled"] for one in automations.values())
        assert automations.pop(ZOMBIES)["actions"][0]["state"] == "CRASHED"
        assert automations.pop(AGAIN)["actions"][0]["type"] == "run-deployment"
        assert not automations


def test_a_run_is_started_where_none_is_to_begin_soon(deployed, installation):
    asked = (
        "from datetime import timedelta; from flows import deploying; "
        "print(*(deploying.start_unless_there('reextract', timedelta(seconds=30)) for _ in 'ab'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], env=installation.environ, capture_output=True, text=True, check=True
    )
    [run] = deployed.runs("reextract")
    assert said.stdout.split() == [run["name"], "None"]
    deployed.ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CANCELLED"}, "force": True})


def test_shards_are_polls_of_their_own_and_replace_each_other(deployed, installation):
    quick = installation.folder / "quick.yaml"
    assert installation.run("deploy", "--file", str(quick), "--shards", "2").returncode == 0
    there = deployed.deployments()
    assert {name for name in there if name.startswith("poll")} == {"poll-1-of-2", "poll-2-of-2"}
    assert there["poll-2-of-2"]["parameters"] == {"shard": "1/2"}
    again = installation.run("deploy", "--file", str(quick))
    assert "removed poll-1-of-2, poll-2-of-2" in again.stdout
    assert {name for name in deployed.deployments() if name.startswith("poll")} == {"poll"}


def test_a_schedule_makes_runs(deployed, wait_for):
    wait_for(lambda: deployed.runs("deliver", state={"type": {"any_": ["SCHEDULED"]}}), "runs of the schedule")


def test_a_scheduled_run_in_the_worker_finds_what_was_dropped_after_the_deployment(
    polled, deployed, installation, worker
):
    assert installation.hits() == hits_of_polling(polled)
    assert installation.told() == sorted(alerts_of_polling(polled))
    completed = deployed.runs("poll", state={"type": {"any_": ["COMPLETED"]}})
    assert completed
    said = installation.said(worker)
    for run in completed:
        assert run["auto_scheduled"]
        assert run["created_by"]["type"] == "SCHEDULE"
        assert f"'elsewhere' submitting flow run '{run['id']}'" in said
    assert "*Hmeimim*" in said
    assert not re.search("Traceback|CRITICAL", said)


def test_a_poll_that_crashed_is_started_again(polled, deployed, installation, wait_for):
    assert installation.run("setup-prefect").returncode == 0
    poll = deployed.deployments()["poll"]["id"]
    tomorrow = {"type": "SCHEDULED", "state_details": {"scheduled_time": (utc_now() + timedelta(days=1)).isoformat()}}
    run = deployed.ask(f"/deployments/{poll}/create_flow_run", {"state": tomorrow})
    deployed.ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CRASHED", "name": "Crashed"}, "force": True})

    def started_again() -> list[Any]:
        return [one for one in deployed.runs("poll") if (one["created_by"] or {}).get("type") == "AUTOMATION"]

    wait_for(started_again, "a poll that the automation starts")


@pytest.fixture(scope="module")
def extended(polled, installation) -> None:
    """A term more, applied."""
    installation.configure(installation.configuration + LATER.strip("\n") + "\n")
    run = installation.run("apply")
    assert run.returncode == 0
    assert "wirewatch backfill --term 'valley or harbor'" in run.stdout


def started_run(installation, deployed, *arguments: str) -> dict[str, Any]:
    command = ("backfill", "--deployment", "--term", "valley or harbor", *arguments)
    run = installation.run(*command)
    assert run.returncode == 0, run.stderr
    name = run.stdout.split()[-1]
    (found,) = deployed.runs("backfill", name={"any_": [name]})
    assert found["parameters"]["terms"] == ["valley or harbor"]
    return found


def test_a_manual_backfill_takes_a_new_term_through_the_archive(extended, polled, deployed, installation, wait_for):
    dry = started_run(installation, deployed, "--dry-run")
    lost = deployed.ask(
        f"/deployments/{deployed.deployments()['deliver']['id']}/create_flow_run",
        {"job_variables": {"env": {"WIREWATCH_DATABASE_URL": "sqlite:////nowhere/wirewatch.db"}}},
    )
    wait_for(lambda: deployed.ended(dry), "the dry run")
    assert deployed.ended(dry)["state_name"] == "Completed"
    assert installation.hits() == hits_of_polling(polled)
    assert installation.told() == sorted(alerts_of_polling(polled))
    left = deployed.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [dry["id"]]}}})
    artifacts = {each["type"]: each["data"] for each in left}
    assert {"what": "hits", "result": "2"} in json.loads(artifacts["table"])
    assert "| valley or harbor | " in artifacts["markdown"]
    assert float(artifacts["progress"]) == 100

    wet = started_run(installation, deployed, "--source", "inbox")
    assert wet["parameters"]["sources"] == ["inbox"]
    wait_for(lambda: deployed.ended(wet), "the backfill")
    assert deployed.ended(wet)["state_name"] == "Completed"
    new = {(polled["fleet"], "valley or harbor"), (polled["orchards"], "valley or harbor")}
    assert installation.hits() == hits_of_polling(polled) | new
    assert installation.told() == sorted([*alerts_of_polling(polled), ("screen", "digest", "sent", sorted(new))])

    assert_says_why(deployed, lost, wait_for)


def test_slices_on_dask_find_what_the_local_runner_finds_though_a_worker_is_killed(
    extended, polled, deployed, installation, started, family, wait_for
):
    old = installation.folder / "old"
    old.mkdir()
    for number in range(4):
        with zipfile.ZipFile(old / f"{number}.zip", "w") as archive:
            for story in range(60):
                archive.writestr(f"{story}.txt", installation.orchards.replace("valley", f"valley {number} {story}"))
    command = ("backfill", "--from", str(old), "--notify", "none", "--term", "Tartus pier")
    dry = json.loads(installation.run(*command, "--dry-run", "--json").stdout)
    assert dry["counts"]["hits"] == 240

    before = installation.hits()
    spread = installation.start("dask.log", *installation.command(*command, "--runner", "dask", "--json"))
    started.insert(0, spread)
    wait_for(lambda: len(installation.hits()) > len(before) or spread.poll() is not None, "the first hits")
    workers = [pid for pid in family(spread.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[-1], signal.SIGKILL)
    assert spread.wait(120) == 0, installation.said("dask.log")
    assert len(installation.hits() - before) == 240
    [listed] = json.loads(installation.run("backfills", "--limit", "1", "--json").stdout)
    assert (listed["state"], listed["slices_done"], listed["counts"]["evaluated"]) == ("done", 4, 240)
    again = json.loads(installation.run(*command, "--json").stdout)
    assert (again["counts"]["hits"], again["counts"]["already_known"]) == (0, 240)

    refused = installation.run(*command, "--runner", "dask", PREFECT_API_URL="")
    assert refused.returncode == 1
    assert "the runner “dask” needs a Prefect server" in " ".join(refused.stderr.split())


def assert_says_why(deployed, lost, wait_for) -> None:
    """A run that cannot find its database says so in its state and its log, and nothing else."""
    wait_for(lambda: deployed.ended(lost), "the run without a database")
    reason = "there is no database at sqlite:////nowhere/wirewatch.db; set WIREWATCH_DATABASE_URL"
    assert deployed.ended(lost)["state_name"] == "Failed"
    assert deployed.ended(lost)["state"]["message"].startswith(reason)

    def log() -> str:
        found = deployed.ask("/logs/filter", {"logs": {"flow_run_id": {"any_": [lost["id"]]}}, "sort": "TIMESTAMP_ASC"})
        return "\n".join(each["message"] for each in found)

    wait_for(lambda: reason in log(), "the reason in the run's log")
    assert "Traceback" not in log()


def test_a_flow_that_fails_is_told_and_old_runs_are_let_go(extended, polled, deployed, installation, worker, wait_for):
    old = "notices: {channels: [screen]}\nretention: {prefect: 1s}\n"
    installation.configure(old + installation.configuration + LATER.strip("\n") + "\n")
    assert installation.run("apply").returncode == 0
    before = deployed.runs("poll", state={"type": {"any_": ["COMPLETED"]}})
    assert before
    for parameters, ends in (({"keep_days": 0}, "Failed"), ({}, "Completed")):
        run = deployed.start("upkeep", parameters)
        wait_for(lambda run=run: deployed.ended(run), "upkeep")
        assert deployed.ended(run)["state_name"] == ends
    delivery = deployed.start("deliver")
    wait_for(lambda: deployed.ended(delivery), "the delivery")
    said = installation.said(worker)
    assert "the flow upkeep fails" in said
    assert "keep_days is 0; a day is the least" in said
    assert "recovered: the flow upkeep fails" in said
    left = deployed.runs("poll", state={"type": {"any_": ["COMPLETED"]}})
    assert not {run["id"] for run in left} & {run["id"] for run in before}


def freed(installation, minutes: int) -> list[str]:
    """What is said of the runs that are freed when so much time has gone by."""
    code = (
        "import asyncio; from datetime import timedelta; from wirewatch.clock import utc_now; "
        "from flows.prefect_runs import free_stuck_runs; "
        f"print(*asyncio.run(free_stuck_runs(utc_now() + timedelta(minutes={minutes}))), sep='\\n')"
    )
    freeing = installation.start("freeing.log", sys.executable, "-c", code)
    assert freeing.wait(60) == 0, installation.said("freeing.log")
    return re.findall("it never began|its process has gone silent", installation.said("freeing.log"))


def test_a_run_whose_worker_was_killed_gives_its_slot_back(
    extended, deployed, installation, started, family, kill_all, wait_for
):
    """The last test of this module: there is no worker after it."""
    deliver = deployed.deployments()["deliver"]
    run = deployed.ask(f"/deployments/{deliver['id']}/create_flow_run", {})
    worker = started[-1]

    def under_way() -> bool:
        return deployed.ask(f"/flow_runs/{run['id']}")["state_type"] in ("PENDING", "RUNNING")

    wait_for(lambda: under_way() and family(worker.pid), "the run's process")
    kill_all(worker.pid)
    worker.wait()
    assert under_way()
    assert deployed.deployments()["deliver"]["global_concurrency_limit"]["active_slots"] == 1

    assert freed(installation, 0) == []
    assert len(freed(installation, 60)) == 1
    assert deployed.ended(run)["state_name"] == "Crashed"
    assert deployed.deployments()["deliver"]["global_concurrency_limit"]["active_slots"] == 0

    waiting = deployed.start("deliver")
    taken = deployed.ask(f"/flow_runs/{waiting['id']}/set_state", {"state": {"type": "PENDING"}})
    assert taken["status"] == "ACCEPT"
    assert deployed.deployments()["deliver"]["global_concurrency_limit"]["active_slots"] == 1
    assert freed(installation, 60) == ["it never began"]
    assert deployed.deployments()["deliver"]["global_concurrency_limit"]["active_slots"] == 0

    other = deployed.start("deliver")
    assert deployed.ask(f"/flow_runs/{other['id']}/set_state", {"state": {"type": "PENDING"}})["status"] == "ACCEPT"
    code = "from flows.deploying import close_unfinished; print(close_unfinished())"
    closing = installation.start("closing.log", sys.executable, "-c", code)
    assert closing.wait(60) == 0, installation.said("closing.log")
    assert installation.said("closing.log").split()[-1] == "1"
    assert deployed.ended(other)["state_name"] == "Crashed"
    assert deployed.deployments()["deliver"]["global_concurrency_limit"]["active_slots"] == 0
