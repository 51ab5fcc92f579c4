"""Fixtures for every room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the project; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("WIREWATCH_SHARED") or PROJECT.parent / "shared")
    if not (folder / "seeds").is_dir():
        pytest.skip(f"no real material at {folder} (set WIREWATCH_SHARED)")
    return folder
