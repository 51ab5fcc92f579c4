"""Everything that is kept, in SQLite or Postgres: rows, transactions, search, migrations."""

from storage.channels import Breaker
from storage.document_values import Documents, PassedOver, RawDocument, SetAside
from storage.documents import set_aside_key
from storage.health import Health, SourceHealth, health_of
from storage.slices import BackfillState, ClaimedSlice, PlannedSlice, SliceProgress, StoredBackfill
from storage.standing import nothing
from storage.store import Store, open_store
from storage.stories import Story, StoryArticle
from storage.tellings import DueBundle
from storage.values import (
    AppliedSources,
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
    "AppliedSources",
    "BackfillState",
    "Batch",
    "Breaker",
    "ClaimedDelivery",
    "ClaimedSlice",
    "ClaimedSource",
    "Counts",
    "DeliveryAttempt",
    "Documents",
    "DueBundle",
    "Health",
    "Indexed",
    "LetGo",
    "Notice",
    "Outcome",
    "PassedOver",
    "PendingPage",
    "Plan",
    "PlannedSlice",
    "Progress",
    "RawDocument",
    "Run",
    "SetAside",
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
    "set_aside_key",
]
