"""The second schema: each function makes what one part of wirewatch keeps beyond the first.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    """What is learnt of a source: cadence, failures in a row, pauses; and what sites say of robots, and of requests."""
    instant = sa.DateTime(timezone=True)
    for name in ("paused_at", "paused_until", "failing_since"):
        op.add_column("source", sa.Column(name, instant, nullable=True))
    for name in ("pause_reason", "trouble"):
        op.add_column("source", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("source", sa.Column("cadence", sa.JSON(), nullable=True))
    op.add_column("pending_page", sa.Column("first_polled_at", instant, nullable=True))
    op.create_table(
        "robots",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site"),
    )
    op.create_table(
        "held_site",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.PrimaryKeyConstraint("site"),
    )


def _documents() -> None:
    """Raw documents kept, documents set aside, articles passed over."""
    moment, words = sa.DateTime(timezone=True), sa.Text()
    op.create_table(
        "raw_document",
        sa.Column("article_key", sa.LargeBinary(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fetched_at", moment, nullable=False),
        sa.Column("made_with", words, nullable=False),
        sa.Column("item", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_raw_document_fetched_at", "raw_document", ["fetched_at"])
    op.create_table(
        "set_aside",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", words, nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=True),
        sa.Column("reason", words, nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("item", sa.JSON(), nullable=True),
    )
    op.create_index("ix_set_aside_place", "set_aside", ["place"])
    op.create_table(
        "passed_over",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.Column("is_alias", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("seen_at", moment, nullable=False),
    )
    op.create_index("ix_passed_over_source", "passed_over", ["source"])
    op.create_index("ix_passed_over_seen_at", "passed_over", ["seen_at"])
    op.create_table(
        "source_edges",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("articles", sa.JSON(), nullable=False),
    )


def _stories() -> None:
    """Shingles, stories, verdicts."""
    op.add_column("hit", sa.Column("story", sa.LargeBinary(), nullable=True))
    op.add_column("hit", sa.Column("novelty", sa.Text(), nullable=False, server_default="new"))
    op.add_column("hit", sa.Column("original", sa.LargeBinary(), nullable=True))
    op.add_column("hit", sa.Column("change", sa.JSON(), nullable=True))
    op.create_index("ix_hit_story", "hit", ["story"])
    op.create_index("ix_hit_original", "hit", ["original", "term"])
    op.create_table(
        "story_article",
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.Column("story", sa.LargeBinary(), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("link", sa.JSON(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("filed", sa.JSON(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.Column("traced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_key"], ["article.key"]),
        sa.PrimaryKeyConstraint("article_key"),
    )
    op.create_index("ix_story_article_story", "story_article", ["story"])
    traced = sa.text("traced_at IS NOT NULL")
    op.create_index(
        "ix_story_article_traced_at", "story_article", ["traced_at"], sqlite_where=traced, postgresql_where=traced
    )
    op.create_table(
        "story_shingle",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "article_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_word",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("word", "article_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_word_count",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word"),
    )


def _policy() -> None:
    """What is told when: notices, what became of each hit, mutes and judgements, heartbeats, budgets."""
    moment, words = sa.DateTime(timezone=True), sa.Text()
    op.add_column("delivery", sa.Column("subject", words, nullable=True))
    op.add_column("delivery", sa.Column("text", words, nullable=True))
    op.create_table(
        "notice",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("subject", words, nullable=False),
        sa.Column("text", words, nullable=False),
        sa.Column("raised_at", moment, nullable=False),
        sa.Column("told_at", moment, nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("cleared_at", moment, nullable=True),
    )
    op.create_table(
        "telling",
        sa.Column("article_key", sa.LargeBinary(), primary_key=True),
        sa.Column("term", sa.String(), primary_key=True),
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("fate", words, nullable=False),
        sa.Column("reason", words, nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("bundle", words, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("delivery", sa.LargeBinary(), nullable=True),
    )
    waiting = sa.text("fate = 'waiting'")
    op.create_index("ix_telling_waiting", "telling", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_telling_decided_at", "telling", ["decided_at"])
    op.create_index("ix_telling_delivery", "telling", ["delivery"])
    op.create_table(
        "bundle_told",
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("bundle", words, primary_key=True),
        sa.Column("told_at", moment, nullable=False),
    )
    op.create_table(
        "turned_term",
        sa.Column("term", sa.String(), primary_key=True),
        sa.Column("turned_at", moment, nullable=False),
    )
    op.create_table(
        "mute",
        sa.Column("kind", words, primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=True),
        sa.Column("why", words, nullable=False),
    )
    op.create_table(
        "judgement",
        sa.Column("article_key", sa.LargeBinary(), primary_key=True),
        sa.Column("term", sa.String(), primary_key=True),
        sa.Column("judgement", words, nullable=False),
        sa.Column("judged_at", moment, nullable=False),
    )
    op.create_table(
        "beat",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("at", moment, nullable=False),
    )


def _deliveries() -> None:
    """Threads, circuit breakers; what is found fast in a long outbox."""
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["channel", "created_at", "key"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["lease_until", "lease_holder"],
        sqlite_where=leased,
        postgresql_where=leased,
    )
    moment, words = sa.DateTime(timezone=True), sa.Text()
    op.create_table(
        "breaker",
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", moment, nullable=False),
        sa.Column("open_until", moment, nullable=True),
        sa.Column("last_error", words, nullable=False),
    )
    op.create_table(
        "thread",
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("story", sa.LargeBinary(), primary_key=True),
        sa.Column("recipient", sa.String(), primary_key=True),
        sa.Column("reference", words, nullable=False),
        sa.Column("begun_at", moment, nullable=False),
    )


def _backfills() -> None:
    """Slices of long work, and what was let go."""
    op.create_table(
        "backfill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "backfill_slice",
        sa.Column("backfill", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("part", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["backfill"], ["backfill.id"]),
        sa.PrimaryKeyConstraint("backfill", "number"),
    )
    op.create_index("ix_backfill_slice_done", "backfill_slice", ["backfill", "done"])
    op.create_table(
        "let_go",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "known_key",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_known_key_at", "known_key", ["at"])
    op.add_column("hit", sa.Column("backfill", sa.Integer(), nullable=True))
    op.create_index("ix_hit_backfill", "hit", ["backfill"])
