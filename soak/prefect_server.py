"""A Prefect server as any client sees it: by its API alone."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

BUSY_TRIES = 100
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass
class PrefectServer:
    """Where the API is; all answers are as Prefect gives them."""

    url: str

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """What the API answers, which may be busy for a while."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        for _ in range(BUSY_TRIES):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                if error.code != 503:  # its database is busy with another writer, and it asks to try again
                    raise
                time.sleep(0.3)
        raise AssertionError(f"{path}: Prefect's server stays busy")

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return self.ask("/health") is True
        except (urllib.error.URLError, OSError):
            return False

    def deployments(self) -> dict[str, dict[str, Any]]:
        """All deployments by name."""
        return {each["name"]: each for each in self.ask("/deployments/filter", {})}

    def runs(self, deployment: str, **where: Any) -> list[dict[str, Any]]:
        """The runs of a deployment that fulfil Prefect's filters."""
        wanted = {"deployment_id": {"any_": [self.deployments()[deployment]["id"]]}, **where}
        found: list[dict[str, Any]] = self.ask("/flow_runs/filter", {"flow_runs": wanted})
        return found

    def start(self, deployment: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """A run by hand."""
        path = f"/deployments/{self.deployments()[deployment]['id']}/create_flow_run"
        run: dict[str, Any] = self.ask(path, {"parameters": parameters or {}})
        return run

    def ended(self, run: dict[str, Any]) -> dict[str, Any] | None:
        """What became of a run, None while it is under way."""
        now: dict[str, Any] = self.ask(f"/flow_runs/{run['id']}")
        return now if now["state_type"] in ENDED else None
