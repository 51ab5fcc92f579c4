"""Everything that is kept, in SQLite or Postgres: rows, transactions, search, migrations."""

from storage.slices import BackfillState, ClaimedSlice, PlannedSlice, SliceProgress, StoredBackfill
from storage.store import Store, open_store
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

__all__ = [
    "BackfillState",
    "Batch",
    "ClaimedDelivery",
    "ClaimedSlice",
    "ClaimedSource",
    "Counts",
    "DeliveryAttempt",
    "Indexed",
    "LetGo",
    "Notice",
    "Outcome",
    "PendingPage",
    "PlannedSlice",
    "Progress",
    "Run",
    "SliceProgress",
    "SourceState",
    "Store",
    "StoredBackfill",
    "Written",
    "open_store",
]
