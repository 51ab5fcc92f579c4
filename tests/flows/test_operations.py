"""What servers are run by: compose.yaml, the Dockerfile and the systemd units hold what docs/operations.md promises."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
UNITS = sorted((PROJECT / "deploy").glob("*.service"))
DOCKERFILE = (PROJECT / "deploy" / "Dockerfile").read_text()
COMMANDS = {"wirewatch": {"apply", "setup-prefect", "deploy", "up"}, "prefect": {"server", "worker"}}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((PROJECT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def services(compose: Any) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_what_services_wait_for_can_be_waited_for(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert services[needed]["healthcheck"]["test"], f"{name} waits for the health of {needed}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert services[needed]["restart"] == "on-failure", f"{needed} would run again and again"


def test_every_long_runner_has_a_health_check(services: dict[str, Any]) -> None:
    assert {name for name, one in services.items() if "healthcheck" not in one} == {"setup"}


def test_ours_run_without_any_power(services: dict[str, Any]) -> None:
    for name in ("prefect", "setup", "worker"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert "no-new-privileges:true" in service["security_opt"]
        assert float(service["stop_grace_period"].removesuffix("s")) > 10  # of which a worker needs ten at most
    assert re.search(r"^USER wirewatch$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER wirewatch") > DOCKERFILE.index("useradd")


def test_only_this_machine_reaches_prefect_and_no_secret_is_written_out(services: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in services["prefect"]["ports"])
    assert "ports" not in services["postgres"]
    text = (PROJECT / "compose.yaml").read_text()
    for written in re.findall(r"://wirewatch:([^@]*)@", text) + re.findall(r"PASSWORD: (.*)", text):
        assert written.startswith("${POSTGRES_PASSWORD:?"), written


def test_volumes_and_files_are_there(compose: Any, services: dict[str, Any]) -> None:
    for service in services.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./deploy/"):
                assert (PROJECT / source).is_file()
            elif re.fullmatch(r"[a-z]+", source):
                assert source in compose["volumes"]


def test_the_image_holds_every_room(services: dict[str, Any]) -> None:
    packages = re.search(r"^packages = (\[.*\])$", (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages
    rooms = yaml.safe_load(packages[1])
    ignored = (PROJECT / ".dockerignore").read_text().split()
    for room in rooms:
        assert f"COPY {room} {room}" in DOCKERFILE
        assert f"!{room}" in ignored


def commands(services: dict[str, Any]) -> list[list[str]]:
    """Every command line of compose.yaml and of the units, as words."""
    found = []
    for service in services.values():
        words = service.get("command") or []
        text = words[-1] if words[:2] == ["sh", "-c"] else " ".join(words)
        found += [part.split() for part in text.split("&&") if part.strip()]
    for unit in UNITS:
        started = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        assert started, unit
        found.append(started[1].split())
    return found


def test_every_command_is_one_of_ours(services: dict[str, Any]) -> None:
    lines = commands(services)
    assert len(lines) >= 7
    for program, verb, *_ in lines:
        assert verb in COMMANDS[Path(program).name], f"{program} {verb}"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_valid(unit: Path) -> None:
    text = unit.read_text()
    assert re.search(r"^User=wirewatch$", text, re.MULTILINE)
    assert "NoNewPrivileges=true" in text
    if not shutil.which("systemd-analyze"):
        return  # what is above is all that can be said
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "is not executable" not in line]  # it is not installed here
    assert said == []
