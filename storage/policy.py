"""All of the store that is about telling."""

from __future__ import annotations

from storage.coverage import Coverages
from storage.judging import Judging
from storage.notices import Notices
from storage.tellings import Tellings
from storage.watching import Watching


class PolicyMemory(Notices, Tellings, Judging, Coverages, Watching):
    """What was told, what waits, what is muted, and what the operator should know."""
