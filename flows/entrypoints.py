"""The entrypoints of prefect.yaml, tried: Prefect registers one that cannot be imported, and each of its runs fails."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from wirewatch.errors import WirewatchError


def deployment_names(file: Path) -> list[str]:
    """The deployments of a prefect.yaml; WirewatchError if it is none, or names something that cannot be imported."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        names = [deployment["name"] for deployment in content["deployments"]]
        wanted = list(_dotted_names(content))
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError) as error:
        raise WirewatchError(f"{file}: cannot be read as a prefect.yaml: {error}") from None
    for dotted in wanted:
        module, _, name = dotted.rpartition(".")
        try:
            getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise WirewatchError(f"{file}: {dotted} cannot be imported: {error}") from None
    return names


def _dotted_names(content: Any) -> Iterator[str]:
    for step in content.get("pull") or ():
        yield from step
    for deployment in content["deployments"]:
        yield deployment["entrypoint"]


if __name__ == "__main__":
    try:
        deployment_names(Path(sys.argv[1]))
    except WirewatchError as problem:
        sys.exit(str(problem))
