"""What a Prefect worker does before a run."""

from __future__ import annotations

from wirewatch import __version__


def check_in() -> dict[str, str]:
    """The deployments' pull step: nothing is pulled, as the code is installed.

    It runs in a process of its own before each run, so it imports next to nothing. Whether the database can be
    reached is for the flow to find out.
    """
    return {"wirewatch": __version__}
