"""`wirewatch check` doubts a network policy that opens more than its author may have meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import applying


def warnings(folder: Path, **network: Any) -> list[str]:
    file = folder / "wirewatch.yaml"
    file.write_text(yaml.safe_dump({"network": network, "terms": ["Hmeimim"]}), encoding="utf-8")
    checked = applying.check_file(file)
    assert not checked.errors
    return [str(problem) for problem in checked.warnings if problem.item[0] == "network"]


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "8.0.0.0/5", "fc00::/7"])
def test_networks_that_are_no_ones(tmp_path: Path, network: str) -> None:
    [said] = warnings(tmp_path, allow=["10.0.0.0/8", network])
    assert said.startswith(f"{tmp_path}/wirewatch.yaml:")
    assert f"network, allow: {network} opens private networks and the public one alike" in said


@pytest.mark.parametrize("network", ["169.254.0.0/16", "169.254.169.254", "fd00:ec2::/32", "100.64.0.0/10"])
def test_networks_where_clouds_hand_out_credentials(tmp_path: Path, network: str) -> None:
    [said] = warnings(tmp_path, allow=[network])
    assert "where clouds hand out credentials" in said


@pytest.mark.parametrize("port", [22, 25, 6379])
def test_ports_of_other_services(tmp_path: Path, port: int) -> None:
    [said] = warnings(tmp_path, ports=[80, 443, port])
    assert f"network, ports: port {port} is for" in said


def test_ordinary_policies_are_not_doubted(tmp_path: Path) -> None:
    assert (
        warnings(tmp_path, allow=["10.0.0.0/8", "192.168.1.0/24", "127.0.0.1", "fd12:3456::/48"], ports=[80, 443, 8080])
        == []
    )
