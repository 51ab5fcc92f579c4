"""The second schema: each function makes what one part of wirewatch keeps beyond the first.

Revision ID: 0002
"""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sources()
    _documents()
    _stories()
    _policy()
    _deliveries()
    _backfills()


def _sources() -> None:
    """What is learnt of a source: moves, cadence, notices."""


def _documents() -> None:
    """Raw documents kept, files set aside, articles by revision."""


def _stories() -> None:
    """Shingles, stories, verdicts."""


def _policy() -> None:
    """Mutes, acknowledgements, digests, heartbeats, budgets."""


def _deliveries() -> None:
    """Threads, circuit breakers."""


def _backfills() -> None:
    """Slices of long work."""
