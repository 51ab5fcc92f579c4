"""The first schema.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tables_for_configuration_and_polling()
    _make_tables_for_articles_and_hits()
    _make_tables_for_deliveries_and_runs()
    if op.get_bind().dialect.name == "sqlite":
        _make_index_on_fts5()
    else:
        _make_index_on_tsvector()


def _make_tables_for_configuration_and_polling() -> None:
    op.create_table(
        "configuration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "term_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("host_hash", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_source_next_due", "source", ["next_due"])
    op.create_table(
        "file_stamp",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path_key", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("article_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("source", "path_key"),
    )


def _make_tables_for_articles_and_hits() -> None:
    op.create_table(
        "article",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("byline", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_from", sa.Text(), nullable=False),
        sa.Column("body_from", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_article_dated_at", "article", ["dated_at"])
    op.create_index("ix_article_fingerprint", "article", ["fingerprint"])
    op.create_index("ix_article_source", "article", ["source"])
    op.create_table(
        "article_alias",
        sa.Column("alias", sa.LargeBinary(), nullable=False),
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_key"], ["article.key"]),
        sa.PrimaryKeyConstraint("alias"),
    )
    op.create_table(
        "pending_page",
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("item", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("article_key"),
    )
    op.create_index("ix_pending_page_next_at", "pending_page", ["next_at"])
    op.create_table(
        "hit",
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("term_version", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_key"], ["article.key"]),
        sa.PrimaryKeyConstraint("article_key", "term"),
    )
    op.create_index("ix_hit_found_at", "hit", ["found_at"])
    op.create_index(
        "ix_hit_held", "hit", ["article_key"], sqlite_where=sa.text("held"), postgresql_where=sa.text("held")
    )
    op.create_index("ix_hit_term_found_at", "hit", ["term", "found_at"])


def _make_tables_for_deliveries_and_runs() -> None:
    op.create_table(
        "delivery",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.Column("trying_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maybe_repeat", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_delivery_created_at", "delivery", ["created_at"])
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
    op.create_table(
        "delivery_hit",
        sa.Column("delivery_key", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("article_key", sa.LargeBinary(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_key"], ["delivery.key"]),
        sa.PrimaryKeyConstraint("delivery_key", "position"),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("delivery_key", sa.LargeBinary(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_key"], ["delivery.key"]),
        sa.PrimaryKeyConstraint("delivery_key", "attempt"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_run_started_at", "run", ["started_at"])


def _make_index_on_fts5() -> None:
    """`search_lexeme` is a bare inverted index; `search_article` numbers its articles and remembers what was put in."""
    op.execute(
        "CREATE TABLE search_article ("
        "docid INTEGER PRIMARY KEY, article_key BLOB NOT NULL UNIQUE REFERENCES article (key), lexemes BLOB NOT NULL, "
        "version INTEGER NOT NULL)"
    )
    op.execute("CREATE INDEX ix_search_article_version ON search_article (version)")
    op.execute(
        "CREATE VIRTUAL TABLE search_lexeme USING fts5("
        "lexemes, content='', detail='none', columnsize=0, tokenize=\"ascii tokenchars '_'\")"
    )


def _make_index_on_tsvector() -> None:
    op.execute(
        "CREATE TABLE search_article ("
        "article_key bytea PRIMARY KEY REFERENCES article (key), lexemes tsvector NOT NULL, version integer NOT NULL)"
    )
    op.execute("CREATE INDEX ix_search_article_version ON search_article (version)")
    op.execute("CREATE INDEX ix_search_article_lexemes ON search_article USING gin (lexemes)")
