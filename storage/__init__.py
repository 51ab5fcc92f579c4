"""Everything that is kept, in SQLite or Postgres: rows, transactions, search, migrations."""

from storage.store import Store, open_store
from storage.values import (
    Batch,
    ClaimedDelivery,
    ClaimedSource,
    Counts,
    DeliveryAttempt,
    Indexed,
    Notice,
    Outcome,
    PendingPage,
    Progress,
    Run,
    SourceState,
    Written,
)

__all__ = [
    "Batch",
    "ClaimedDelivery",
    "ClaimedSource",
    "Counts",
    "DeliveryAttempt",
    "Indexed",
    "Notice",
    "Outcome",
    "PendingPage",
    "Progress",
    "Run",
    "SourceState",
    "Store",
    "Written",
    "open_store",
]
