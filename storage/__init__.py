"""Everything that is kept, in SQLite or Postgres: rows, transactions, search, migrations."""

from storage.health import Health, SourceHealth, health_of
from storage.slices import BackfillState, ClaimedSlice, PlannedSlice, SliceProgress, StoredBackfill
from storage.standing import nothing
from storage.store import Store, open_store
from storage.stories import Story, StoryArticle
from storage.tellings import DueBundle
from storage.values import (
    Batch,
    ClaimedDelivery,
    ClaimedSource,
    Counts,
    DeliveryAttempt,
    Indexed,
    LetGo,
    Notice,
    Outcome,
    PendingPage,
    Progress,
    Run,
    SourceState,
    Written,
)
from storage.writing import Plan

__all__ = [
    "BackfillState",
    "Batch",
    "ClaimedDelivery",
    "ClaimedSlice",
    "ClaimedSource",
    "Counts",
    "DeliveryAttempt",
    "DueBundle",
    "Health",
    "Indexed",
    "LetGo",
    "Notice",
    "Outcome",
    "PendingPage",
    "Plan",
    "PlannedSlice",
    "Progress",
    "Run",
    "SliceProgress",
    "SourceHealth",
    "SourceState",
    "Store",
    "StoredBackfill",
    "Story",
    "StoryArticle",
    "Written",
    "health_of",
    "nothing",
    "open_store",
]
